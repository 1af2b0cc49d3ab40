"""People from files: who they are known as, and what is known of them.

The columns that identify somebody (a number of the source, phone, e-mail …) become identities of one person; all
others are traits, but for columns such as `consent_sms` or `consent_email_service`: a yes or no to that channel, for
marketing where no purpose is named. A row is evidence that all it names is one person; where a guard is against that,
it counts as mended (`contested`) and is for an operator to decide.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import batched
from typing import Any

import msgspec

from siyu.core.eventlog.directory import Claim, Match
from siyu.core.eventlog.imports import Desk, Field, Kind, Tally, faults
from siyu.core.eventlog.imports.columns import plain
from siyu.core.eventlog.imports.faults import Check
from siyu.core.eventlog.imports.macros import day_first, define_moments
from siyu.core.eventlog.imports.runs import Step
from siyu.core.eventlog.models import ImportRun
from siyu.core.people import consent, namespaces, numbers, tombstones
from siyu.core.people.consent import Word
from siyu.core.people.graph.observing import apart, observe
from siyu.core.people.learning import Description, describe_many
from siyu.core.people.traits import LONGEST, PRIVATE, REACHED, is_private
from siyu.kit.tables import quoted

CHUNK = 500
"""Rows a transaction."""
SLAB = 20_000

FIELDS = (
    Field("member", "memberno membernumber 会员卡号"),
    Field(
        "id",
        """customerid userid memberid buyerid householdid clientid accountid personid customer user buyer member id
        会员id 会员号 会员编号 客户id 客户编号 用户id 用户编号 买家id 买家""",
    ),
    Field("unionid", "unionid wechatunionid"),
    Field("openid", "openid wechatopenid"),
    Field("external_userid", "externaluserid"),
    Field("phone", REACHED["phone"]),
    Field("email", REACHED["email"]),
    Field("at", "updatedat lastmodified modifiedat updatetime updated at 更新时间 修改时间"),
)
IDENTITIES = tuple(field.name for field in FIELDS if field.name != "at")


def judge_people(desk: Desk) -> None:
    """Tables: lines (a row each), claims (who each row speaks of), faults, people (the rows that are taken)."""
    define_moments(desk.db, zone=desk.zone, day_first=day_first(desk.db, "raw", desk.text("at")))
    claimed = ", ".join(f"{desk.text(name)} AS {name}" for name in IDENTITIES)
    long = " OR ".join(f"length({quoted(column)}) > {LONGEST}" for column in desk.columns)
    unclear = " OR ".join(f"answer({quoted(column)}) = 'unclear'" for column in consent_columns(desk)) or "false"
    desk.db.execute(ANSWER)
    desk.db.execute(f"""
        CREATE TABLE lines AS
        SELECT _row AS row, _broken AS broken, as_id(id) AS id, * EXCLUDE (_row, _broken, id) FROM (
            SELECT _row, _broken, {claimed}, {desk.raw("at")} AS at_said, moment({desk.text("at")}) AS happened,
                {long} AS long, {unclear} AS unclear FROM raw)""")
    settle_claims(desk)
    faults.find(desk, CHECKS, "(lines LEFT JOIN usable USING (row))")
    desk.db.execute("""
        CREATE TABLE people AS
        SELECT row_number() OVER (ORDER BY row) - 1 AS n, row, happened FROM lines
        WHERE row NOT IN (SELECT row FROM faults WHERE refused) ORDER BY row""")


CHECKS = (
    Check(faults.FORGOTTEN, "coalesce(erased, false)", "'the row is of somebody who was erased'"),
    *faults.BROKEN,
    Check("date_unreadable", "happened IS NULL AND said(at_said) IS NOT NULL", "format('“{}” is not a date', at_said)"),
    Check("trait_too_long", "long", f"'a cell has at most {LONGEST} characters'"),
    Check("person_missing", "coalesce(usable, 0) = 0", "'no number, phone or address in the row identifies anybody'"),
    Check("consent_unreadable", "unclear", "'a consent is neither yes nor no'", False),
    Check("identity_unusable", "usable < given", "'a number, phone or address of the row identifies nobody'", False),
)


def settle_claims(desk: Desk) -> None:
    """Tables: claims (row, place, namespace, value); usable (row, how many are given, how many of them hold, whether
    it speaks of somebody who was erased)."""
    own = desk.options.namespace or desk.options.source
    found = desk.db.execute(f"SELECT row, happened, {', '.join(IDENTITIES)} FROM lines")
    claims: list[tuple] = []
    usable: list[tuple] = []
    while batch := found.fetchmany(SLAB):
        rows: list[tuple[int, datetime, int, list[Claim]]] = []
        for row, happened, *texts in batch:
            named = [
                (own if name == "id" else name, text) for name, text in zip(IDENTITIES, texts, strict=True) if text
            ]
            good = [(name, value) for name, text in named if (value := namespaces.normal(name, text))]
            rows.append((row, moment_of(desk, happened), len(named), good))
        gone = forgotten(rows)
        claims += [(row, place, *claim) for row, _, _, good in rows for place, claim in enumerate(good)]
        usable += [(row, given, len(good), row in gone) for row, _, given, good in rows]
    desk.fill("claims", "row BIGINT, place INTEGER, namespace VARCHAR, value VARCHAR", claims)
    desk.fill("usable", "row BIGINT, given INTEGER, usable INTEGER, erased BOOLEAN", usable)


def moment_of(desk: Desk, happened: datetime | None) -> datetime:
    return happened.replace(tzinfo=UTC) if happened else desk.options.said_at or desk.at


def forgotten(rows: list[tuple[int, datetime, int, list[Claim]]]) -> set[int]:
    """Rows of somebody who was erased, save those that are newer than that of somebody who came back since."""
    buried = tombstones.erased(claim for *_, claims in rows for claim in claims)
    back = numbers.look_up(buried)
    return {
        row
        for row, at, _, claims in rows
        if any(claim in buried and (claim not in back or at <= buried[claim]) for claim in claims)
    }


class Row(msgspec.Struct):
    """What a row says: of whom, as of when, and what."""

    n: int
    at: datetime
    claims: list[Claim]
    traits: dict[str, Any]
    private: dict[str, Any]
    mends: list[str]
    consents: list[tuple[str, str, bool]] = []
    """(channel, purpose, whether it is allowed)"""


def people_steps(desk: Desk, done: int) -> Iterator[Step]:
    for start in range(done, people_total(desk), SLAB):
        for chunk in batched(slab(desk, start, start + SLAB), CHUNK):
            yield Step(chunk[-1].n + 1, partial(write_people, chunk))


def people_total(desk: Desk) -> int:
    return desk.count("people")


def slab(desk: Desk, start: int, stop: int) -> Iterator[Row]:
    span = f"n >= {start} AND n < {stop}"
    claims: dict[int, list[Claim]] = {}
    spoken = f"SELECT n, namespace, value FROM claims JOIN people USING (row) WHERE {span} ORDER BY n, place"
    for n, namespace, value in desk.db.execute(spoken).fetchall():
        claims.setdefault(n, []).append((namespace, value))
    mends: dict[int, list[str]] = {}
    for n, code in desk.db.execute(f"""
            SELECT n, code FROM faults JOIN people USING (row) WHERE NOT refused AND {span}""").fetchall():
        mends.setdefault(n, []).append(code)
    names = trait_columns(desk)
    cells = "".join(f", {typed(desk, column)}" for column in names)
    desk.db.execute(ANSWER)  # a run that goes on after a kill comes here without judging
    asked = consent_columns(desk)
    cells += "".join(f", answer(raw.{quoted(column)})" for column in asked)
    for n, happened, *values in desk.db.execute(f"""
            SELECT p.n, p.happened{cells} FROM people p JOIN raw ON raw._row = p.row
            WHERE p.n >= {start} AND p.n < {stop} ORDER BY p.n""").fetchall():
        at = moment_of(desk, happened)
        said = {name: value for name, value in zip(names.values(), values, strict=False) if value is not None}
        private = {name: value for name, value in said.items() if is_private(name)}
        traits = {name: value for name, value in said.items() if name not in private}
        answers = zip(asked.values(), values[len(names) :], strict=True)
        consents = [(*about, answer == "yes") for about, answer in answers if answer in ("yes", "no")]
        yield Row(n, at, claims[n], traits, private, mends.get(n, []), consents)


ANSWER = """
    CREATE OR REPLACE TEMP MACRO answer(cell) AS CASE
        WHEN said(cell) IS NULL THEN NULL
        WHEN lower(said(cell)) IN ('yes', 'y', 'true', 't', '1', 'granted', '是', '同意', '已同意', '允许') THEN 'yes'
        WHEN lower(said(cell)) IN ('no', 'n', 'false', 'f', '0', 'denied', '否', '不同意', '拒绝', '已退订') THEN 'no'
        ELSE 'unclear' END"""


def consent_columns(desk: Desk) -> dict[str, tuple[str, str]]:
    """{column: (channel, purpose)}"""
    named = {plain(f"consent_{c}_{p}"): (c, p) for c in consent.CHANNELS for p in consent.PURPOSES}
    named |= {plain(f"consent_{channel}"): (channel, consent.PURPOSES[0]) for channel in consent.CHANNELS}
    return {column: named[plain(column)] for column in desk.columns if plain(column) in named}


def trait_columns(desk: Desk) -> dict[str, str]:
    """{column: trait} of all that is not an identity or a time; phone and e-mail are both."""
    meant = {name: desk.found.get(name, ()) for name in (*IDENTITIES, "at")}
    taken = {column for name, columns in meant.items() if name not in ("phone", "email") for column in columns}
    taken |= consent_columns(desk).keys()
    names = {plain(alias): name for name, aliases in PRIVATE.items() for alias in aliases.split()}
    names |= {plain(column): name for name in ("phone", "email") for column in desk.found.get(name, ())}
    return {
        column: names.get(plain(column)) or re.sub(r'["\\\x00-\x1f]', "_", column.strip())[:100]
        for column in desk.columns
        if column not in taken
    }


def typed(desk: Desk, column: str) -> str:
    """SQL for the cells of a trait: numbers or true and false where the whole column is, text otherwise."""
    cell = f"said(raw.{quoted(column)})"
    whole = "-?(0|[1-9][0-9]{0,14})"
    kinds = {"BIGINT": whole, "DOUBLE": whole + "([.][0-9]+)?", "BOOLEAN": "(?i)true|false"}
    tests = ", ".join(f"bool_and(regexp_full_match({cell}, '{pattern}'))" for pattern in kinds.values())
    fits = desk.db.execute(f"SELECT {tests} FROM raw").fetchone() or ()
    return f"{cell}::{next((kind for kind, fit in zip(kinds, fits, strict=True) if fit), 'VARCHAR')}"


def write_people(chunk: tuple[Row, ...], run: ImportRun) -> Tally:
    first: dict[Claim, datetime] = {}
    for row in chunk:
        for claim in row.claims:
            first[claim] = min(row.at, first.get(claim, row.at))
    known = numbers.look_up(first)
    numbered = numbers.number(first, source=run.source, imported=True)
    forgotten = [row for row in chunk if any(claim not in numbered for claim in row.claims)]  # since it was judged
    chunk = tuple(row for row in chunk if row not in forgotten)
    contested, tied = link(chunk, numbered, run.source)
    said = [Description(numbered[row.claims[0]], row.at, row.traits, row.private) for row in chunk]
    learnt = {identity for identity, _ in describe_many(said, source=run.source, imported=True)}
    words = [Word(numbered[row.claims[0]], *about, row.at) for row in chunk for about in row.consents]
    learnt |= {identity for identity, _, _ in consent.take(words, source=run.source, imported=True)}
    new = {number for claim, number in numbered.items() if claim not in known}
    changed = learnt | new
    return tally(
        chunk, contested, lambda row: row.n in tied or any(numbered[c] in changed for c in row.claims), len(new)
    )


def tally(chunk: Iterable[Row], contested: set[int], changed: Any, people: int) -> Tally:
    result = Tally(counts=Counter(people=people))
    for row in chunk:
        mends = row.mends or (["contested"] if row.n in contested else [])
        if not changed(row):
            result.unchanged += 1
        elif mends:
            result.mended += 1
            result.reasons.update(mends[:1])
        else:
            result.taken += 1
    return result


def link(chunk: Iterable[Row], numbered: dict[Claim, int], source: str) -> tuple[set[int], set[int]]:
    """A row says that all it names is one person: its first identity is tied to each of the others.

    Gives the rows that a guard keeps from being one, and those that said something new.
    """
    named = {row.n: [numbered[claim] for claim in row.claims] for row in chunk}
    ties = {n: {(min(a, b), max(a, b)) for a in who[:1] for b in who[1:]} for n, who in named.items()}
    said = [Match(a, b, "import", row.at, source) for row in chunk for a, b in ties[row.n]]
    new = observe(said, imported=True).new
    two = apart(set().union(*ties.values()))
    return {n for n, pairs in ties.items() if two & pairs}, {n for n, pairs in ties.items() if new & pairs}


def foresee_people(desk: Desk) -> Tally:
    mends = faults.reasons(desk, refused=False)
    mended = sum(mends.values())
    who = desk.count("(SELECT DISTINCT namespace, value FROM claims JOIN people USING (row) WHERE place = 0)")
    return Tally(taken=people_total(desk) - mended, mended=mended, reasons=Counter(mends), counts=Counter(people=who))


people = Kind("people", FIELDS, judge_people, people_steps, foresee_people, people_total)
