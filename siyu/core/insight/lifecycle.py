"""Lifecycle: where each person stands with the brand, by a rule that fits in a paragraph.

Each person is measured by their own rhythm, which is why a weekly buyer is missed after three weeks and a monthly one
is not. The rule is data (`RULE`), a sentence (`sentence`) and a SQL expression (`stage`) made of it, so all agree.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import duckdb
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from siyu.core.insight import asof
from siyu.kit import clock

NAMES = {
    "prospect": gettext_lazy("prospect"),
    "new": gettext_lazy("new"),
    "active": gettext_lazy("active"),
    "loyal": gettext_lazy("loyal"),
    "at_risk": gettext_lazy("at risk"),
    "lapsed": gettext_lazy("lapsed"),
    "won_back": gettext_lazy("won back"),
}
STAGES = tuple(NAMES)


@dataclass(frozen=True)
class Rule:
    recent: int = 30
    """Days within which a first order makes somebody new, and a return makes them won back."""
    shortest: int = 7
    """A rhythm quicker than a week counts as a week."""
    rhythm_after: int = 3
    """From so many order days on, a person's own average gap counts; before that, the base's median."""
    at_risk: int = 3
    """Quiet for more than so many usual gaps."""
    lapsed: int = 6
    loyal: int = 4
    """Order days, at least; and the usual gap is no longer than the base's median."""
    unknown_gap: int = 30
    """The median gap of a base in which nobody has bought twice."""


RULE = Rule()
assert RULE.lapsed * RULE.shortest > RULE.recent  # so a silence that ended recently began before that


def sentence(gap: float) -> str:
    """The rule in words, with the median gap of this base."""
    return _(
        "A person's usual gap is the average time between their order days (from %(after)s on; before that the median "
        "of this base, %(gap)s days), at least %(shortest)s days. New: first order within %(recent)s days. At risk: "
        "quiet for more than %(risk)s usual gaps. Lapsed: more than %(lapsed)s. Won back: ordered again within "
        "%(recent)s days after such a silence. Loyal: %(loyal)s order days or more, and no slower than the median. "
        "Active: every other buyer. Prospect: known, without an order."
    ) % {
        "after": RULE.rhythm_after,
        "gap": round(gap),
        "shortest": RULE.shortest,
        "recent": RULE.recent,
        "risk": RULE.at_risk,
        "lapsed": RULE.lapsed,
        "loyal": RULE.loyal,
    }


def pulse(today: str) -> str:
    """What the rule needs of a person, as aggregates over their orders.

    The days of the last month are counted as bits: a second count of distinct days would cost as much as the first.
    """
    recent = f"day >= {today} - {RULE.recent}"
    return f"""
        min(day) AS first_day, max(day) AS last_day, count(DISTINCT day) AS order_days,
        min(day) FILTER ({recent}) AS back_day, max(day) FILTER (NOT {recent}) AS before_day,
        bit_count(bit_or(CASE WHEN {recent} THEN 1::BIGINT << ({today} - day) END)) AS back_days"""


MEDIAN_GAP = f"""
    -- the base's median gap: the middle of people's average days between order days. Leaves out who bought on one day
    SELECT coalesce(median((last_day - first_day) / (order_days - 1)), {RULE.unknown_gap})
    FROM pulses WHERE order_days > 1"""


def gap_of_portraits(db: duckdb.DuckDBPyConnection) -> float:
    """The same median, of the relation `portraits`."""
    return float(
        db.execute(f"SELECT coalesce(median(repurchase_interval_days), {RULE.unknown_gap}) FROM portraits").fetchall()[
            0
        ][0]
    )


def stage(today: str, gap: float) -> str:
    """The stage as a SQL expression over the columns of `pulse`."""
    own = _usual("last_day", "order_days", gap)
    before = _usual("before_day", "(order_days - back_days)", gap)
    quiet = f"({today} - last_day)"
    return f"""CASE
        WHEN last_day IS NULL THEN 'prospect'
        WHEN first_day >= {today} - {RULE.recent} THEN 'new'
        WHEN {quiet} > {RULE.lapsed} * {own} THEN 'lapsed'
        WHEN {quiet} > {RULE.at_risk} * {own} THEN 'at_risk'
        WHEN back_day - before_day > {RULE.lapsed} * {before} THEN 'won_back'
        WHEN order_days >= {RULE.loyal} AND {own} <= greatest({RULE.shortest}, {gap}) THEN 'loyal'
        ELSE 'active' END"""


def _usual(last: str, days: str, gap: float) -> str:
    mean = f"({last} - first_day) / ({days} - 1)"
    return f"greatest({RULE.shortest}, CASE WHEN {days} >= {RULE.rhythm_after} THEN {mean} ELSE {gap} END)"


def median_gap(db: duckdb.DuckDBPyConnection) -> float:
    """Of the temp table `pulses`, which holds the columns of `pulse`."""
    return float(db.execute(MEDIAN_GAP).fetchall()[0][0])


def transitions(db: duckdb.DuckDBPyConnection, as_of: datetime, months: int = 1) -> list[dict[str, Any]]:
    """From which stage to which people went, for the last `months` whole months: [{month, from, to, people}].

    A person's stage of a month is that at its end. `from` is absent for who appeared in that month.
    """
    ends = month_ends(as_of, months + 1)
    for n, end in enumerate(ends):
        stages(db, end, f"stages_{n}")
    moves: list[dict[str, Any]] = []
    for n, end in enumerate(ends[1:], start=1):
        month = asof.last_day(end)
        rows = db.execute(
            f"""SELECT a.stage, b.stage, count(*) FROM stages_{n} b LEFT JOIN stages_{n - 1} a USING (person)
            GROUP BY ALL ORDER BY ALL"""
        ).fetchall()
        moves += [{"month": f"{month:%Y-%m}", "from": a, "to": b, "people": people} for a, b, people in rows]
    return moves


def month_ends(as_of: datetime, count: int) -> list[datetime]:
    """The last `count` moments at or before `as_of` at which a brand month ended, oldest first."""
    day = clock.day_of(as_of, settings.SIYU.zone).replace(day=1)
    ends = []
    for _n in range(count):
        ends.append(clock.day_begins(day, settings.SIYU.zone))
        day = (day - timedelta(days=1)).replace(day=1)
    return ends[::-1]


def stages(db: duckdb.DuckDBPyConnection, end: datetime, name: str) -> None:
    """A temp table (person, stage) as of `end`, which is not after the cursor's own end."""
    today, before = asof.today(end), asof.moment(end)
    db.execute(f"""CREATE OR REPLACE TEMP TABLE pulses AS
        SELECT person, {pulse(today)} FROM orders
        WHERE person IS NOT NULL AND happened_at < {before} GROUP BY person""")
    db.execute(f"""CREATE OR REPLACE TEMP TABLE {name} AS
        SELECT person, {stage(today, median_gap(db))} AS stage
        FROM pulses FULL JOIN (SELECT person FROM persons WHERE since < {before}) USING (person)""")


def at_risk(db: duckdb.DuckDBPyConnection, limit: int = 100) -> list[dict[str, Any]]:
    """Who is slipping away, whom it would hurt most to lose first. Reads the relation `portraits`."""
    rows = db.execute(
        """SELECT person, recency_days, orders, gmv_365d, ltv FROM portraits
        WHERE stage = 'at_risk' ORDER BY gmv_365d DESC, person LIMIT ?""",
        [limit],
    ).fetchall()
    return [dict(zip(("person", "recency_days", "orders", "gmv_365d", "ltv"), row, strict=True)) for row in rows]
