"""/api/trials: what was tried against a holdout, and which half is wasted."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from siyu.core.insight import trials
from siyu.core.insight.trials import queries
from siyu.features.traffic import wasted
from siyu.interfaces.api.desk import Desk, signature
from siyu.interfaces.api.shapes import Amount, Moment
from siyu.kit import clock

desk = Desk(tags=["trials"])
Verdict = Literal["works", "wasted", "not known yet", "not measured", "split is broken", "no holdout", "too few"]


class Gain(Schema):
    lift: Annotated[float, Field(description="Per person, against those who were kept out; money in minor units")]
    low: float
    high: float
    mean: Annotated[float, Field(description="Per person of those who were kept out")]
    gained: Annotated[float, Field(description="Of everybody reached")]
    gained_low: float
    gained_high: float


class Action(Schema):
    action: str
    title: str
    trials: Annotated[list[str], Field(description="Keys of the trials that are judged together")]
    window: int
    people: int
    cost: Amount
    verdict: Verdict
    final: Annotated[bool, Field(description="Judged at its planned end")]
    needed: Annotated[int | None, Field(description="People that are missing for an answer")]
    days: Annotated[int, Field(description="Until the planned end")]
    orders: Gain | None
    gmv: Gain | None
    contribution: Gain | None
    cost_per_order: float | None
    known: Annotated[float | None, Field(description="The share of sales whose cost is known")]
    earned: Annotated[float | None, Field(description="Contribution that would not have been, less the cost")]


class TrafficSpend(Schema):
    channel: str
    name: str
    cost: Amount
    buyers: int
    gmv: Amount
    contribution: Amount | None


class Together(Schema):
    """All marketing of a rotation, against the global control group of it."""

    since: Moment
    until: Moment
    people: int
    kept_out: int
    verdict: Verdict
    final: bool
    needed: int | None
    days: int
    orders: Gain | None
    gmv: Gain | None
    contribution: Gain | None


class Ranking(Schema):
    sums: Annotated[dict[str, int], Field(description="Money by verdict, in minor units")]
    actions: list[Action]
    together: Annotated[list[Together], Field(description="Everybody else against the global control group")]
    traffic: Annotated[list[TrafficSpend], Field(description="Not measured: credit, not evidence")]


class Charge(Schema):
    key: str
    kind: Literal["messages", "coupons", "points", "other"]
    amount: Amount
    note: str
    by: str
    at: Moment


class NewCharge(Schema):
    kind: Literal["messages", "coupons", "points", "other"]
    amount: Annotated[int, Field(ge=0, le=10**13, description="All of it so far, in minor units")]
    key: Annotated[str, Field(max_length=100, description="Told again under it, the new word holds")] = ""
    note: Annotated[str, Field(max_length=200)] = ""


class TrialDetail(Schema):
    code: str
    key: str
    name: str
    action: str
    unit: Literal["person", "group", "place"]
    arms: Annotated[dict[str, int], Field(description="Basis points of each; the rest is kept out")]
    goal: str
    window: int
    opened_at: Moment
    horizon_at: Moment
    closed_at: Moment | None
    by: str
    costs: list[Charge]
    reckoned_at: Moment | None
    found: Annotated[dict[str, Any] | None, Field(description="Effect, course and segments, as last reckoned")]


@desk.reads("/wasted", scope="insight:read", gives=Ranking)
def get_wasted(request: HttpRequest) -> Any:
    """All that was spent, by what is known of it."""
    return wasted.ranked().as_dict()


@desk.reads("/trials/{trial}", scope="insight:read", gives=TrialDetail)
def get_trial(request: HttpRequest, trial: str) -> Any:
    """What was drawn, what it cost, and what it has shown."""
    return queries.told(queries.trial_of(trial))


@desk.reads("/trials", scope="insight:read", gives=list[TrialDetail])
def list_trials(request: HttpRequest, *, start: Annotated[int, Field(ge=0, le=10**6)] = 0) -> Any:
    """The newest hundred from `start` on."""
    return queries.everyone(start=start)


@desk.writes("POST", "/trials/{trial}/costs", scope="audiences:write", gives=Charge)
def charge(request: HttpRequest, trial: str, body: NewCharge) -> Any:
    """Something was spent for it."""
    by, at = signature(request), clock.now()
    made = trials.spend(queries.trial_of(trial), **body.dict(), by=by, at=at)
    return {name: getattr(made, name) for name in ("key", "kind", "amount", "note", "by", "at")}
