"""The alarm of a domain: clicks come, and nobody arrives any more where they lead. It may be blocked.

A domain is held against its own past, in each in-app browser: a tenth of what usually arrives, with so many clicks that
it is no accident.
"""

from collections import defaultdict
from datetime import datetime, timedelta

from django.db import transaction

from siyu.core.eventlog.announce import announce
from siyu.core.links import clicks
from siyu.core.links.clicks import Arrivals
from siyu.core.links.models import Domain
from siyu.events.links import DomainQuiet

WINDOW, PAST = timedelta(hours=6), timedelta(days=28)
LEAST, LEAST_PAST = 50, 200
"""Clicks in the window and before it, below which nothing is said."""
USUAL, COLLAPSED = 100, 0.1
"""A share per mille that a domain must once have had, and the part of it at which it is quiet."""


def watch(at: datetime) -> int:
    """The worker's chore: how many domains went quiet. What is quiet is looked at until it is loud again."""
    rows = Domain.objects.filter(retired_at=None).order_by("pk")
    standing = {one.host: one for one in rows}
    if not standing:
        return 0
    until = at - clicks.ARRIVAL
    now = by_host(clicks.arrivals(until - WINDOW, until))
    past = by_host(clicks.arrivals(until - PAST, until - WINDOW))
    return sum(judged(domain, now[host], past[host], at) for host, domain in standing.items())


def by_host(found: list[Arrivals]) -> dict[str, dict[str, tuple[int, int]]]:
    """{host: {app: (clicks, arrived)}}, with all apps together as ""."""
    hosts: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    for one in found:
        hosts[one.host][one.app] = (one.clicks, one.arrived)
        sums = hosts[one.host].get("", (0, 0))
        hosts[one.host][""] = (sums[0] + one.clicks, sums[1] + one.arrived)
    return hosts


def collapsed(now: tuple[int, int], past: tuple[int, int]) -> bool:
    if now[0] < LEAST or past[0] < LEAST_PAST or past[1] * 1_000 < past[0] * USUAL:
        return False
    return now[1] * past[0] < past[1] * now[0] * COLLAPSED


@transaction.atomic
def judged(domain: Domain, now: dict[str, tuple[int, int]], past: dict[str, tuple[int, int]], at: datetime) -> bool:
    """Whether it has just gone quiet. All apps together are looked at first, then each."""
    quiet = next((app for app in sorted(now) if collapsed(now[app], past.get(app, (0, 0)))), None)
    if quiet is None:
        if domain.quiet_at and now.get("", (0, 0))[0] >= LEAST:
            Domain.objects.filter(pk=domain.pk).update(quiet_at=None)
        return False
    if domain.quiet_at or (domain.heeded_at and domain.heeded_at > at):
        return False
    if not Domain.objects.filter(pk=domain.pk, quiet_at=None).update(quiet_at=at):
        return False
    came, arrived = now[quiet]
    usual = past[quiet][1] * 1_000 // past[quiet][0]
    announce(
        DomainQuiet(
            at=at, host=domain.host, app=quiet, clicks=came, arrived=arrived * 1_000 // came, usual=usual,
            since=at - WINDOW,
        )
    )  # fmt: skip
    return True
