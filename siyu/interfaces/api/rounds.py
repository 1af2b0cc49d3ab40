"""/api/rounds: plan, do, check, act."""

from datetime import date
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Schema
from pydantic import Field

from siyu.core.insight.models import Cycle
from siyu.core.insight.pdca import queries
from siyu.interfaces.api.desk import Desk
from siyu.interfaces.api.shapes import Amount, Moment
from siyu.interfaces.api.trials import Action

desk = Desk(tags=["rounds"])


class RoundShape(Schema):
    code: str
    title: str
    state: Literal["planned", "doing", "decided"]
    goal: Literal["orders", "gmv", "contribution"]
    target: Annotated[int | None, Field(description="More of the goal, in basis points")]
    actions: str
    budget: Amount
    spent: Amount
    begins_on: date
    ends_on: date
    by: str
    begun_at: Moment | None
    decision: Literal["", "adopt", "adapt", "drop"]
    note: str
    decided_by: str
    decided_at: Moment | None


class RoundDetail(RoundShape):
    done: Annotated[list[Action], Field(description="Its actions, as their trials judge them")]
    trials: Annotated[list[str], Field(description="Codes of its trials")]
    reached: Annotated[bool | None, Field(description="Whether the target was; null: not known")]
    screened: Annotated[dict[str, int] | None, Field(description="Of a month's screening: no evidence")]


@desk.reads("/rounds", scope="insight:read", gives=list[RoundShape])
def list_rounds(request: HttpRequest, start: Annotated[int, Query(ge=0, le=10**6)] = 0) -> Any:
    """The newest hundred from `start` on."""
    return [told(row["cycle"], row["code"], row["spent"]) for row in queries.everyone(start=start)]


@desk.reads("/rounds/{round}", scope="insight:read", gives=RoundDetail)
def get_round(request: HttpRequest, round: str) -> Any:
    """The plan, what was done, what it brought against who was kept out, what was decided."""
    said = queries.told(queries.cycle_of(round))
    return told(said["cycle"], said["code"], said["spent"]) | {
        "done": said["lines"], "trials": [one for *_, one in said["trials"]], "reached": said["reached"],
        "screened": said["screened"],
    }  # fmt: skip


SAID = (
    "title", "state", "goal", "target", "actions", "budget", "begins_on", "ends_on", "by", "begun_at", "decision",
    "note", "decided_by", "decided_at",
)  # fmt: skip


def told(cycle: Cycle, code: str, spent: int) -> dict[str, Any]:
    return {name: getattr(cycle, name) for name in SAID} | {"code": code, "spent": spent}
