"""People in a list, each with the portrait that is kept of them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from siyu.core.eventlog import lake
from siyu.core.insight import best, portraits
from siyu.core.people import queries
from siyu.core.people.models import Person, Tagging

PAGE = 50
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST = 20_000
"""Of so many found people at most the portraits are sorted."""
SORTS = {
    "newest": "epoch_us(since)",
    "spend": "gmv",
    "recent": "epoch_us(last_order_at)",
    "lifetime": "ltv",
}
COLUMNS = "stage, segment, orders, gmv, gmv_365d, recency_days, last_order_at, ltv, ltv_low, ltv_high, alive"
NOT_DRAWN: dict[str, Any] = dict.fromkeys(COLUMNS.split(", "))
"""The portrait of who appeared after the portraits were drawn."""


@dataclass(frozen=True)
class Listed:
    """Somebody in the list, with the portrait or `NOT_DRAWN`."""

    who: queries.Row
    portrait: dict[str, Any]


@dataclass(frozen=True)
class Roster:
    rows: list[Listed]
    next: str
    """Where the next page begins; empty: that was all."""
    as_of: datetime | None
    """The moment the portraits are about; None: there are none yet."""


def roster(
    *,
    search: str = "",
    tag: int | None = None,
    stage: str = "",
    segment: str = "",
    among: str = "",
    sort: str = "newest",
    after: str = "",
) -> Roster:
    """A page of people; `among` is one of `best.AMONG`. The number of queries does not depend on how many there are."""
    about = portraits.kept()
    if about is None or not (stage or segment or among or sort in ("spend", "recent", "lifetime")):
        page = queries.people(search=search, tag=tag, after=moment_token(after), limit=PAGE)
        drawn = of([row.number for row in page.rows]) if about else {}
        rows = [Listed(row, drawn.get(row.number, NOT_DRAWN)) for row in page.rows]
        following = f"{(page.next[0] - EPOCH) // timedelta(microseconds=1)}.{page.next[1]}" if page.next else ""
        return Roster(rows, following, about[1] if about else None)
    found, following = by_portrait(
        narrowed(search, tag), SORTS.get(sort, "gmv"), token(after), stage=stage, segment=segment, among=among
    )
    since = Person.objects.filter(pk__in=found).values_list("pk", "since", "name")
    known = {row[0]: row for row in since}
    people = queries.listed([known[number] for number in found if number in known])
    return Roster([Listed(row, found[row.number]) for row in people], following, about[1])


def narrowed(search: str, tag: int | None) -> list[int] | None:
    """Whom search and tag leave; None: everybody."""
    if not search.strip() and tag is None:
        return None
    found = queries.searched(search.strip()) if search.strip() else Person.objects.all()
    if tag is not None:
        found = found.filter(pk__in=Tagging.objects.filter(tag=tag).values("identity__person"))
    return list(found.values_list("pk", flat=True).distinct()[:MOST])


def by_portrait(
    only: list[int] | None, key: str, after: tuple[int, int] | None, *, stage: str, segment: str, among: str
) -> tuple[dict[int, dict[str, Any]], str]:
    """{person: portrait} of one page, sorted by the key from the top, and the next page's token."""
    asked = [(stage, "stage = ?"), (segment, "segment = ?")]
    conditions = [condition for value, condition in asked if value]
    values: list[Any] = [value for value, _ in asked if value]
    if among in best.AMONG:
        chosen = f"SELECT person FROM {best.fifth(portraits.scan())} WHERE {best.AMONG[among]}"
        conditions.append(f"person IN ({chosen})")
    if only is not None:
        conditions.append("person IN (SELECT unnest(?::BIGINT[]))")
        values.append(only)
    if after:
        conditions.append("(key, person) < (?, ?)")
        values += after
    with lake.connect() as db:
        rows = db.execute(
            f"""SELECT person, key, {COLUMNS}
            FROM (SELECT *, coalesce({key}, -1)::BIGINT AS key FROM {portraits.scan()})
            {"WHERE " + " AND ".join(conditions) if conditions else ""}
            ORDER BY key DESC, person DESC LIMIT {PAGE + 1}""",
            values,
        ).fetchall()
    following = f"{rows[PAGE - 1][1]}.{rows[PAGE - 1][0]}" if len(rows) > PAGE else ""
    return {row[0]: named(row[2:]) for row in rows[:PAGE]}, following


def of(people: list[int]) -> dict[int, dict[str, Any]]:
    """The portraits of these people, in short."""
    with lake.connect() as db:
        rows = db.execute(
            f"SELECT person, {COLUMNS} FROM {portraits.scan()} WHERE person IN (SELECT unnest(?::BIGINT[]))", [people]
        ).fetchall()
    return {row[0]: named(row[1:]) for row in rows}


def named(row: tuple) -> dict[str, Any]:
    return dict(zip(COLUMNS.split(", "), row, strict=True))


def portrait(person: int) -> dict[str, Any] | None:
    """All columns of one person's portrait, with `as_of` and the base's median gap; None: not drawn yet."""
    if portraits.kept() is None:
        return None
    with lake.connect() as db:
        found = db.execute(
            f"""SELECT *, (SELECT median(repurchase_interval_days) FROM {portraits.scan()}) AS base_gap
            FROM {portraits.scan()} WHERE person = ?""",
            [person],
        )
        names = [column[0] for column in found.description or ()]
        row = found.fetchone()
    return dict(zip(names, row, strict=True)) if row else None


def token(text: str) -> tuple[int, int] | None:
    """`key.person`, as a page's link carries it; nonsense begins at the top."""
    key, _, person = text.partition(".")
    if not (key.lstrip("-").isdecimal() and person.isdecimal()) or len(text) > 40:
        return None
    return min(int(key), 2**63 - 1), min(int(person), 2**63 - 1)


def moment_token(text: str) -> tuple[datetime, int] | None:
    found = token(text)
    if not found or not 0 <= found[0] < 253_402_300_000_000_000:
        return None
    return EPOCH + timedelta(microseconds=found[0]), found[1]
