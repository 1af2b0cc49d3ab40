"""What a trial did, out of the lake: everybody who entered counts, in the arm that the lot gave them.

An outcome is what somebody ordered within the trial's window after entering; what they ordered in the `BEFORE` days
before it is taken out (CUPED). Refunds count whenever they come, against the order that they are of. People who were
joined since count once, with their earliest entry; those who had entered two arms are `contaminated`.

Before the horizon intervals are a confidence sequence, so that anybody may look at any time; its clock is the part of
the time to the horizon that is over. At the horizon it is the fixed test, and what happens later changes nothing but
by late news of what was before.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
from django.conf import settings
from django.db.models import Q, Sum
from pyroaring import BitMap

from siyu.core.insight.asof import moment
from siyu.core.insight.audiences.bitmaps import to_numbers
from siyu.core.insight.facts import open_facts
from siyu.core.insight.models import Trial
from siyu.core.insight.sold import sold
from siyu.core.insight.trials.effect import BROKEN_SPLIT, Arm, Plan, Sums, compare
from siyu.core.insight.trials.findings import IN_SALES
from siyu.core.insight.trials.lot import CIRCLE
from siyu.core.insight.trials.opening import GLOBAL, HELD
from siyu.kit import clock

OUTCOMES = ("orders", "buyers", "gmv", "net", "contribution")
MONEY = OUTCOMES[2:]
BEFORE = 90
"""Days before entering that tell what would have been anyway."""
CONTROL, TREATED = "control", "treated"


class Side(NamedTuple):
    """An arm in one outcome: `arm.lift` is per person, `gained` that of all its people."""

    arm: Arm
    gained: float | None
    low: float | None
    high: float | None

    def as_dict(self) -> dict[str, Any]:
        return self.arm._asdict() | {"gained": self.gained, "low": self.low, "high": self.high}


@dataclass
class Effect:
    """`outcomes`: {name: its control, then each arm, then `treated`, all arms together, where there are several}."""

    trial: str
    at: datetime
    until: datetime
    """What happened from then on does not count."""
    final: bool
    goal: str
    people: dict[str, int]
    contaminated: int
    globally_out: int
    split: float | None
    outcomes: dict[str, list[Side]]
    cost: int
    known: float | None
    """The share of what was sold whose cost is known; of the rest `margin` is assumed, or nothing is said."""
    verdict: str
    needed: int | None
    days: int
    """Until the horizon."""

    def treated(self, outcome: str = "") -> Side | None:
        sides = self.outcomes.get(outcome or self.goal, [])
        return sides[-1] if len(sides) > 1 else None

    @property
    def reached(self) -> int:
        """People to whom it was done."""
        return sum(count for arm, count in self.people.items() if arm != CONTROL)

    @property
    def cost_per_order(self) -> float | None:
        """For each order that would not have been; none: nobody can say that there are any."""
        side = self.treated("orders")
        return self.cost / side.gained if self.cost and side and side.gained and (side.low or 0) > 0 else None

    def as_dict(self) -> dict[str, Any]:
        own = asdict(self) | {"reached": self.reached, "cost_per_order": self.cost_per_order}
        own["outcomes"] = {name: [side.as_dict() for side in sides] for name, sides in self.outcomes.items()}
        return own


def effect_of(trial: Trial, *, at: datetime, margin: int | None = None) -> Effect:
    """`margin`: basis points assumed of sales whose cost nobody told."""
    with open_facts(at) as db:
        gather(db, trial, at, margin)
        return reckon(db, trial, at, margin=margin)


def gather(db: duckdb.DuckDBPyConnection, trial: Trial, at: datetime, margin: int | None = None) -> None:
    """The tables `entered` (person, arm, unit, entered_at, twice) and `happened` (what they ordered around it)."""
    enter(db, trial, at)
    happen(db, trial, at, margin)


def happen(db: duckdb.DuckDBPyConnection, trial: Trial, at: datetime, margin: int | None) -> None:
    rest = f"(gmv - refunded - costed) * {int(margin)} / 10000.0" if margin is not None else "0"
    [[first]] = db.execute("SELECT min(entered_at) FROM entered").fetchall()
    until = moment(min(at, trial.horizon_at))
    since = clock.day_of(first.replace(tzinfo=UTC) - timedelta(days=BEFORE), settings.SIYU.zone) if first else None
    db.execute(f"""
        CREATE OR REPLACE TEMP TABLE happened AS
        SELECT e.person, arm, unit, happened_at, happened_at >= e.entered_at AS after, orders, gmv,
            gmv - refunded AS net, costed - cost + {rest} AS contribution, costed
        FROM ({sold(since)}) s JOIN entered e USING (person)
        WHERE happened_at >= e.entered_at - INTERVAL {BEFORE} DAY
            AND happened_at < e.entered_at + INTERVAL {trial.window} DAY AND happened_at < {until}""")


def enter(db: duckdb.DuckDBPyConnection, trial: Trial, at: datetime) -> None:
    """As persons of today, the global control group too. `doubled`: how many had entered two arms."""
    db.register("incoming", entries(trial, min(at, trial.horizon_at)))
    joined = db.execute("SELECT 1 FROM links WHERE identity IN (SELECT person FROM incoming) LIMIT 1").fetchall()
    query = "SELECT person, arm, unit, entered_at, false AS twice FROM incoming"
    if joined or trial.unit != "person":
        query = """
            SELECT coalesce(l.person, i.person) AS person, arg_min(arm, (entered_at, i.person)) AS arm,
                arg_min(unit, (entered_at, i.person)) AS unit, min(entered_at) AS entered_at,
                count(DISTINCT arm) > 1 AS twice
            FROM incoming i LEFT JOIN links l ON l.identity = i.person GROUP BY 1"""
    db.execute(f"CREATE OR REPLACE TEMP TABLE entered AS {query}")
    db.unregister("incoming")


def entries(trial: Trial, until: datetime) -> pa.Table:
    """One row a person and entry, of before then."""
    people, arms, units, times = [np.empty(0, np.int64)], [np.empty(0, np.int8)], [np.empty(0, np.int64)], []
    rows = trial.entries.filter(at__lt=until).order_by("at", "part", "unit", "arm")
    for row in rows.values_list("arm", "unit", "at", "people").iterator(500):
        numbers = to_numbers(BitMap.deserialize(bytes(row[3])))
        people.append(numbers)
        arms.append(np.full(len(numbers), row[0], np.int8))
        units.append(np.full(len(numbers), row[1], np.int64))
        times.append(np.full(len(numbers), row[2].astimezone(UTC).replace(tzinfo=None), "datetime64[us]"))
    at = np.concatenate([np.empty(0, "datetime64[us]"), *times])
    return pa.table(
        {"person": np.concatenate(people), "arm": np.concatenate(arms), "unit": np.concatenate(units), "entered_at": at}
    )


def reckon(
    db: duckdb.DuckDBPyConnection, trial: Trial, at: datetime, who: str = "true", *, margin: int | None = None
) -> Effect:
    """What was to be seen at `at` of what was gathered then or later, of the people of `who` (SQL over `person`)."""
    until = min(at, trial.horizon_at)
    names = {HELD: CONTROL} | dict(enumerate(sorted(trial.arms), 1))
    inside = f"entered_at < {moment(until)} AND {who}"
    [[doubled]] = db.execute(f"SELECT count(*) FROM entered WHERE twice AND {inside}").fetchall()
    counted = dict(db.execute(f"SELECT arm, count(*) FROM entered WHERE {inside} GROUP BY arm").fetchall())
    people = {name: counted.get(arm, 0) for arm, name in names.items() if arm or held(trial) or counted.get(arm)}
    cost, paid = spent(trial, at)
    known = covered(db, who)
    [found] = sums(db, trial, who, [until])
    judged = {
        name: judge(trial, {names[arm]: one for arm, one in found[name].items()}, at, worth(name, paid, people))
        for name in OUTCOMES
        if name != "contribution" or known or margin is not None
    }
    goal = judged.get(trial.goal) or Judged("not measured")
    last = goal.sides[-1].arm if goal.sides else None
    return Effect(
        trial=trial.key, at=at, until=until, final=at >= trial.horizon_at, goal=trial.goal, people=people,
        contaminated=doubled, globally_out=counted.get(GLOBAL, 0), split=goal.split,
        outcomes={name: one.sides for name, one in judged.items()}, cost=cost, known=known, verdict=goal.verdict,
        needed=last.needed if last else None, days=max(0, -((at - trial.horizon_at) // timedelta(days=1))),
    )  # fmt: skip


def spent(trial: Trial, at: datetime) -> tuple[int, int]:
    """All of it, and without discounts, by which sales are less already. All marketing together is a trial that no row
    stands for: it has no costs of its own."""
    if trial.pk is None:
        return 0, 0
    rows = trial.costs.filter(at__lte=at)
    sums = rows.aggregate(total=Sum("amount"), paid=Sum("amount", filter=~Q(key=IN_SALES)))
    return sums["total"] or 0, sums["paid"] or 0


def held(trial: Trial) -> int:
    """Basis points of people who are kept out by this trial's own lot."""
    return CIRCLE - sum(trial.arms.values())


def worth(outcome: str, cost: int, people: dict[str, int]) -> float | None:
    """A contribution has to bring back what was spent on each; of other outcomes nothing is known (`Plan.worth`)."""
    reached = sum(count for arm, count in people.items() if arm != CONTROL)
    return cost / reached if outcome == "contribution" and cost and reached else None


def covered(db: duckdb.DuckDBPyConnection, who: str) -> float | None:
    """The share of sales whose cost is known, by value."""
    [[costed, net]] = db.execute(f"SELECT sum(costed)::DOUBLE, sum(net)::DOUBLE FROM happened WHERE {who}").fetchall()
    return costed / net if net else None


def course(db: duckdb.DuckDBPyConnection, trial: Trial, looks: Sequence[datetime]) -> list["Judged"]:
    """What would have been said of the goal at each moment, with what is known today."""
    names = {HELD: CONTROL} | dict(enumerate(sorted(trial.arms), 1))
    wanted = tuple(dict.fromkeys(("orders", trial.goal)))
    found = sums(db, trial, "true", looks, wanted)
    sides = [{names[arm]: one for arm, one in each[trial.goal].items()} for each in found]
    return [judge(trial, arms, at, None) for arms, at in zip(sides, looks, strict=True)]


class Judged(NamedTuple):
    verdict: str
    sides: list[Side] = []
    split: float | None = None


def judge(trial: Trial, arms: dict[str, Sums], at: datetime, least: float | None) -> Judged:
    """Each arm, and all of them together, against those who were kept out."""
    if not held(trial):
        return Judged("no holdout")
    if len(arms) <= len(trial.arms) or any(one.units < 2 for one in arms.values()):
        return Judged("too few")
    shares = {CONTROL: held(trial), **trial.arms}
    over = (at - trial.opened_at) / (trial.horizon_at - trial.opened_at)
    units = sum(one.units for one in arms.values())
    plan = Plan(CONTROL, worth=least, shares=shares, peeking=over < 1, horizon=round(units / min(max(over, 1e-6), 1)))
    compared = compare(arms, plan)
    sides = [side(arm) for arm in compared.arms]
    if len(trial.arms) > 1:
        sides.append(side(together(arms, shares, plan)))
    # Arms may hide in their sum what no lot made.
    verdict = "split is broken" if compared.split < BROKEN_SPLIT else sides[-1].arm.verdict
    return Judged(verdict, sides, compared.split)


def together(arms: dict[str, Sums], shares: dict[str, int], plan: Plan) -> Arm:
    whole = Sums(*map(sum, zip(*(one for name, one in arms.items() if name != CONTROL), strict=True)))
    both = {CONTROL: shares[CONTROL], TREATED: CIRCLE - shares[CONTROL]}
    return compare({CONTROL: arms[CONTROL], TREATED: whole}, replace(plan, shares=both)).arms[1]


def side(arm: Arm) -> Side:
    if arm.lift is None or arm.ci is None:
        return Side(arm, None, None, None)
    return Side(arm, arm.lift * arm.people, arm.ci[0] * arm.people, arm.ci[1] * arm.people)


def sums(
    db: duckdb.DuckDBPyConnection,
    trial: Trial,
    who: str,
    looks: Sequence[datetime],
    outcomes: tuple[str, ...] = OUTCOMES,
) -> list[dict[str, dict[int, Sums]]]:
    """For each look {outcome: {arm: the ten sums over its units}}, in one pass. Who ordered nothing is a unit too."""
    alone = trial.unit == "person"
    rows = db.execute(f"""
        WITH looks AS (SELECT unnest([{", ".join(map(moment, looks))}]) AS look, unnest(range({len(looks)})) AS nth),
        counted AS (SELECT arm, {"-1" if alone else "unit"} AS unit, entered_at, count(*) AS n FROM entered
            WHERE arm <> {GLOBAL} AND {who} GROUP BY ALL),
        drawn AS (SELECT nth, arm, unit, sum(n) AS n FROM counted JOIN looks ON entered_at < look GROUP BY ALL),
        did AS (SELECT nth, arm, unit, person, {", ".join(map(totals, outcomes))}
            FROM happened JOIN looks ON happened_at < look
            WHERE arm <> {GLOBAL} AND {who} GROUP BY nth, arm, unit, person)
        {(of_people if alone else of_units)(outcomes)} ORDER BY nth, arm""").fetchall()
    found: list[dict[str, dict[int, Sums]]] = [{name: {} for name in outcomes} for _ in looks]
    for nth, arm, many, n, nn, *values in rows:
        for place, name in enumerate(outcomes):
            y, x, yy, xx, ny, nx, xy = values[7 * place : 7 * place + 7]
            found[nth][name][arm] = Sums(many, n, y, x, nn, yy, xx, ny, nx, xy)
    return found


def totals(name: str) -> str:
    """SQL: what a person did after entering, and before."""
    if name == "buyers":
        return "(y_orders > 0)::INT AS y_buyers, (x_orders > 0)::INT AS x_buyers"
    return f"""coalesce(sum({name}) FILTER (after), 0)::DOUBLE AS y_{name},
        coalesce(sum({name}) FILTER (NOT after), 0)::DOUBLE AS x_{name}"""


def of_people(outcomes: tuple[str, ...]) -> str:
    """Of units of one person n is 1, and who ordered nothing adds nothing to any sum but that of the people."""
    each = ", ".join(f"coalesce(s{n}, 0)" for n in range(7 * len(outcomes)))
    return f"""
        , whole AS (SELECT nth, arm, {summed("1", outcomes)} FROM did GROUP BY nth, arm)
        SELECT nth, arm, n, n, n, {each} FROM drawn LEFT JOIN whole USING (nth, arm)"""


def of_units(outcomes: tuple[str, ...]) -> str:
    totals = ", ".join(f"sum(y_{name}) AS y_{name}, sum(x_{name}) AS x_{name}" for name in outcomes)
    return f"""
        , units AS (SELECT nth, arm, unit, {totals} FROM did GROUP BY nth, arm, unit)
        SELECT nth, arm, count(*), sum(n), sum(n * n), {summed("n", outcomes)}
        FROM drawn LEFT JOIN units USING (nth, arm, unit) GROUP BY nth, arm"""


def summed(n: str, outcomes: tuple[str, ...]) -> str:
    """SQL: seven sums of each outcome, over units of `n` people."""
    parts = [
        part
        for y, x in ((f"y_{name}", f"x_{name}") for name in outcomes)
        for part in (y, x, f"{y} * {y}", f"{x} * {x}", f"{n} * {y}", f"{n} * {x}", f"{x} * {y}")
    ]
    return ", ".join(f"coalesce(sum({part}), 0)::DOUBLE AS s{place}" for place, part in enumerate(parts))
