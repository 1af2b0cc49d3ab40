"""What clicks and scans say, from what is kept of them beside the lake.

Bots are left out when it is asked, of the past too: the user agent stands with each click, and who is excluded or
readmitted today is so in every figure. A visitor is an identity; one whose cookie never came back is told from others
by the day's hash.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import duckdb

from siyu.core.eventlog import lake, lakeside
from siyu.core.links import condensed
from siyu.core.links.clicking import SOURCE

SHOWN = 50
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST_CODES = 10_000

CLICKS = """
    WITH words AS (SELECT identity, arg_max(out, position) AS out FROM {words} GROUP BY identity),
    kept AS (SELECT DISTINCT identity FROM {back}),
    clicks AS (
        SELECT sent.*, coalesce(words.out, false) AS out,
            CASE WHEN known = 'new' AND kept.identity IS NULL THEN 'h' || trace ELSE 'i' || sent.identity END AS visitor
        FROM {clicks} sent LEFT JOIN words USING (identity) LEFT JOIN kept USING (identity))"""
"""A relation `clicks`: a row a click or scan, whether it is `out`, and whose it is."""


class Count(NamedTuple):
    clicks: int = 0
    visitors: int = 0
    bots: int = 0
    """Clicks that do not count."""


class Part(NamedTuple):
    name: str
    clicks: int
    visitors: int


class Stats(NamedTuple):
    all: Count
    days: Sequence[Part]
    variants: Sequence[Part]
    apps: Sequence[Part]
    forms: Sequence[Part]


class Row(NamedTuple):
    """A click behind a figure."""

    position: int
    at: datetime
    identity: int | None
    variant: str
    form: str
    app: str
    os: str
    referrer: str
    target: str
    out: bool


def ask(sql: str, values: Sequence[Any] = ()) -> list[tuple]:
    with lake.connect() as db:
        return asked(db, sql, values)


def asked(db: duckdb.DuckDBPyConnection, sql: str, values: Sequence[Any] = ()) -> list[tuple]:
    files = lakeside.now().files
    clicks = CLICKS.format(**{part: condensed.scan(part, files) for part in condensed.PARTS})
    return db.execute(f"{clicks} {sql}", list(values)).fetchall()


def stats(code: str) -> Stats:
    """By day, by target of a test, by where it was opened, by what form it took."""
    rows = ask(
        """SELECT kind, part, count(*) FILTER (NOT out) AS n, count(DISTINCT visitor) FILTER (NOT out),
            count(*) FILTER (out)
        FROM (SELECT out, visitor, unnest(['all', 'day', 'variant', 'app', 'form']) AS kind,
                unnest(['', day::VARCHAR, variant, app || ' ' || os, form]) AS part
              FROM clicks WHERE link = ?)
        GROUP BY kind, part ORDER BY kind, n DESC, part""",
        [code],
    )
    parts: dict[str, list[Part]] = {}
    for kind, part, clicks, visitors, _ in rows:
        parts.setdefault(kind, []).append(Part(part, clicks, visitors))
    whole = next((Count(*figures) for kind, _, *figures in rows if kind == "all"), Count())
    days = sorted(parts.get("day", []))[-60:]
    return Stats(whole, days, parts.get("variant", []), parts.get("app", []), parts.get("form", []))


def behind(code: str, *, before: int = 0, limit: int = SHOWN) -> list[Row]:
    """The clicks themselves, the newest first; `before`: the position of the last one seen."""
    rows = ask(
        f"""SELECT position, epoch_us(happened_at), identity, variant, form, app, os, referrer, target, out
        FROM clicks WHERE link = ? AND (? = 0 OR position < ?) ORDER BY position DESC LIMIT {int(limit)}""",
        [code, before, before],
    )
    return [Row(position, EPOCH + timedelta(microseconds=at), *rest) for position, at, *rest in rows]


ARRIVAL = timedelta(minutes=30)


class Arrivals(NamedTuple):
    """Of the clicks on a host in an app, how many were followed by anything else of the same visitor."""

    host: str
    app: str
    clicks: int
    arrived: int


def arrivals(since: datetime, until: datetime) -> list[Arrivals]:
    """Per host and app. Only plain redirects lead anywhere at once, and only who keeps a cookie can be known again."""
    rows = ask(
        f"""SELECT host, app, count(*), count(*) FILTER (EXISTS (
                FROM {lake.scan("events", whole=True)} e WHERE e.identity = c.identity AND e.source <> '{SOURCE}'
                    AND e.happened_at BETWEEN c.happened_at AND c.happened_at + INTERVAL {ARRIVAL.seconds} SECOND))
        FROM clicks c
        WHERE NOT out AND form = 'direct' AND known IN ('new', 'cookie', 'word') AND host <> ''
            AND happened_at >= ?::TIMESTAMPTZ AND happened_at < ?::TIMESTAMPTZ
        GROUP BY host, app ORDER BY host, app""",
        [since.isoformat(), until.isoformat()],
    )
    return [Arrivals(*row) for row in rows]
