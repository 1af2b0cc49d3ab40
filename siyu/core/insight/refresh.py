"""Derived state follows the lake: portraits and report are drawn anew when something happened or a day began."""

import logging
import time
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings

from siyu.core.eventlog import lake
from siyu.core.insight import asof, portraits, report
from siyu.core.insight.facts import open_facts
from siyu.kit import clock

PAUSE = 5.0
"""Seconds between two drawings, at least; a drawing that took long is followed by a pause ten times as long."""
log = logging.getLogger(__name__)


@dataclass
class Memory:
    """What this process saw last, so that nothing is read when nothing changed."""

    seen: tuple[int, date] | None = None
    rests_until: float = 0.0


memory = Memory()


def refresh_derived(at: datetime) -> int | None:
    """Bring portraits and report up to the lake; how many people they show, None where there was nothing to do yet.

    The worker calls it after each drain: it costs a look at the table's version unless that or the day is new.
    """
    now = lake.table("events").version(), clock.day_of(at, settings.SIYU.zone)
    if memory.seen == now or time.monotonic() < memory.rests_until:
        return None
    as_of = asof.resolve(None, at)
    people = None if portraits.fresh(as_of) else draw(as_of, now[0])
    memory.seen = now
    return people


def draw(as_of: datetime, version: int) -> int:
    began = time.monotonic()
    with open_facts(as_of) as db:
        figures = report.draw(db, as_of)
        portraits.keep(db, as_of, version)
        report.keep(figures)
    took = time.monotonic() - began
    memory.rests_until = time.monotonic() + max(PAUSE, 10 * took)
    log.info("drew portraits of %s people in %.1f s", figures["people"], took)
    return int(figures["people"])
