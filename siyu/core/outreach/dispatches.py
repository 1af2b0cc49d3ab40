"""Dispatches: made once per key, paused, resumed, stopped, and closed to more people."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from siyu.core.eventlog.announce import announce
from siyu.core.insight.models import Trial
from siyu.core.outreach import channels
from siyu.core.outreach.gate import budget as money
from siyu.core.outreach.models import KINDS, Dispatch
from siyu.events import Event
from siyu.events.outreach import DispatchDone, DispatchMade, DispatchPaused, DispatchResumed, DispatchStopped
from siyu.kit.refusals import Refused


class BadDispatch(Refused):
    code = "bad_dispatch"
    status = 422


class OtherDispatch(Refused):
    code = "key_reused"
    status = 409


class NoSuchDispatch(Refused):
    code = "no_such_dispatch"
    status = 404


class NotNow(Refused):
    code = "not_now"
    status = 409


@transaction.atomic
def make(
    *, key: str, channel: str, kind: str, variants: Sequence[Mapping[str, Any]], by: str, at: datetime,
    title: str = "", trial: Trial | None = None, campaign: str = "", cost: int = 0, budget: int | None = None,
    quiet: str = "defer", zone: str = "brand", per_minute: int | None = None,
) -> Dispatch:  # fmt: skip
    """The same key again is the same dispatch; another wish under it is refused. Its budget is laid aside at once."""
    said = {
        "channel": channel, "kind": kind, "variants": [dict(one) for one in variants], "trial": trial, "cost": cost,
        "budget": budget, "quiet": quiet, "zone": zone, "campaign": campaign,
    }  # fmt: skip
    check(said, per_minute)
    made, new = Dispatch.objects.get_or_create(
        key=key, defaults={**said, "title": title[:200], "per_minute": per_minute, "by": by[:150], "made_at": at}
    )
    if other := [name for name, value in said.items() if getattr(made, name) != value]:
        raise OtherDispatch(f"there is a dispatch {key} already, with another {other[0]}")
    if new:
        money.lay_aside(made, by=by, at=at)
        announce(DispatchMade(at=at, dispatch=made.pk, key=key, channel=channel, kind=kind, campaign=campaign, by=by))
    return made


def check(said: Mapping[str, Any], per_minute: int | None) -> None:
    channels.channel(said["channel"])
    tried = said["trial"] is not None or said["budget"] is not None
    wrong = {
        f"a kind is one of {', '.join(KINDS)}": said["kind"] not in KINDS,
        "only marketing has a trial or a budget": tried and said["kind"] != "marketing",
        "quiet hours defer or drop": said["quiet"] not in ("defer", "drop"),
        "a clock is the brand's or the person's": said["zone"] not in ("brand", "person"),
        "a message costs nothing or more": said["cost"] < 0,
        "a budget is not below zero": said["budget"] is not None and said["budget"] < 0,
        "a throttle lets some go": per_minute is not None and per_minute < 1,
        "there is something to say": not said["variants"],
        "each arm has something to say": not arms_fit(said["trial"], said["variants"]),
    }
    if no := next((sentence for sentence, holds in wrong.items() if holds), None):
        raise BadDispatch(no)


def arms_fit(trial: Trial | None, variants: Sequence[Mapping[str, Any]]) -> bool:
    named = {str(one.get("arm") or "") for one in variants}
    return named == {""} or (trial is not None and set(trial.arms) <= named)


def variant(dispatch: Dispatch, arm: int) -> Mapping[str, Any]:
    """What people of that arm are told: arms are numbered by name, from 1."""
    by_arm = {str(one.get("arm") or ""): one for one in dispatch.variants}
    if "" in by_arm:
        return by_arm[""]
    assert dispatch.trial
    return by_arm[sorted(dispatch.trial.arms)[arm - 1]]


def pause(*, dispatch: int, by: str, at: datetime) -> Dispatch:
    return turn(dispatch, "paused", ("open", "done"), DispatchPaused(at=at, dispatch=dispatch, by=by))


def resume(*, dispatch: int, by: str, at: datetime) -> Dispatch:
    return turn(dispatch, "open", ("paused",), DispatchResumed(at=at, dispatch=dispatch, by=by))


def stop(*, dispatch: int, by: str, at: datetime) -> Dispatch:
    """What has not gone out never does; posting gives back caps and budget of it."""
    return turn(dispatch, "stopped", ("open", "paused", "done"), DispatchStopped(at=at, dispatch=dispatch, by=by))


def finish(*, dispatch: int, by: str, at: datetime) -> Dispatch:
    """Nobody more is let in; what is queued still goes out."""
    return turn(dispatch, "done", ("open",), DispatchDone(at=at, dispatch=dispatch, by=by))


@transaction.atomic
def turn(dispatch: int, state: str, before: tuple[str, ...], event: Event) -> Dispatch:
    """Twice is once."""
    changed = Dispatch.objects.filter(pk=dispatch, state__in=before).update(state=state)
    found = Dispatch.objects.filter(pk=dispatch).first()
    if found is None:
        raise NoSuchDispatch("there is no such dispatch")
    if not changed and found.state != state:
        raise NotNow(f"it is {found.state}")
    if changed:
        announce(event)
    return found
