"""A broadcast is planned, paused, resumed and stopped; the worker starts what is due and fills the outbox, part by
part. Killed anywhere, it goes on where it was: a part that is filled twice tells nobody twice.
"""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from pyroaring import BitMap

from siyu.core.eventlog.announce import announce
from siyu.core.insight import audiences, trials
from siyu.core.insight.models import Audience, Trial
from siyu.core.outreach import arms, dispatches, gate
from siyu.core.outreach.broadcasts.models import Broadcast, BroadcastPart
from siyu.core.outreach.broadcasts.writing import BadBroadcast, TooLate, kind_of, locked
from siyu.core.outreach.gate.looking import zones_of
from siyu.core.outreach.models import Dispatch, Outgoing
from siyu.core.outreach.templates.models import Version
from siyu.events.broadcasts import (
    BroadcastDone,
    BroadcastPaused,
    BroadcastPlanned,
    BroadcastResumed,
    BroadcastStarted,
    BroadcastStopped,
)
from siyu.kit.money import split
from siyu.kit.prepared import asks
from siyu.kit.refusals import Refused

log = logging.getLogger("siyu.outreach")
PART = 24_000
"""People in a part: so quickly a pause takes hold."""
TURN = 2.0
"""Seconds that the worker stays with it."""
WORKER = "worker"
EAST = timedelta(hours=14)
"""As far as a clock is ahead of UTC anywhere."""


@transaction.atomic
def plan(*, broadcast: int, by: str, at: datetime, starts_at: datetime | None = None) -> Broadcast:
    """It starts at that moment, or now. Until then it can be taken back."""
    one = locked(broadcast)
    if one.state != "draft":
        raise TooLate("it is planned already")
    if starts_at and starts_at < at - timedelta(minutes=5):
        raise BadBroadcast("that moment is over")
    if not Version.objects.filter(pk=one.variants[0]["version"]).exists():
        raise BadBroadcast("its words are gone")
    starts = starts_at or at
    begins = starts if one.zone == "brand" else max(at, wall(starts) - EAST)
    change(one, state="planned", starts_at=starts, begins_at=begins)
    announce(
        BroadcastPlanned(
            at=at, broadcast=one.pk, channel=one.channel, campaign=one.campaign, starts_at=starts, zone=one.zone, by=by
        )
    )
    return one


def wall(at: datetime) -> datetime:
    """What the brand's clock shows then, as if it were UTC."""
    return at.astimezone(ZoneInfo(settings.SIYU.zone)).replace(tzinfo=ZoneInfo("UTC"))


@transaction.atomic
def take_back(*, broadcast: int, by: str, at: datetime) -> Broadcast:
    """A draft again, where nothing has begun."""
    one = locked(broadcast)
    if one.state == "draft":
        return one
    if one.state != "planned":
        raise TooLate("it has begun: it can be paused or stopped")
    return change(one, state="draft", starts_at=None, begins_at=None, paused_at=None)


@transaction.atomic
def pause(*, broadcast: int, by: str, at: datetime) -> Broadcast:
    """Nothing is sent until it is resumed. Twice is once."""
    one = locked(broadcast)
    if one.state in ("draft", "done", "stopped"):
        raise TooLate("there is nothing to pause")
    if one.paused_at is None:
        change(one, paused_at=at)
        if one.dispatch_id:
            dispatches.pause(dispatch=one.dispatch_id, by=by, at=at)
        announce(BroadcastPaused(at=at, broadcast=one.pk, by=by))
    return one


@transaction.atomic
def resume(*, broadcast: int, by: str, at: datetime) -> Broadcast:
    one = locked(broadcast)
    if one.state == "stopped":
        raise TooLate("it was stopped, and is not resumed")
    if one.paused_at is not None:
        change(one, paused_at=None)
        if one.dispatch_id:
            dispatches.resume(dispatch=one.dispatch_id, by=by, at=at)
        announce(BroadcastResumed(at=at, broadcast=one.pk, by=by))
    return one


@transaction.atomic
def stop(*, broadcast: int, by: str, at: datetime) -> Broadcast:
    """What has not gone out never does."""
    one = locked(broadcast)
    if one.state == "done":
        raise TooLate("all of it has gone out")
    if one.state != "stopped":
        change(one, state="stopped", paused_at=None, finished_at=at)
        if one.dispatch_id:
            dispatches.stop(dispatch=one.dispatch_id, by=by, at=at)
            charge(one, at)
        announce(BroadcastStopped(at=at, broadcast=one.pk, by=by))
    return one


def change(one: Broadcast, **said: Any) -> Broadcast:
    for name, value in said.items():
        setattr(one, name, value)
    one.save(update_fields=list(said))
    return one


def work_off(at: datetime) -> int:
    """The worker's chore: how many people it asked the gate about, and how much else it did."""
    if not afoot():
        return 0
    until = time.monotonic() + TURN
    done = start_due(at) + follow_stopped(at)
    while (some := fill_next(at)) and time.monotonic() < until:
        done += some
    return done + some + finish_done(at)


@asks
def afoot() -> QuerySet[Broadcast, int]:
    return Broadcast.objects.filter(state__in=("planned", "filling", "sending")).values_list("pk", flat=True)[:1]


def start_due(at: datetime) -> int:
    due = Broadcast.objects.filter(state="planned", begins_at__lte=at, paused_at=None).order_by("begins_at", "pk")
    one = due.first()
    if one is None:
        return 0
    try:
        return int(start(one, at))
    except Refused as no:  # its audience cannot be asked any more: it waits for an operator, and holds up no other
        log.warning("broadcast %s cannot start: %s", one.pk, no.message)
        pause(broadcast=one.pk, by=WORKER, at=at)
        return 1


def start(one: Broadcast, at: datetime) -> bool:
    """Whom it asks about is settled now. Of two workers one starts it."""
    people = np.fromiter(members(one), dtype=np.int64)
    parts = list(cut(one, people, at))
    kind = kind_of(one)
    with transaction.atomic():
        claimed = Broadcast.objects.select_for_update(no_key=True).filter(pk=one.pk, state="planned", paused_at=None)
        if claimed.first() is None:
            return False
        trial = opened(one, at) if kind == "marketing" else None
        made = dispatch_of(one, kind, trial, at)
        BroadcastPart.objects.bulk_create(parts, batch_size=100)
        change(one, state="filling", started_at=at, dispatch=made, asked=len(people))
        announce(BroadcastStarted(at=at, broadcast=one.pk, dispatch=made.pk, people=len(people)))
    return True


def members(one: Broadcast) -> BitMap:
    if one.people is not None:
        return BitMap.deserialize(bytes(one.people))
    definition = one.definition
    if one.audience_id:
        definition = Audience.objects.values_list("definition", flat=True).get(pk=one.audience_id)
    return BitMap(audiences.members(definition))


def cut(one: Broadcast, people: np.ndarray, at: datetime) -> Iterator[BroadcastPart]:
    """By the moment it is due where they are, and into pieces."""
    assert one.starts_at
    zones: Mapping[str, np.ndarray] = {settings.SIYU.zone: np.arange(len(people))}
    if one.zone == "person":
        zones = zones_of(people)
    for zone, places in sorted(zones.items()):
        due = max(at, one.starts_at if one.zone == "brand" else here(one.starts_at, zone))
        for start_at in range(0, len(places), PART):
            some = people[places[start_at : start_at + PART]]
            yield BroadcastPart(broadcast=one, people=BitMap(some).serialize(), count=len(some), due_at=due)


def here(starts_at: datetime, zone: str) -> datetime:
    """When a clock in that zone shows what the brand's shows then."""
    shown = wall(starts_at).replace(tzinfo=None)
    return shown.replace(tzinfo=ZoneInfo(zone)).astimezone(ZoneInfo("UTC"))


def opened(one: Broadcast, at: datetime, *, salt: str = "") -> Trial:
    """What the holdout leaves is shared by weight. `salt` as trials have it: opened before, it stands."""
    weights = [variant["weight"] for variant in one.variants]
    shares = split(10_000 - one.holdout, weights)
    arms = {variant["arm"]: share for variant, share in zip(one.variants, shares, strict=True)}
    return trials.open_trial(
        key=f"broadcast:{one.pk}", action=action(one), arms=arms, window=one.window, title=one.title, salt=salt,
        by=one.by, at=at,
    )  # fmt: skip


def action(one: Broadcast) -> str:
    """Equal actions are pooled by the template's code."""
    codes = Version.objects.filter(pk__in=[v["version"] for v in one.variants])
    return "+".join(sorted(set(codes.values_list("template__code", flat=True))))[:100]


def dispatch_of(one: Broadcast, kind: str, trial: Trial | None, at: datetime) -> Dispatch:
    arms: Sequence[dict[str, Any]] = [
        {"arm": variant["arm"] if trial else "", "template": variant["version"]} for variant in one.variants
    ]
    return dispatches.make(
        key=f"broadcast:{one.pk}", title=one.title, channel=one.channel, kind=kind, variants=arms, trial=trial,
        campaign=one.campaign, cost=one.cost, budget=one.budget, quiet=one.quiet, zone=one.zone,
        per_minute=one.per_minute, by=one.by, at=at,
    )  # fmt: skip


def follow_stopped(at: datetime) -> int:
    """Whose dispatch was stopped at the gate is stopped too: it holds up no other."""
    over = Broadcast.objects.filter(state__in=("filling", "sending"), dispatch__state="stopped").order_by("pk")
    return sum(stop(broadcast=one.pk, by=WORKER, at=at).state == "stopped" for one in over)


def fill_next(at: datetime) -> int:
    """One part; marked when all of it stands in the outbox."""
    waiting = BroadcastPart.objects.filter(
        done_at=None,
        broadcast__state="filling",
        broadcast__paused_at=None,
        broadcast__dispatch__state__in=("open", "paused"),
    ).select_related("broadcast__dispatch")
    part = waiting.order_by("pk").first()
    if part is None:
        return 0
    assert part.broadcast.dispatch
    people = np.fromiter(BitMap.deserialize(bytes(part.people)), dtype=np.int64)
    try:
        gate.let_through(part.broadcast.dispatch, people, at=at, due_at=max(part.due_at, at))
    except gate.DispatchIsOver:
        return 0  # it was stopped meanwhile
    BroadcastPart.objects.filter(pk=part.pk, done_at=None).update(done_at=at)
    return part.count


def finish_done(at: datetime) -> int:
    """Filled: nobody more is let in, and what is paused at the gate waits. Done: nothing of it is on its way."""
    done = 0
    for one in Broadcast.objects.filter(state="filling", paused_at=None, dispatch__state="open").order_by("pk"):
        if not one.parts.filter(done_at=None).exists():
            done += filled(one, at)
    for one in Broadcast.objects.filter(state="sending", paused_at=None).order_by("pk"):
        if not Outgoing.objects.filter(dispatch=one.dispatch_id, state__in=("queued", "sending")).exists():
            done += finished(one, at)
    return done


@transaction.atomic
def filled(one: Broadcast, at: datetime) -> int:
    changed = Broadcast.objects.filter(pk=one.pk, state="filling", paused_at=None).update(state="sending")
    if changed and one.dispatch_id:
        dispatches.finish(dispatch=one.dispatch_id, by=WORKER, at=at)
    return changed


@transaction.atomic
def finished(one: Broadcast, at: datetime) -> int:
    changed = Broadcast.objects.filter(pk=one.pk, state="sending").update(state="done", finished_at=at)
    if changed:
        charge(one, at)
        announce(BroadcastDone(at=at, broadcast=one.pk))
    return changed


def charge(one: Broadcast, at: datetime) -> None:
    """What its messages cost is a cost of the trial, beside what they did."""
    if one.cost and one.dispatch and one.dispatch.trial:
        amount = one.cost * sum(arm.sent for arm in arms.arms_of(one.dispatch))
        trials.spend(one.dispatch.trial, kind="messages", amount=amount, key=one.dispatch.key, by=one.by, at=at)
