"""Every leaf as one relation: what is measured of each person, and the test that the measure has to pass.

SQL is written once, in DuckDB's words with placeholders; values of a definition enter as literals of the expression
tree and never as text.
"""

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlglot
from sqlglot import exp

from siyu.core.insight.audiences import vocabulary
from siyu.core.insight.audiences.buckets import bucket_sql
from siyu.core.insight.audiences.comparing import Frame, compare, holds, literal, literal_day, literal_moment
from siyu.core.insight.audiences.language import (
    Acquired,
    Bucket,
    Comparison,
    Condition,
    Did,
    Edge,
    FirstDid,
    LastDid,
    Leaf,
    Level,
    Members,
    Membership,
    Reachable,
    Regularity,
    Rolling,
    Sequence,
    Step,
    Tag,
    Trait,
)
from siyu.core.insight.audiences.windows import Span, resolve
from siyu.kit.clock import day_begins, day_of

VALUE = exp.column("value")
EPOCH = {"duckdb": "EPOCH_US", "spark": "UNIX_MICROS"}


@dataclass(frozen=True)
class Measure:
    """`query` gives (person, value), one row a person; who has no row measures `default`."""

    query: exp.Query
    test: exp.Expr
    default: int | None
    passes: bool
    """Whether the default passes the test: then people without a row are in."""


def measure(leaf: Leaf, frame: Frame) -> Measure:
    return MEASURES[type(leaf)](leaf, frame)


def judged(query: exp.Query, test: Comparison, default: int | None, frame: Frame) -> Measure:
    return Measure(query, compare(VALUE, test, frame), default, holds(test, default))


def present(query: exp.Query) -> Measure:
    return Measure(query, exp.not_(exp.Is(this=VALUE.copy(), expression=exp.Null())), None, False)


@functools.cache
def parsed(text: str) -> exp.Query:
    query = sqlglot.parse_one(text, read="duckdb")
    assert isinstance(query, exp.Query)
    return query


def fill(text: str, **parts: exp.Expr) -> exp.Query:
    """The SQL with its `:placeholders` replaced by expressions."""
    return exp.replace_placeholders(parsed(text).copy(), **parts)  # type: ignore[return-value]


TOLD = "SELECT person, value ->> '$' AS value FROM traits WHERE name = :name"
TAGGED = "SELECT person, max(happened_at) AS value FROM tags WHERE tag = :tag AND :group GROUP BY person"
LEVEL = """
    SELECT person, nullif(arg_max(coalesce(properties ->> '$.level', ''), position), '') AS value FROM events
    WHERE name IN ('level.reached', 'level.lost') AND person IS NOT NULL GROUP BY person"""
MEMBERSHIP = """
    SELECT person, nullif(arg_max(coalesce(properties ->> '$.tier', ''), position), '') AS value FROM events
    WHERE name IN ('membership.bought', 'membership.renewed', 'membership.upgraded', 'membership.refunded',
        'membership.expired') AND person IS NOT NULL GROUP BY person"""
ACQUIRED = """
    SELECT coalesce(links.person, acquired.person) AS person,
        arg_min(nullif(nullif(:by, ''), 'unknown'), first_day) AS value
    FROM acquired LEFT JOIN links ON links.identity = acquired.person GROUP BY 1"""
REACHABLE = """
    SELECT person, max(name) AS value
    FROM (SELECT person, name,
              row_number() OVER (PARTITION BY identity ORDER BY happened_at DESC, position DESC) AS age
          FROM events
          WHERE name IN ('consent.given', 'consent.withdrawn') AND properties ->> '$.channel' = :channel
              AND properties ->> '$.purpose' = :purpose AND person IS NOT NULL) AS words
    WHERE age = 1 GROUP BY person"""
# Of several identities one "withdrawn" wins: it is the larger word.
BUCKET = "SELECT person, :bucket AS value FROM persons"
MEMBERS = """
    SELECT coalesce(links.person, listed.person) AS person, 1 AS value
    FROM :listed LEFT JOIN links ON links.identity = listed.person
    WHERE coalesce(links.person, listed.person) IN (SELECT person FROM persons) GROUP BY 1"""


def of_trait(leaf: Trait, frame: Frame) -> Measure:
    """What follows from a person's own orders is asked of these; the rest of what is drawn stands in `portraits`."""
    if not leaf.portrait or leaf.name not in OWN:
        return judged(trait(leaf), leaf.test, None, frame)
    value, days, default = OWN[leaf.name]
    span = resolve(Rolling("hours", 24 * days) if days else None, frame.as_of, frame.zone)
    rows = done(Step(vocabulary.ORDER), span, frame, ["amount"]).subquery("done")
    query = fill(
        f"SELECT person, {value} AS value FROM :rows GROUP BY person", rows=rows, today=literal_day(frame.today)
    )
    return judged(query, leaf.test, default, frame)


COUNTED, SPENT = "count(*)", "coalesce(sum(f1), 0)"
OWN: dict[str, tuple[str, int, int | None]] = {
    "orders": (COUNTED, 0, 0),
    "gmv": (SPENT, 0, 0),
    "first_order_at": ("min(happened_at)", 0, None),
    "last_order_at": ("max(happened_at)", 0, None),
    "recency_days": ("date_diff('day', max(day), :today)", 0, None),
    **{f"orders_{days}d": (COUNTED, days, 0) for days in (30, 90, 365)},
    **{f"gmv_{days}d": (SPENT, days, 0) for days in (30, 90, 365)},
}
"""Portrait columns as SQL over a person's own orders, the rolling days they look at, and what nobody's orders say."""


def trait(leaf: Trait) -> exp.Query:
    if leaf.portrait:
        return exp.select("person", exp.column(leaf.name, quoted=True).as_("value")).from_("portraits")
    return fill(TOLD, name=literal(leaf.name))


def tag(leaf: Tag) -> exp.Query:
    group = exp.column("group", quoted=True).eq(literal(leaf.group)) if leaf.group else exp.true()
    return fill(TAGGED, tag=literal(leaf.name), group=group)


def members(leaf: Members) -> exp.Query:
    rows = exp.values([(number,) for number in leaf.people or (-1,)], alias="listed", columns=["person"])
    return fill(MEMBERS, listed=rows)


def within_bucket(leaf: Bucket, frame: Frame) -> Measure:
    query = fill(BUCKET, bucket=bucket_sql(leaf.salt, exp.column("person"), frame.dialect))
    return Measure(query, VALUE.copy().between(leaf.first, leaf.end - 1), None, False)


DID = "SELECT person, :measure AS value FROM :rows GROUP BY person"


def did(leaf: Did, frame: Frame) -> exp.Query:
    rows = done(leaf.step, resolve(leaf.window, frame.as_of, frame.zone), frame, [leaf.field] if leaf.field else [])
    return fill(DID, measure=measured(leaf), rows=rows.subquery("done"))


def measured(leaf: Did) -> exp.Expr:
    match leaf.measure:
        case "count":
            return exp.Count(this=exp.Star())
        case "days":
            return exp.Count(this=exp.Distinct(expressions=[exp.column("day")]))
        case "distinct":
            return exp.Count(this=exp.Distinct(expressions=[exp.column("f1")]))
    told = leaf.field is not None and leaf.field.startswith(vocabulary.PROPERTY)
    number = exp.TryCast(this=exp.column("f1"), to=exp.DataType.build("DOUBLE")) if told else exp.column("f1")
    return exp.func("COALESCE", exp.Sum(this=number), exp.Literal.number(0))


EDGE_AT = "SELECT person, :edge AS value FROM :rows GROUP BY person"


def edge(leaf: Edge, frame: Frame) -> Measure:
    """The first or last time of all, and only then the window."""
    rows = done(leaf.step, resolve(None, frame.as_of, frame.zone), frame).subquery("done")
    pick = exp.Min if isinstance(leaf, FirstDid) else exp.Max
    if leaf.days_ago:
        ago = days_between(pick(this=exp.column("day")), literal_day(frame.today))
        return judged(fill(EDGE_AT, edge=ago, rows=rows), leaf.days_ago, None, frame)
    span = resolve(leaf.window, frame.as_of, frame.zone)
    query = fill(EDGE_AT, edge=pick(this=exp.column("happened_at")), rows=rows)
    start = [VALUE.copy() >= literal_moment(span.start)] if span.start else []
    return Measure(query, exp.and_(*start, VALUE.copy() < literal_moment(span.end)), None, False)


SEQUENCE = """
    SELECT person, happened_at FROM (
        SELECT person, happened_at, step, moment - max(CASE WHEN step = 0 THEN moment END) OVER (
            PARTITION BY person ORDER BY moment RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS waited
        FROM (SELECT person, happened_at, :moment AS moment, 0 AS step FROM :before
              UNION ALL SELECT person, happened_at, :moment AS moment, 1 AS step FROM :after) AS both) AS chained
    WHERE step = 1 AND waited <= :within"""
FOUND = "SELECT person, max(happened_at) AS value FROM :chain GROUP BY person"


def sequence(leaf: Sequence, frame: Frame) -> exp.Query:
    """Steps are joined to the latest earlier one of the step before: if any is near enough, that one is."""
    span = resolve(leaf.window, frame.as_of, frame.zone)
    chain: exp.Query = done(leaf.steps[0], span, frame)
    moment = exp.Anonymous(this=EPOCH[frame.dialect], expressions=[exp.column("happened_at")])
    within = exp.Literal.number(leaf.hours * 3_600_000_000)
    for step in leaf.steps[1:]:
        before, after = chain.subquery("before"), done(step, span, frame).subquery("after")
        chain = fill(SEQUENCE, moment=moment, before=before, after=after, within=within)
    return fill(FOUND, chain=chain.subquery("chain"))


WEEKS = "SELECT person, count(DISTINCT greatest(:ago - 1, 0) // 7) AS value FROM :rows GROUP BY person"
GAPS = """
    SELECT person, :measure AS value
    FROM (SELECT person, day, :gap AS gap
          FROM (SELECT person, day, lag(day) OVER (PARTITION BY person ORDER BY day) AS before
                FROM (SELECT DISTINCT person, day FROM :rows) AS days) AS paired) AS gaps
    GROUP BY person HAVING count(gap) >= :least"""


def regularity(leaf: Regularity, frame: Frame) -> exp.Query:
    window = Rolling("days", 7 * leaf.of) if leaf.measure == "weeks" else leaf.window
    rows = done(leaf.step, resolve(window, frame.as_of, frame.zone), frame).subquery("done")
    today = literal_day(frame.today)
    if leaf.measure == "weeks":
        return fill(WEEKS, ago=days_between(exp.column("day"), today), rows=rows)
    gap = exp.column("gap")
    if leaf.measure == "cv":
        value: exp.Expr = exp.Div(
            this=exp.StddevPop(this=gap), expression=exp.Avg(this=gap.copy()), typed=False, safe=False
        )
    else:
        silent = exp.cast(exp.paren(days_between(exp.Max(this=exp.column("day")), today)), "DOUBLE")
        value = exp.Div(this=silent, expression=exp.Median(this=gap), typed=False, safe=False)
    between = days_between(exp.column("before"), exp.column("day"))
    return fill(GAPS, measure=value, gap=between, rows=rows, least=exp.Literal.number(leaf.least))


def done(step: Step, span: Span, frame: Frame, fields: Iterable[str] = ()) -> exp.Select:
    """Rows of what was done in the span: person, happened_at, day, and the wanted fields as f1, f2 …"""
    source = "events"
    conditions: list[exp.Expr] = [exp.column("person").is_(exp.null()).not_()]
    if step.event == vocabulary.ORDER:
        source = "orders"
    elif step.event == vocabulary.LINE:
        source = "sales"
    else:
        conditions.append(exp.column("name").eq(literal(step.event)))
    on_items = [c for c in step.where if source == "orders" and c.field in vocabulary.ITEM_FIELDS]
    conditions += [condition(c, frame) for c in step.where if c not in on_items]
    if on_items:
        conditions.append(has_line(on_items, frame))
    wanted = [field_sql(field).as_(f"f{i}") for i, field in enumerate(fields, 1)]
    rows = exp.select("person", "happened_at", "day", *wanted).from_(source)
    described = {"category", "department", "brand"} & {*fields, *(c.field for c in step.where)}
    if source == "sales" and described:
        rows = rows.join("products", using=["product"], join_type="left")
    return rows.where(*conditions, *within(span, frame))


def has_line(conditions: list[Condition], frame: Frame) -> exp.Expr:
    """The order has a line of which all of this holds."""
    lines = exp.select(exp.column("order", quoted=True)).from_("sales")
    if any(c.field in ("category", "department", "brand") for c in conditions):
        lines = lines.join("products", using=["product"], join_type="left")
    return exp.column("order", quoted=True).isin(query=lines.where(*(condition(c, frame) for c in conditions)))


def condition(wanted: Condition, frame: Frame) -> exp.Expr:
    return compare(field_sql(wanted.field), wanted.test, frame)


def field_sql(field: str) -> exp.Expr:
    if not field.startswith(vocabulary.PROPERTY):
        return exp.column(field)
    name = msgspec.json.encode(field.removeprefix(vocabulary.PROPERTY)).decode()
    path = exp.JSONPath(expressions=[exp.JSONPathRoot(), exp.JSONPathKey(this=name[1:-1])])
    return exp.JSONExtractScalar(this=exp.column("properties"), expression=path)


def within(span: Span, frame: Frame) -> list[exp.Expr]:
    """The stretch of time; the day, which files are sorted out by, says the same where whole brand days are meant."""
    happened, day = exp.column("happened_at"), exp.column("day")
    conditions: list[exp.Expr] = []
    if span.start:
        first = span.first_day(frame.zone)
        conditions.append(day >= literal_day(first or day_of(span.start, frame.zone)))
        if not first:
            conditions.append(happened.copy() >= literal_moment(span.start))
    last = day_of(span.end, frame.zone)
    if day_begins(last, frame.zone) == span.end:
        return [*conditions, day.copy() < literal_day(last)]
    return [*conditions, day.copy() <= literal_day(last), happened.copy() < literal_moment(span.end)]


def days_between(first: exp.Expr, second: exp.Expr) -> exp.Expr:
    return exp.DateDiff(this=second, expression=first, unit=exp.var("DAY"))


MEASURES: dict[type[Leaf], Callable[[Any, Frame], Measure]] = {
    Trait: of_trait,
    Did: lambda leaf, frame: judged(did(leaf, frame), leaf.test, 0, frame),
    FirstDid: edge,
    LastDid: edge,
    Sequence: lambda leaf, frame: present(sequence(leaf, frame)),
    Regularity: lambda leaf, frame: judged(
        regularity(leaf, frame), leaf.test, 0 if leaf.measure == "weeks" else None, frame
    ),
    Tag: lambda leaf, frame: present(tag(leaf)),
    Level: lambda leaf, frame: judged(fill(LEVEL), leaf.test, None, frame),
    Membership: lambda leaf, frame: judged(fill(MEMBERSHIP), leaf.test, None, frame),
    Acquired: lambda leaf, frame: judged(
        fill(ACQUIRED, by=exp.column(leaf.by, table="acquired")), leaf.test, None, frame
    ),
    Reachable: lambda leaf, frame: judged(
        fill(REACHABLE, channel=literal(leaf.channel), purpose=literal(leaf.purpose)),
        Comparison("=", "consent.given", "text"),
        None,
        frame,
    ),
    Bucket: within_bucket,
    Members: lambda leaf, frame: present(members(leaf)),
}
