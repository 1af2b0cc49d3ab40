"""/api/plan: the tracking plan as it is lived."""

from typing import Any

from django.http import HttpRequest
from ninja import Schema

from siyu.core.eventlog import plan as tracking
from siyu.interfaces.api.desk import Desk

desk = Desk(tags=["events"])


class Plan(Schema):
    events: list[dict[str, Any]]


@desk.reads("/plan", scope="events:read", gives=Plan)
def get_plan(request: HttpRequest, source: str | None = None) -> Any:
    """Events by source with their properties, types, volumes and times, what is expected of them (JSON Schema) and
    what came otherwise. Volumes of events are exact, those of properties estimated where many come at once."""
    return {"events": tracking.plan(source)}
