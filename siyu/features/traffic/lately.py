"""What is new in traffic: the loop of whoever came lately, and which channel's buyers changed the sales.

The worker draws it beside `returns`; `glance` reads what was kept.
"""

from datetime import datetime, timedelta

import duckdb

from siyu.core.insight import asof, changes
from siyu.features.traffic import reach
from siyu.features.traffic.tree import UNKNOWN

DAYS = 90
OUTCOMES = ("again", "once", "nothing")


def draw(db: duckdb.DuckDBPyConnection, as_of: datetime) -> None:
    """Make the tables `loop` and `changed` on a cursor that has `sold`, `acquired` and `touchpoints`."""
    two = changes.weeks(as_of)
    db.execute(f"CREATE OR REPLACE TEMP TABLE had AS {reach.query()}")
    db.execute(f"CREATE OR REPLACE TEMP TABLE loop AS {loop(as_of)}")
    db.execute(f"CREATE OR REPLACE TEMP TABLE changed AS {changed(two)}")


def loop(as_of: datetime) -> str:
    """Who became known within `DAYS`: through which channel first, by what they can be reached, and what they ordered
    since. Grain: channel, way, outcome."""
    begins = asof.moment(as_of - timedelta(days=DAYS))
    ways = " ".join(f"WHEN could & {1 << place} > 0 THEN '{way}'" for way, place in best_first())
    return f"""
        WITH came AS (SELECT person FROM persons WHERE since >= {begins}),
        first AS (
            SELECT person, arg_min({{'channel': channel, 'domain': domain}}, (happened_at, position)) AS touch
            FROM touchpoints SEMI JOIN came USING (person) WHERE channel <> '{UNKNOWN}' GROUP BY person),
        bought AS (SELECT person, sum(orders) AS orders FROM sold GROUP BY person)
        SELECT coalesce(f.touch.channel, '{UNKNOWN}') AS channel, coalesce(f.touch.domain, '{UNKNOWN}') AS domain,
            CASE {ways} ELSE '' END AS way,
            CASE WHEN b.orders > 1 THEN 'again' WHEN b.orders = 1 THEN 'once' ELSE 'nothing' END AS outcome,
            count(*) AS people, DATE '{asof.last_day(as_of)}' AS until
        FROM came LEFT JOIN first f USING (person) LEFT JOIN bought b USING (person) LEFT JOIN had USING (person)
        GROUP BY ALL"""


def best_first() -> list[tuple[str, int]]:
    """The nearest way counts where somebody has several: the closer to a conversation, the nearer."""
    places = {way: place for place, way in enumerate(reach.WAYS)}
    return [(way, places[way]) for way in ("wecom", "wechat", "member", "web_push", "sms", "email")]


def changed(two: changes.Weeks) -> str:
    """Sales of known people by the channel that acquired them, in each of two four weeks. Grain: channel."""
    return f"""
        SELECT coalesce(a.channel, '{UNKNOWN}') AS name,
            coalesce(sum(s.gmv) FILTER (s.day < DATE '{two.middle}'), 0)::BIGINT AS before,
            coalesce(sum(s.gmv) FILTER (s.day >= DATE '{two.middle}'), 0)::BIGINT AS now, DATE '{two.end}' AS until
        FROM sold s LEFT JOIN acquired a USING (person)
        WHERE s.orders > 0 AND s.day >= DATE '{two.start}' AND s.day < DATE '{two.end}' GROUP BY ALL"""
