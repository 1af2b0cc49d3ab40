"""The figures of a report: what the cockpit shows, with the changes of this period against the one before it."""

import json
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder

from siyu.core.insight import changes, portraits, report, screening
from siyu.core.insight.facts import open_facts
from siyu.core.insight.sold import sold
from siyu.features.traffic import glance, lately, returns, wasted
from siyu.features.traffic.reports.periods import Days, before
from siyu.kit import clock

KEPT = ("at_risk", "best_fifth", "lifecycle", "people")


def known_until() -> date | None:
    """The brand day up to which the kept figures say everything; none: they say nothing yet."""
    try:
        figures = report.kept()
    except portraits.NotYet:
        return None
    return clock.day_of(figures["as_of"], settings.SIYU.zone) if figures["orders"] else None


def draw(period: Days, rhythm: str) -> dict[str, Any]:
    """Plain data, for ever: sums in minor units of `currency`, days as ISO. Nothing of a member is in it."""
    figures = report.kept()
    waiting, undecided = screening.awaiting()
    said = {
        "currency": settings.SIYU.currency,
        "as_of": figures["as_of"].isoformat(),
        "changes": changed(period, rhythm),
        "loop": glance.came(),
        "sums": wasted.ranked().sums,
        "round": waiting and waiting.pk,
        "undecided": undecided,
        **{name: figures[name] for name in KEPT},
    }
    return json.loads(json.dumps(said, cls=DjangoJSONEncoder))


def changed(period: Days, rhythm: str) -> dict[str, Any]:
    """As `changes` has it, with channels among the groups, of the period and the one before."""
    two = changes.Weeks(before(period.first, rhythm).first, period.first, period.over)
    as_of = clock.day_begins(period.over, settings.SIYU.zone)
    with open_facts(as_of) as db:
        said = changes.changes(db, as_of, two)
        if returns.path("acquired").exists():
            db.execute(f"CREATE TEMP TABLE sold AS {sold(two.start)}")
            db.execute(f"CREATE TEMP VIEW acquired AS FROM {returns.scan('acquired')}")
            rows = db.execute(f"SELECT name, before, now FROM ({lately.changed(two)})").fetchall()
            rows.sort(key=lambda row: (-abs(row[2] - row[1]), row[0]))
            shown = rows[: changes.SHOWN]
            said["groups"]["channel"] = changes.grouped(shown, sum(now - past for _, past, now in rows))
    return said


def on(moment: datetime) -> date:
    return clock.day_of(moment, settings.SIYU.zone)
