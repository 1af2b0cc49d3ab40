"""/api/traffic: who has the credit, who moves between the domains, what is bought twice, who remains reachable."""

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query

from siyu.features.traffic import incremental
from siyu.features.traffic.reckoned import Asked, answer, asked
from siyu.interfaces.api.desk import Desk
from siyu.kit import clock

desk = Desk(tags=["traffic"])
First = Annotated[date | None, Query(None, alias="from", description="The first brand day; absent: 90 days back")]
Last = Annotated[date | None, Query(None, alias="until", description="The last one; absent: the last that counts")]
Window = Annotated[
    int | None, Query(None, ge=1, le=3660, description="Days that a touch counts for; absent: the terms")
]


def told(one: Asked) -> dict[str, Any]:
    """With the moment when it was reckoned: over a long history the last answer is kept, and the first one is refused
    with `being_reckoned` until it is there."""
    found = answer(one, at=clock.now())
    return found.said | {"reckoned_at": found.made_at}


@desk.reads("/traffic/attribution", scope="traffic:read", gives=dict[str, Any])
def get_attribution(request: HttpRequest, first: First, last: Last, window_days: Window) -> Any:
    """Orders of a period shared out by seven models: `channels[{code, conversions{model}, gmv{model}, removal}]`.

    Every model's credits make `conversions` and `gmv` exactly; money is minor units of `currency`.
    """
    said, gained = told(asked("attribution", first=first, last=last, window=window_days)), incremental.by("channel")
    rows = [
        row | {"incremental": one.as_dict() if (one := gained.get(row["code"])) else None} for row in said["channels"]
    ]
    return said | {"channels": rows}


@desk.reads("/traffic/flow", scope="traffic:read", gives=dict[str, Any])
def get_flow(request: HttpRequest, first: First, last: Last, window_days: Window) -> Any:
    """`matrix{start: {end: people}}` between the domains, each identified person once; and the rates."""
    return told(asked("flow", first=first, last=last, window=window_days))


@desk.reads("/traffic/bought-twice", scope="traffic:read", gives=dict[str, Any])
def get_bought_twice(request: HttpRequest, first: First, last: Last, window_days: Window) -> Any:
    """Paid touches of people who were private already, and the money that went there, by channel."""
    return told(asked("twice", first=first, last=last, window=window_days))


@desk.reads("/traffic/reach", scope="traffic:read", gives=dict[str, Any])
def get_reach(request: HttpRequest) -> Any:
    """Who can be reached now, and who remains if a platform closes."""
    return told(asked("reach"))
