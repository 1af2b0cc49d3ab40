"""How often each link was clicked, kept: what a list of links shows costs nothing but reading it.

They stand at a position of the log. Bringing them on counts anew the links of which something came since: a click, a
visitor who was excluded or readmitted, a cookie that came back and so makes a known visitor of what was a hash. Where
rows have left the lake all are counted anew.
"""

from collections.abc import Sequence

from django.db import transaction

from siyu.core.eventlog import lake, lakeside
from siyu.core.eventlog.lakeside import File, Lake
from siyu.core.eventlog.locks import only_one
from siyu.core.links import clicks, condensed
from siyu.core.links.models import Tallied, Tally

AT_ONCE = 500_000
"""Events that are looked through while somebody waits; more are the worker's."""
CHUNK = 2_000


def counts(codes: Sequence[str]) -> dict[str, clicks.Count]:
    """{code: how often it was clicked}, as of now unless much has come at once; of what nobody clicked there is
    nothing."""
    advance(most=AT_ONCE)
    rows = Tally.objects.filter(code__in=list(codes[: clicks.MOST_CODES]))
    return {one.code: clicks.Count(one.clicks, one.visitors, one.bots) for one in rows}


def keep_fresh() -> int:
    """The worker's chore: how many links were counted anew."""
    return advance()


def advance(most: int | None = None) -> int:
    now = lakeside.now()
    if there(Tallied.objects.first(), now):
        return 0
    with only_one("link tallies") as alone:
        return bring(now, most) if alone else 0


def there(seen: Tallied | None, now: Lake) -> bool:
    return seen is not None and (seen.lake, seen.version) == (now.table, now.version)


def bring(now: Lake, most: int | None) -> int:
    seen = Tallied.objects.first()
    afresh = seen is None or (seen.lake, seen.pruned) != (now.table, now.pruned)
    since = 0 if afresh or seen is None else seen.position
    new = now.after(since)
    if most is not None and sum(file.rows for file in new) > most:
        return 0
    rows = counted(now, new, since)
    with transaction.atomic():
        if afresh:
            Tally.objects.all().delete()
        put(rows)
        said = {"lake": now.table, "version": now.version, "position": now.position, "pruned": now.pruned}
        Tallied.objects.update_or_create(pk=1, defaults=said)
    return len(rows)


def counted(now: Lake, new: Sequence[File], since: int) -> list[tuple[str, int, int, int]]:
    """(code, clicks, visitors, bots) of every link of which something is new."""
    if not new:
        return []
    with lake.connect() as db:
        db.execute(f"CREATE TEMP TABLE touched AS {touched(now, new, since)}")
        if not db.execute("FROM touched LIMIT 1").fetchall():
            return []
        return clicks.asked(
            db,
            """SELECT link, count(*) FILTER (NOT out), count(DISTINCT visitor) FILTER (NOT out), count(*) FILTER (out)
            FROM clicks WHERE link IN (SELECT link FROM touched) GROUP BY link ORDER BY link""",
        )


def touched(now: Lake, new: Sequence[File], since: int) -> str:
    every = condensed.scan("clicks", now.files)
    return f"""
        WITH news AS (SELECT DISTINCT link FROM {condensed.scan("clicks", new)} WHERE position > {since}),
        others AS (
            SELECT identity FROM {condensed.scan("words", new)} WHERE position > {since}
            UNION SELECT identity FROM {condensed.scan("back", new)})
        FROM news UNION SELECT link FROM {every} SEMI JOIN others USING (identity)"""


def put(rows: Sequence[tuple[str, int, int, int]]) -> None:
    made = [Tally(code=code, clicks=n, visitors=visitors, bots=bots) for code, n, visitors, bots in rows if code]
    Tally.objects.bulk_create(
        made, batch_size=CHUNK, update_conflicts=True, unique_fields=["code"],
        update_fields=["clicks", "visitors", "bots"],
    )  # fmt: skip
