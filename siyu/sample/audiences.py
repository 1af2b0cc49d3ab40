"""A few questions that an operator of the sample brand would keep."""

from datetime import datetime
from typing import Any

from siyu.core.insight.actions import save_audience
from siyu.core.insight.models import Audience


def trait(name: str, op: str, value: Any) -> dict[str, Any]:
    return {"trait": {"name": name, "op": op, "value": value}}


ORDERED_OFTEN = {
    "did": {"event": "order.placed", "count": {"op": ">=", "value": 8}, "window": {"rolling": {"days": 90}}}
}
KEPT: dict[str, dict[str, Any]] = {
    "Spent much and fell silent": {"all": [trait("gmv", ">=", 60_000), trait("stage", "in", ["at_risk", "lapsed"])]},
    "Eight orders in ninety days": ORDERED_OFTEN,
    "Buy what is reduced": {"all": [trait("discount_share", ">=", 0.25), trait("orders", ">=", 5)]},
}


def keep_questions(at: datetime) -> None:
    """Those that are not there yet."""
    there = set(Audience.objects.values_list("name", flat=True))
    for name, where in KEPT.items():
        if name not in there:
            save_audience(name=name, definition={"version": 1, "where": where}, by="sample", at=at)
