"""How a broadcast goes and went: each figure opens down to people."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from django.conf import settings
from django.db.models import Count, Sum
from pyroaring import BitMap

from siyu.core.insight import trials
from siyu.core.insight.models import Finding
from siyu.core.insight.trials.visible import Visible
from siyu.core.outreach import channels
from siyu.core.outreach.broadcasts.models import Broadcast
from siyu.core.outreach.broadcasts.running import members
from siyu.core.outreach.broadcasts.writing import NoSuchBroadcast, kind_of
from siyu.core.outreach.gate import caps, verdicts
from siyu.core.outreach.gate.looking import barred, look
from siyu.core.outreach.models import REASONS, RECEIPTS, STATES, Outgoing, Receipt, Verdict
from siyu.core.outreach.templates.models import Version
from siyu.kit.clock import day_of

SHOWN = 50
PART = 10_000


class Arm(NamedTuple):
    """What became of those who were told the same; `states` of the outbox, `receipts` of the world."""

    name: str
    number: int
    title: str
    states: dict[str, int]
    receipts: dict[str, int]

    @property
    def messages(self) -> int:
        return sum(self.states.values())

    @property
    def sent(self) -> int:
        return self.states.get("sent", 0)


class Whole(NamedTuple):
    broadcast: Broadcast
    kind: str
    state: str
    filled: int
    """Of `asked`, how many the gate has spoken about."""
    reasons: dict[str, int]
    arms: Sequence[Arm]
    finding: dict[str, Any] | None
    """What the trial has shown so far."""

    @property
    def under_way(self) -> bool:
        return self.state in ("planned", "filling", "sending")


class Page(NamedTuple):
    rows: Sequence[tuple[Broadcast, str]]
    next: int | None


def found(broadcast: int) -> Broadcast:
    one = Broadcast.objects.select_related("dispatch__trial", "audience").filter(pk=broadcast).first()
    if one is None:
        raise NoSuchBroadcast("there is no such broadcast")
    return one


def state_of(one: Broadcast) -> str:
    return "paused" if one.paused_at and one.state not in ("done", "stopped") else one.state


def listing(*, before: int = 0, limit: int = SHOWN) -> Page:
    """The newest first."""
    rows = Broadcast.objects.order_by("-pk")
    some = list((rows.filter(pk__lt=before) if before else rows)[: limit + 1])
    return Page([(one, state_of(one)) for one in some[:limit]], some[limit - 1].pk if len(some) > limit else None)


def listed_people(one: Broadcast) -> int | None:
    """How many a pasted list names; none: it is no list."""
    return None if one.people is None else len(BitMap.deserialize(bytes(one.people)))


def whole(broadcast: int) -> Whole:
    one = found(broadcast)
    said = Verdict.objects.filter(dispatch=one.dispatch_id).values("reason").annotate(n=Sum("count"))
    reasons = {row["reason"]: row["n"] for row in said.order_by("reason")} if one.dispatch_id else {}
    in_order = {reason: reasons[reason] for reason in REASONS if reason in reasons}
    return Whole(one, kind_of(one), state_of(one), sum(reasons.values()), in_order, arms(one), finding(one))


def arms(one: Broadcast) -> list[Arm]:
    versions = Version.objects.select_related("template").filter(pk__in=[v["version"] for v in one.variants])
    titles = {each.pk: f"{each.template.title} {each.number}" for each in versions}
    states: Counter[tuple[int, str]] = Counter()
    received: Counter[tuple[int, str]] = Counter()
    if one.dispatch_id:
        sent = Outgoing.objects.filter(dispatch=one.dispatch_id).values_list("arm", "state").annotate(n=Count("pk"))
        states.update({(arm, state): n for arm, state, n in sent.order_by("arm", "state")})
        got = Receipt.objects.filter(message__dispatch=one.dispatch_id).values_list("message__arm", "kind")
        received.update({(arm, kind): n for arm, kind, n in got.annotate(n=Count("pk")).order_by("message__arm")})
    return [
        Arm(variant["arm"], n, titles.get(variant["version"], ""),
            {state: states[n, state] for state in STATES if states[n, state]},
            {kind: received[n, kind] for kind in RECEIPTS if received[n, kind]})
        for n, variant in enumerate(one.variants, 1)
    ]  # fmt: skip


def finding(one: Broadcast) -> dict[str, Any] | None:
    """As the worker has last reckoned it."""
    trial = one.dispatch.trial_id if one.dispatch else None
    kept = Finding.objects.filter(trial=trial).first() if trial else None
    return kept.body["effect"] if kept else None


def behind(broadcast: int, what: str, *, arm: int = 0, after: int = 0) -> list[int]:
    """The people behind a figure, by number: of a state, a receipt or a reason of the gate."""
    one = found(broadcast)
    if one.dispatch is None:
        return []
    if what in REASONS and what != "allowed":
        some = (part[part > after] for part in verdicts.people_of(one.dispatch, what))
        parts = [part for part in some if len(part)]
        return np.unique(np.concatenate(parts))[:SHOWN].tolist() if parts else []
    rows = Outgoing.objects.filter(dispatch=one.dispatch, person__gt=after)
    rows = rows.filter(arm=arm) if arm else rows
    if what in RECEIPTS:
        rows = rows.filter(receipts__kind=what)
    elif what in STATES:
        rows = rows.filter(state=what)
    return list(rows.order_by("person").values_list("person", flat=True)[:SHOWN])


class Preview(NamedTuple):
    """What the gate would say now. `through` are told or held out; `held` is what the holdout takes of them."""

    asked: int
    reasons: dict[str, int]
    through: int
    held: int
    sees: dict[str, Visible]
    """The smallest effect that a holdout of this size shows, by what is counted."""

    @property
    def told(self) -> int:
        return self.through - self.held


def preview(broadcast: int, *, at: datetime) -> Preview:
    """Nothing is written and nothing sent. Budget and the global control group are not looked at."""
    one = found(broadcast)
    people = np.fromiter(members(one), dtype=np.int64)
    kind, channel, shut = kind_of(one), channels.channel(one.channel), barred(channels.channel(one.channel))
    counts: Counter[str] = Counter()
    through = []
    for start in range(0, len(people), PART):
        seen = look(people[start : start + PART], channel, kind, shut, None)
        counts["erased"] += len(seen.gone)
        left = np.ones(len(seen.persons), dtype=bool)
        refusals = {"suppressed": seen.suppressed, "consent": ~seen.consenting, "unreachable": ~seen.reachable}
        if kind == "marketing":
            day = day_of(at, settings.SIYU.zone)
            refusals["cap"] = caps.full(seen.numbers, seen.whose, len(seen.persons), day, channel.code)
        for reason, those in refusals.items():
            counts[reason] += int((left & those).sum())
            left &= ~those
        through.append(seen.persons[left])
    reached = np.unique(np.concatenate(through)) if through else people
    held = len(reached) * one.holdout // 10_000 if kind == "marketing" else 0
    sees = trials.foreseen(reached, holdout=one.holdout, window=one.window, at=at) if held else {}
    return Preview(len(people), {why: n for why, n in counts.items() if n}, len(reached), held, sees)
