"""How people move between the three domains over a period, each of them once.

Where somebody stands at a moment: in the domain of the newest touch within the `window` before it. Adding the brand
(joining, adding a contact, following) and opening its messages is private, whatever brought them there. Somebody known
without such a touch is `quiet`; who is known by a device alone, or not yet, is `unidentified`. Only people who are
identified by the end are counted, so that nobody ends there. Touches of channels that no rule knows move nobody.
"""

from pathlib import Path
from typing import Any

import duckdb

from siyu.core.eventlog import lake, lakeside
from siyu.core.insight import asof
from siyu.features.traffic import ruling
from siyu.features.traffic.attribution.lakeside import Period
from siyu.features.traffic.touchpoints import open_touchpoints
from siyu.kit.refusals import Refused

DOMAINS = ("public", "commercial", "private")
NODES = (*DOMAINS, "quiet", "unidentified")
ANONYMOUS = "device"
"""The namespace by which nobody is known: a browser, an app."""
MEASURES = {
    "precipitated": "drawn AND ends = 'private'",
    "drawn": "drawn",
    "reverse_driven": "starts = 'private' AND public_touches > 0",
    "leaked": "starts = 'private' AND ends = 'quiet'",
}
"""Figures beside the matrix, as conditions on `flow`."""

STAYS = """
    SELECT person, happened_at, position, kind, channel,
        CASE WHEN kind IN ('add', 'message') THEN 'private' ELSE domain END AS domain
    FROM touchpoints
    WHERE person IS NOT NULL AND (domain <> 'unknown' OR kind IN ('add', 'message'))"""
FLOW = """
    WITH known AS (
        SELECT person, min(happened_at) AS since FROM everything SEMI JOIN persons USING (person)
        WHERE name = 'person.appeared' AND properties ->> '$.namespace' <> '{anonymous}'
        GROUP BY person),
    before AS (
        SELECT person, arg_max(domain, (happened_at, kind = 'order', position)) AS domain FROM stays
        WHERE happened_at >= {begins} - {window} AND happened_at < {begins} GROUP BY person),
    after AS (
        SELECT person, arg_max(domain, (happened_at, kind = 'order', position)) AS domain FROM stays
        WHERE happened_at >= {ends} - {window} AND happened_at < {ends} GROUP BY person),
    within AS (
        SELECT person, count(*) FILTER (domain = 'public') AS public_touches,
            count(*) FILTER (domain = 'commercial') AS commercial_touches, max(happened_at) AS touched_at
        FROM stays WHERE happened_at >= {begins} AND happened_at < {ends} GROUP BY person)
    SELECT person, starts, coalesce(a.domain, 'quiet') AS ends, coalesce(public_touches, 0) AS public_touches,
        coalesce(commercial_touches, 0) AS commercial_touches, touched_at,
        starts <> 'private'
            AND (starts IN ('public', 'commercial') OR coalesce(public_touches + commercial_touches, 0) > 0) AS drawn
    FROM (
        SELECT person, CASE WHEN k.since >= {begins} THEN 'unidentified' ELSE coalesce(b.domain, 'quiet') END AS starts
        FROM known k LEFT JOIN before b USING (person) WHERE k.since < {ends})
    LEFT JOIN after a USING (person) LEFT JOIN within w USING (person)"""


class NoSuchMove(Refused):
    code = "no_such_move"
    status = 404


def draw(db: duckdb.DuckDBPyConnection, asked: Period, window: int) -> None:
    """View `stays`, and table `flow`: everybody who is identified by the end, once."""
    begins, ends = asof.moment(asked.begins), asof.moment(asked.ends)
    db.execute(f"CREATE OR REPLACE TEMP VIEW stays AS {STAYS}")
    flow = FLOW.format(begins=begins, ends=ends, window=f"to_days({window})", anonymous=ANONYMOUS)
    db.execute(f"CREATE OR REPLACE TEMP TABLE flow AS {flow}")


def flow(asked: Period, *, window_days: int | None = None, keep: Path | None = None) -> dict[str, Any]:
    """`matrix{start: {end: people}}`, and the rates; a rate of nobody is None. `keep`: where `behind` finds them."""
    window = window_days or ruling.terms().window_days
    figures = ", ".join(f"count(*) FILTER ({which})" for which in MEASURES.values())
    with open_touchpoints(asked.ends) as db:
        draw(db, asked, window)
        moves = db.execute("SELECT starts, ends, count(*) FROM flow GROUP BY ALL").fetchall()
        [counted] = db.execute(f"SELECT {figures} FROM flow").fetchall()
        if keep:
            lakeside.keep(db, "FROM flow", keep)
    matrix = {start: dict.fromkeys(NODES, 0) for start in NODES}
    for start, end, people in moves:
        matrix[start][end] = people
    said = dict(zip(MEASURES, counted, strict=True))
    private = sum(matrix["private"].values())
    return {
        "from": asked.first,
        "until": asked.last,
        "window_days": window,
        "people": sum(people for _, _, people in moves),
        "matrix": matrix,
        "starts": {node: sum(matrix[node].values()) for node in NODES},
        "ends": {node: sum(matrix[start][node] for start in NODES) for node in NODES},
        **said,
        "precipitation": share(said["precipitated"], said["drawn"]),
        "reverse_drive": share(said["reverse_driven"], private),
        "leakage": share(said["leaked"], private),
    }


def share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def behind(
    asked: Period, *, start: str = "", end: str = "", measure: str = "", window_days: int | None = None,
    limit: int = 100, kept: Path | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """The people of a cell of the matrix, of a row or column, or of a figure beside it; last touched first. As they
    were `kept` with the figures, else of the lake as it is."""
    if {start, end} - {"", *NODES} or measure not in ("", *MEASURES):
        raise NoSuchMove(f"people stand in one of {', '.join(NODES)}")
    which = [MEASURES[measure]] if measure else []
    which += [f"starts = '{start}'"] * bool(start) + [f"ends = '{end}'"] * bool(end)
    with lake.connect() if kept else open_touchpoints(asked.ends) as db:
        if not kept:
            draw(db, asked, window_days or ruling.terms().window_days)
        rows = db.execute(f"""
            SELECT person, starts, ends, touched_at FROM {lakeside.rows(kept) if kept else "flow"}
            WHERE {" AND ".join(which) or "true"}
            ORDER BY touched_at DESC NULLS LAST, person LIMIT {int(limit)}""").fetchall()
    return [dict(zip(("person", "starts", "ends", "touched_at"), row, strict=True)) for row in rows]
