"""The plan as a page, a program or a command wants it: plain data."""

from typing import Any

from django.db.models import Count, Max, Min, Sum

from siyu.core.eventlog.models import Expectation, Sighting, Violation

MOST = 500


def event_names() -> list[dict[str, Any]]:
    """Every event that came or is expected: from where, first and last seen, how many, and how often otherwise."""
    seen = Sighting.objects.filter(property="").exclude(event="").values("event").annotate(
        sources=Count("source"), first_at=Min("first_at"), last_at=Max("last_at"), volume=Sum("volume")
    )  # fmt: skip
    found: dict[str, dict[str, Any]] = {row["event"]: {**row} for row in seen.order_by("-volume", "event")[:MOST]}
    wrong = dict(Violation.objects.values_list("event").annotate(volume=Sum("volume")))
    expected = set(Expectation.objects.values_list("event", flat=True))
    blank = {"sources": 0, "first_at": None, "last_at": None, "volume": 0}
    rows = [*found.values(), *({"event": event, **blank} for event in sorted(expected - found.keys()))]
    return [{**row, "violations": wrong.get(row["event"], 0), "expected": row["event"] in expected} for row in rows]


def one_event(event: str) -> dict[str, Any]:
    """The event with its properties, what is expected of it and what came otherwise."""
    sightings = Sighting.objects.filter(event=event)
    wrong = Violation.objects.filter(event=event).order_by("-volume")
    columns = ("first_at", "last_at", "volume")
    return {
        "event": event,
        "sources": list(sightings.filter(property="").order_by("source").values("source", *columns)),
        "properties": list(
            sightings.exclude(property="")
            .values("property", "type")
            .annotate(first=Min("first_at"), last=Max("last_at"), seen=Sum("volume"))
            .order_by("property", "-seen")[:MOST]
        ),
        "expectation": Expectation.objects.filter(event=event).values("schema", "by", "at").first(),
        "violations": list(wrong.values("source", "property", "fault", *columns)[:MOST]),
    }


def plan(source: str | None = None) -> list[dict[str, Any]]:
    """All of it, by source and event, for programs."""
    sightings = Sighting.objects.filter(**({"source": source} if source else {})).order_by("source", "event")
    schemas = dict(Expectation.objects.values_list("event", "schema"))
    columns = ("source", "event", "first_at", "last_at", "volume")
    events: dict[tuple[str, str], dict[str, Any]] = {
        (row["source"], row["event"]): {
            **row, "expected": schemas.get(row["event"]), "properties": [], "violations": []}
        for row in sightings.filter(property="").exclude(event="").values(*columns)
    }  # fmt: skip
    for one in sightings.exclude(property="").order_by("property", "type"):
        told = {"name": one.property, "type": one.type, "volume": one.volume, "first_at": one.first_at,
            "last_at": one.last_at}  # fmt: skip
        if (one.source, one.event) in events:
            events[one.source, one.event]["properties"].append(told)
    for fault in Violation.objects.order_by("-volume"):
        told = {"property": fault.property, "fault": fault.fault, "volume": fault.volume}
        if (fault.source, fault.event) in events:
            events[fault.source, fault.event]["violations"].append(told)
    return list(events.values())
