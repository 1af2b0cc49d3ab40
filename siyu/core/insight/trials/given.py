"""What a trial made people take: discounts by coupons and points, and points that they were given, within the window.

Whoever was kept out takes some of it too. What the trial cost is what an arm took more than as many of those who were
kept out; all of it is reckoned from the lake, of everybody who was drawn.

Two kinds, so that nothing counts twice. `coupons`: discounts, by coupons and by points at the till; sales and
contribution are less by them already. `points`: points earned and not taken back, less those that paid at the till, at
what points are worth now; they are owed, and stand in no sale.
"""

from typing import Any, NamedTuple

import duckdb

from siyu.core.insight.asof import moment
from siyu.core.insight.models import Trial
from siyu.core.insight.trials.effect import Plan, Sums, TooFew, compare
from siyu.core.insight.trials.opening import GLOBAL, HELD

KINDS = ("coupons", "points")
CONTROL = "control"


class Taken(NamedTuple):
    """Of an arm, in minor units: all of it, and what it is more than that of as many of those who were kept out. `low`
    and `high`: 95 %; none where groups or places were drawn."""

    arm: str
    people: int
    total: float
    gained: float
    low: float | None = None
    high: float | None = None


def reckoned(db: duckdb.DuckDBPyConnection, trial: Trial) -> dict[str, list[Taken]]:
    """{kind: its arms}, from the table `entered`; a kind that nobody took is left out. Nothing without a holdout."""
    gather(db, trial)
    names = {HELD: CONTROL} | dict(enumerate(sorted(trial.arms), 1))
    found: dict[str, list[Taken]] = {}
    for kind in KINDS:
        rows = db.execute(f"""
            SELECT arm, count(*)::DOUBLE, coalesce(sum({kind}), 0)::DOUBLE, coalesce(sum({kind} * {kind}), 0)::DOUBLE
            FROM entered LEFT JOIN given USING (person) WHERE arm <> {GLOBAL} GROUP BY arm ORDER BY arm""").fetchall()
        sums = {names[arm]: Sums(int(n), n, y, 0, n, yy, 0, y, 0, 0) for arm, n, y, yy in rows}
        if CONTROL in sums and any(one.y for one in sums.values()):
            found[kind] = taken(sums, alone=trial.unit == "person")
    return found


def taken(sums: dict[str, Sums], *, alone: bool) -> list[Taken]:
    held = sums[CONTROL]
    try:
        compared = {one.arm: one for one in compare(sums, Plan(CONTROL)).arms} if alone else {}
    except TooFew:
        compared = {}
    arms = []
    for name, one in sums.items():
        gained = 0.0 if name == CONTROL else one.y - held.y / held.n * one.n
        ends = compared[name].ci if name in compared else None
        low, high = (ends[0] * one.n, ends[1] * one.n) if ends else (None, None)
        arms.append(Taken(name, int(one.n), one.y, gained, low, high))
    return arms


def costs(found: dict[str, list[Taken]]) -> dict[str, int]:
    """Of all arms together; what was taken less than without the trial is no income."""
    return {kind: max(0, round(sum(one.gained for one in arms))) for kind, arms in found.items()}


def as_dict(found: dict[str, list[Taken]]) -> dict[str, Any]:
    return {kind: [one._asdict() for one in arms] for kind, arms in found.items()}


NAMES = ("coupon.redeemed", "coupon.reversed", "points.earned", "points.reversed", "points.spent", "points.returned")


def gather(db: duckdb.DuckDBPyConnection, trial: Trial) -> None:
    """The table `given`: person, coupons, points, in minor units."""
    listed = ", ".join(f"'{name}'" for name in NAMES)
    until = f"least(e.entered_at + INTERVAL {trial.window} DAY, {moment(trial.horizon_at)})"
    db.execute(f"""
        CREATE OR REPLACE TEMP TABLE given AS
        WITH worth AS (SELECT coalesce(arg_max((properties ->> '$.worth')::BIGINT, position), 0) / 100.0 AS each
            FROM ever WHERE name = 'points.valued'),
        said AS (SELECT s.person, name, subject, amount, properties ->> '$.order' AS "order",
                (properties ->> '$.points')::BIGINT AS points, (properties ->> '$.because') AS because
            FROM everything s JOIN entered e USING (person)
            WHERE name IN ({listed}) AND s.happened_at >= e.entered_at AND s.happened_at < {until}),
        back AS (SELECT subject, "order" FROM said WHERE name = 'coupon.reversed'),
        each_one AS (
            SELECT person, amount::DOUBLE AS coupons, 0 AS points FROM said ANTI JOIN back USING (subject, "order")
            WHERE name = 'coupon.redeemed'
            UNION ALL SELECT person, points * each, -points * each FROM said, worth
            WHERE name = 'points.spent' AND because LIKE 'order:%'
            UNION ALL SELECT person, -points * each, points * each FROM said, worth
            WHERE name = 'points.returned' AND because LIKE 'order:%'
            UNION ALL SELECT person, 0, points * each FROM said, worth WHERE name = 'points.earned'
            UNION ALL SELECT person, 0, -points * each FROM said, worth WHERE name = 'points.reversed')
        SELECT person, sum(coupons)::DOUBLE AS coupons, sum(points)::DOUBLE AS points FROM each_one GROUP BY person""")
