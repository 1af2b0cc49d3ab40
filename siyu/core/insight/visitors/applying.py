"""The rules at work: every minute on what is new, and after each change of them on everything."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from itertools import batched
from typing import NamedTuple

import duckdb
from django.db import transaction

from siyu.core.eventlog import lake, lakeside
from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.lakeside import File
from siyu.core.eventlog.locks import one_at_a_time, only_one
from siyu.core.insight.models import Exclusion, Ruling
from siyu.core.insight.visitors import agents
from siyu.core.insight.visitors.deciding import OPERATOR
from siyu.core.insight.visitors.ruling import HOUSE, in_force
from siyu.events import BY_NAME
from siyu.events.people import VisitorExcluded, VisitorReadmitted
from siyu.kit.tables import literal

CHUNK = 2_000


class Mark(NamedTuple):
    rule: str
    reason: str


def apply(*, at: datetime) -> int:
    """Hold the rules against what came since the last look, or against all where they are new; how many changed."""
    with only_one("visitors") as held:
        return look(at) if held else 0


def look(at: datetime) -> int:
    rules, now = in_force(), lakeside.now()
    if rules.pk is None:
        rules.at = at
        rules.save()
    if rules.applied_at and rules.position == now.position:
        return 0
    # one look further back than the last: a minute that came in two pieces is counted whole
    found = caught(rules, [*now.after(rules.overlap)], rules.overlap)
    changed = sum(mark(some, at) for some in batched(sorted(found.items()), CHUNK))
    if rules.applied_at is None:
        changed += let_go(found, at)
    looked = {"applied_at": rules.applied_at or at, "overlap": rules.position, "position": now.position}
    Ruling.objects.filter(pk=rules.pk).update(**looked)
    return changed


def caught(rules: Ruling, files: Iterable[File], after: int) -> dict[int, Mark]:
    """{identity: by which rule, and why} among the rows behind a position, a month of the lake at a time."""
    of_month: dict[str, list[File]] = defaultdict(list)
    for file in files:
        of_month[file.month].append(file)
    found: dict[int, Mark] = {}
    for month in sorted(of_month):
        with lake.connect() as db:
            name_rows(db, of_month[month], after)
            for identity, rule, reason in (row for query in queries(rules) for row in db.execute(query).fetchall()):
                found.setdefault(identity, Mark(rule, reason))
    return found


def name_rows(db: duckdb.DuckDBPyConnection, files: list[File], after: int) -> None:
    """Call the behaviour in these files `sent`."""
    paths = ", ".join(literal(file.uri) for file in files)
    ours = ", ".join(f"'{name}'" for name in sorted(BY_NAME))
    db.execute(f"""
        CREATE OR REPLACE TEMP VIEW sent AS
        SELECT identity, happened_at, imported, context, properties
        FROM read_parquet([{paths}], hive_partitioning = false, union_by_name = true)
        WHERE position > {after} AND identity IS NOT NULL AND name NOT IN ({ours})""")


def queries(rules: Ruling) -> list[str]:
    """(identity, rule, reason) of each rule that is on, the surest first."""
    agent = agents.without_phones(agents.AGENT)
    found = []
    if rules.listed:
        found.append(by_agent("list", agent, literal(agents.pattern(agents.WORDS)), 0))
    found += [by_agent("agent", agent, literal(agents.pattern([word])), 1) for word in rules.words]
    return [*found, by_pace(rules.pace)] if rules.pace else found


def by_agent(rule: str, agent: str, pattern: str, group: int) -> str:
    """Whose user agent ever had it. Texts that hold it nowhere are passed over before any of them is read as JSON."""
    return f"""
        SELECT identity, '{rule}', min(left(regexp_extract({agent}, {pattern}, {group}), 60)) FROM sent
        WHERE (regexp_matches(context, {pattern}, 'i') OR contains(properties, 'user_agent'))
            AND regexp_matches({agent}, {pattern})
        GROUP BY identity"""


def by_pace(most: int) -> str:
    """Who did more in a minute than a hand can. Of imported files nobody knows how finely their clocks go."""
    return f"""
        SELECT identity, 'pace', max(n)::VARCHAR FROM (
            SELECT identity, count(*) AS n FROM sent WHERE NOT imported
            GROUP BY identity, epoch_us(happened_at) // 60000000 HAVING count(*) > {most})
        GROUP BY identity"""


@transaction.atomic
def mark(some: Iterable[tuple[int, Mark]], at: datetime) -> int:
    """Exclude who is not out yet. Whom an operator spoke of is left as the operator said."""
    one_at_a_time("visitors")
    found = dict(some)
    known = Exclusion.objects.filter(identity__in=found).in_bulk()
    fresh = {identity: mark for identity, mark in found.items() if identity not in known}
    Exclusion.objects.bulk_create(
        Exclusion(identity=identity, rule=rule, reason=reason, by=HOUSE, at=at)
        for identity, (rule, reason) in fresh.items()
    )
    announce(
        *(
            VisitorExcluded(at=at, identity=identity, rule=rule, reason=reason, by=HOUSE)
            for identity, (rule, reason) in fresh.items()
        )
    )
    return len(fresh)


def let_go(found: dict[int, Mark], at: datetime) -> int:
    """After a change of the rules: who is out by a rule that no longer says so comes in; the others stay, by theirs."""
    by_rule = Exclusion.objects.filter(readmitted_at=None).exclude(rule=OPERATOR).order_by("identity")
    rows = list(by_rule)
    moved = [row for row in rows if row.identity in found and (row.rule, row.reason) != found[row.identity]]
    for row in moved:
        row.rule, row.reason = found[row.identity]
    Exclusion.objects.bulk_update(moved, ["rule", "reason"], batch_size=CHUNK)
    gone = [row for row in rows if row.identity not in found]
    return sum(release(some, at) for some in batched(gone, CHUNK))


@transaction.atomic
def release(rows: Iterable[Exclusion], at: datetime) -> int:
    one_at_a_time("visitors")
    still = Exclusion.objects.filter(identity__in=[row.identity for row in rows], readmitted_at=None)
    back = dict(still.exclude(rule=OPERATOR).order_by("identity").values_list("identity", "rule"))
    Exclusion.objects.filter(identity__in=back).delete()
    announce(
        *(
            VisitorReadmitted(at=at, identity=identity, rule=rule, reason="rules changed", by=HOUSE)
            for identity, rule in back.items()
        )
    )
    return len(back)
