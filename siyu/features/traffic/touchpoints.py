"""Touchpoints: events of the lake with the channel that they came through, by the rules, merges and exclusions of now.

`open_touchpoints` gives a cursor of `core.insight.facts` with one view more:

    touchpoints   position, person, identity, happened_at, kind (visit, scan, add, message, view, order),
                  channel (code, or `unknown`), campaign (code, or ''), creator (or ''), platform, domain
                  (public, commercial, private, or `unknown`); of an order the position is its number

How a touch finds its channel: the rule of the lowest place that fits all that is seen of it; else the channel that the
event itself names, as short links do; else `unknown`. Its campaign: the rule's, else the one that the event names, else
the one of the tree whose code its utm_campaign is. Where the channel stood at that moment is its platform and domain.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa

from siyu.core.eventlog import lake
from siyu.core.insight import asof
from siyu.core.insight.facts import open_facts
from siyu.features.traffic import sightings
from siyu.features.traffic.models import SIGNS, Campaign, Channel, Placement, Rule
from siyu.features.traffic.tree import UNKNOWN
from siyu.kit.tables import literal

LOOKED_AT = tuple(sign for sign in SIGNS if sign != "link")
"""Compared by pattern; a link's code is looked up, since there may be one for each person."""


def open_touchpoints(as_of: datetime | None = None) -> duckdb.DuckDBPyConnection:
    """Use it in a `with`. `as_of` leaves out what happened at or after that moment."""
    touches, signs = sightings.files()
    db = open_facts(as_of)
    classify(db, signs)
    db.execute(f"CREATE TEMP VIEW touchpoints AS {touchpoints(db, touches, as_of)}")
    return db


def ways_of(positions: Sequence[int]) -> dict[int, tuple[str, str]]:
    """{position in the lake: (channel, domain)} of those events that are touches, by the rules of now."""
    if not positions:
        return {}
    with lake.connect() as db:
        touches, signs = sightings.files()
        if not touches:
            return {}
        classify(db, signs, orders=False)
        rows = db.execute(
            f"""SELECT t.position, w.channel, coalesce(p.domain, '{UNKNOWN}')
            FROM (SELECT position, happened_at, sign FROM read_parquet([{", ".join(map(literal, touches))}])
                WHERE position IN (SELECT unnest(?::BIGINT[]))) t
            JOIN ways w USING (sign)
            LEFT JOIN stands p ON p.channel = w.channel AND t.happened_at >= p.since AND t.happened_at < p.until""",
            [list(positions)],
        ).fetchall()
    return {position: (channel, domain) for position, channel, domain in rows}


def classify(db: duckdb.DuckDBPyConnection, signs: list[str], *, orders: bool = True) -> None:
    """Make `signs`, each combination that was ever seen with how often, and `ways`: which channel each came through.

    `orders`: those of orders too, for which the cursor has the facts.
    """
    columns = ", ".join(sightings.SIGNS)
    kept = read(signs, f"SELECT 0::UBIGINT AS sign, {blank(sightings.SIGNS)}, 0 AS times WHERE false")
    ordered = f"""
        SELECT * REPLACE (coalesce(lower(properties ->> '$.source'), '') AS source, 'order' AS kind)
        FROM (SELECT {blank(sightings.SIGNS)}, properties FROM orders)"""
    db.execute(f"""
        CREATE OR REPLACE TEMP TABLE signs AS
        SELECT sign, {columns}, sum(times)::BIGINT AS times, hash({", ".join(LOOKED_AT)}) AS look
        FROM (SELECT sign, {columns}, times FROM ({kept})
            {f"UNION ALL SELECT hash({columns}), {columns}, count(*) FROM ({ordered}) GROUP BY ALL" if orders else ""})
        GROUP BY ALL""")
    settle_rules(db)
    settle_tree(db)
    db.execute(f"CREATE OR REPLACE TEMP TABLE ways AS {WAYS}")


def read(files: list[str], nothing: str) -> str:
    return f"SELECT * FROM read_parquet([{', '.join(map(literal, files))}])" if files else nothing


def blank(columns: Iterable[str]) -> str:
    return ", ".join(f"''::VARCHAR AS {column}" for column in columns)


def settle_rules(db: duckdb.DuckDBPyConnection) -> None:
    """Table `rules`, with patterns: none where a rule looks away."""
    rows = []
    for rule in Rule.objects.filter(closed_at=None).select_related("channel", "campaign").order_by("place", "pk"):
        patterns = {name: pattern(getattr(rule, name)) for name in LOOKED_AT}
        to = {"channel": rule.channel.code, "campaign": rule.campaign.code if rule.campaign else ""}
        rows.append({"rule": rule.pk, "place": rule.place, "link": rule.link, **patterns, "goes_to": to["channel"],
            "goes_for": to["campaign"]})  # fmt: skip
    fill(db, "rules", RULES, rows)


RULES = pa.schema(
    [
        ("rule", pa.int64()), ("place", pa.int64()), ("link", pa.string()), ("goes_to", pa.string()),
        ("goes_for", pa.string()), *((name, pa.string()) for name in LOOKED_AT),
    ]
)  # fmt: skip


def pattern(said: str) -> str | None:
    plain = said.removesuffix("*").replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return (plain + "%" if said.endswith("*") else plain) or None


def settle_tree(db: duckdb.DuckDBPyConnection) -> None:
    """Tables: `named_channels`, `named_campaigns` (code), `stands` (channel, platform, domain, since, until)."""
    for name, model in (("named_channels", Channel), ("named_campaigns", Campaign)):
        codes = model.objects.order_by("pk").values_list("code", flat=True)
        fill(db, name, pa.schema([("code", pa.string())]), [{"code": code} for code in codes])
    found = Placement.objects.order_by("channel", "since").values_list(
        "channel__code", "platform__code", "platform__domain", "since"
    )
    columns = ("channel", "platform", "domain", "since")
    rows: list[dict[str, Any]] = [dict(zip(columns, row, strict=True)) for row in found]
    for row in rows:
        row["since"] = row["since"].replace(tzinfo=None)
    schema = pa.schema([*((name, pa.string()) for name in columns[:3]), ("since", pa.timestamp("us"))])
    fill(db, "placed", schema, rows)
    db.execute("""
        CREATE OR REPLACE TEMP TABLE stands AS
        SELECT *, lead(since, 1, TIMESTAMP '9999-01-01') OVER (PARTITION BY channel ORDER BY since) AS until
        FROM placed""")


def fill(db: duckdb.DuckDBPyConnection, table: str, schema: pa.Schema, rows: list[dict[str, Any]]) -> None:
    db.register("incoming", pa.Table.from_pylist(rows, schema))
    db.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM incoming")
    db.unregister("incoming")


def fits(sign: str) -> str:
    """Whether what is seen is what a rule looks for; a host is also all that is below it."""
    like = f"s.{sign} LIKE r.{sign} ESCAPE '\\'"
    below = f" OR s.{sign} LIKE '%.' || r.{sign} ESCAPE '\\'" if sign == "host" else ""
    return f"(r.{sign} IS NULL OR {like}{below})"


FITS = " AND ".join(map(fits, LOOKED_AT))
WAYS = f"""
    WITH looks AS (SELECT DISTINCT look, {", ".join(LOOKED_AT)} FROM signs),
    by_look AS (
        SELECT look, arg_min({{'place': place, 'rule': rule, 'channel': goes_to, 'campaign': goes_for}}, (place, rule)) AS hit
        FROM looks s JOIN rules r ON r.link = '' AND {FITS} GROUP BY look),
    by_link AS (
        SELECT sign, arg_min({{'place': place, 'rule': rule, 'channel': goes_to, 'campaign': goes_for}}, (place, rule)) AS hit
        FROM signs s JOIN rules r ON s.link = r.link AND r.link <> '' AND {FITS} GROUP BY sign),
    ruled AS (
        SELECT s.*, CASE WHEN b.hit IS NULL OR (a.hit IS NOT NULL AND (a.hit.place, a.hit.rule) < (b.hit.place, b.hit.rule))
            THEN a.hit ELSE b.hit END AS hit
        FROM signs s LEFT JOIN by_look a USING (look) LEFT JOIN by_link b ON b.sign = s.sign)
    SELECT r.sign, r.hit.rule AS rule, coalesce(r.hit.channel, c.code, '{UNKNOWN}') AS channel,
        coalesce(nullif(r.hit.campaign, ''), p.code, u.code, '') AS campaign, r.creator
    FROM ruled r LEFT JOIN named_channels c ON c.code = r.channel
        LEFT JOIN named_campaigns p ON p.code = r.campaign LEFT JOIN named_campaigns u ON u.code = r.utm_campaign"""  # noqa: E501


def touchpoints(db: duckdb.DuckDBPyConnection, touches: list[str], as_of: datetime | None) -> str:
    """A join with an empty table hides from the scan what it may skip, so only tables with rows are joined."""
    merged, out = (bool(db.execute(f"FROM {table} LIMIT 1").fetchall()) for table in ("links", "excluded"))
    person = "coalesce(l.person, t.identity)" if merged else "t.identity"
    before = f"AND t.happened_at < {asof.moment(as_of)}" if as_of else ""
    seen = read(
        touches,
        "SELECT 0::BIGINT AS position, 0::BIGINT AS identity, now()::TIMESTAMP AS happened_at, '' AS kind, "
        "false AS own, 0::UBIGINT AS sign WHERE false",
    )
    signs = ", ".join(
        {"source": "coalesce(lower(o.properties ->> '$.source'), '')", "kind": "'order'"}.get(sign, "''")
        for sign in sightings.SIGNS
    )
    return f"""
        SELECT t.position, t.person, t.identity, t.happened_at, t.kind, w.channel, w.campaign, w.creator,
            coalesce(p.platform, '{UNKNOWN}') AS platform, coalesce(p.domain, '{UNKNOWN}') AS domain
        FROM (
            SELECT t.position, {person} AS person, t.identity, t.happened_at, t.kind, t.sign FROM ({seen}) t
            {"LEFT JOIN links l ON l.identity = t.identity" if merged else ""}
            {"LEFT JOIN excluded x ON x.identity = t.identity" if out else ""}
            WHERE true {"AND (x.identity IS NULL OR t.own)" if out else ""} {before}
            UNION ALL
            SELECT o."order", o.person, o.identity, o.happened_at, 'order', hash({signs}) FROM orders o) t
        JOIN ways w USING (sign)
        LEFT JOIN stands p ON p.channel = w.channel AND t.happened_at >= p.since AND t.happened_at < p.until"""
