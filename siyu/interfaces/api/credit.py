"""/api/traffic: who has the credit, who moves between the domains, what is bought twice, who remains reachable."""

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query

from siyu.features.traffic import flow, reach, twice
from siyu.features.traffic.attribution import lakeside
from siyu.interfaces.api.desk import Desk

desk = Desk(tags=["traffic"])
First = Annotated[date | None, Query(None, alias="from", description="The first brand day; absent: 90 days back")]
Last = Annotated[date | None, Query(None, alias="until", description="The last one; absent: the last that counts")]
Window = Annotated[
    int | None, Query(None, ge=1, le=3660, description="Days that a touch counts for; absent: the terms")
]


@desk.reads("/traffic/attribution", scope="traffic:read", gives=dict[str, Any])
def get_attribution(request: HttpRequest, first: First, last: Last, window_days: Window) -> Any:
    """Orders of a period shared out by seven models: `channels[{code, conversions{model}, gmv{model}, removal}]`.

    Every model's credits make `conversions` and `gmv` exactly; money is minor units of `currency`.
    """
    return lakeside.told(lakeside.share_out(lakeside.period(first, last), window_days=window_days))


@desk.reads("/traffic/flow", scope="traffic:read", gives=dict[str, Any])
def get_flow(request: HttpRequest, first: First, last: Last, window_days: Window) -> Any:
    """`matrix{start: {end: people}}` between the domains, each identified person once; and the rates."""
    return flow.flow(lakeside.period(first, last), window_days=window_days)


@desk.reads("/traffic/bought-twice", scope="traffic:read", gives=dict[str, Any])
def get_bought_twice(request: HttpRequest, first: First, last: Last, window_days: Window) -> Any:
    """Paid touches of people who were private already, and the money that went there, by channel."""
    return twice.bought_twice(lakeside.period(first, last), window_days=window_days)


@desk.reads("/traffic/reach", scope="traffic:read", gives=dict[str, Any])
def get_reach(request: HttpRequest) -> Any:
    """Who can be reached now, and who remains if a platform closes."""
    return reach.resilience()
