"""How a broadcast goes and went: each figure opens down to people."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from django.conf import settings
from django.db.models import Sum
from pyroaring import BitMap

from siyu.core.insight import trials
from siyu.core.insight.models import Finding
from siyu.core.insight.trials.visible import Visible
from siyu.core.outreach import arms, channels
from siyu.core.outreach.arms import Arm
from siyu.core.outreach.broadcasts.models import Broadcast
from siyu.core.outreach.broadcasts.running import members
from siyu.core.outreach.broadcasts.writing import NoSuchBroadcast, kind_of
from siyu.core.outreach.gate import caps, verdicts
from siyu.core.outreach.gate.looking import barred, look
from siyu.core.outreach.models import REASONS, RECEIPTS, STATES, Outgoing, Verdict
from siyu.core.outreach.templates import queries as templates
from siyu.kit.clock import day_of

SHOWN = 50
LOOKED_AT = 20_000
"""People that a preview looks at: some 100 ms."""


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


def people_listed(one: Broadcast) -> list[int] | None:
    """Whom a pasted list names; none: it is no list."""
    return None if one.people is None else list(BitMap.deserialize(bytes(one.people)))


def listed_people(one: Broadcast) -> int | None:
    """How many they are."""
    return None if one.people is None else len(BitMap.deserialize(bytes(one.people)))


def whole(broadcast: int) -> Whole:
    one = found(broadcast)
    said = Verdict.objects.filter(dispatch=one.dispatch_id).values("reason").annotate(n=Sum("count"))
    reasons = {row["reason"]: row["n"] for row in said.order_by("reason")} if one.dispatch_id else {}
    in_order = {reason: reasons[reason] for reason in REASONS if reason in reasons}
    return Whole(one, kind_of(one), state_of(one), sum(reasons.values()), in_order, arms_of(one), finding(one))


def arms_of(one: Broadcast) -> list[Arm]:
    if one.dispatch:
        return arms.arms_of(one.dispatch)
    named = templates.names([variant["version"] for variant in one.variants])
    titles = [f"{named[variant['version']].title} {named[variant['version']].number}" for variant in one.variants]
    return [Arm(variant["arm"], n, titles[n - 1], 0, {}, {}) for n, variant in enumerate(one.variants, 1)]


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
    looked: int
    """At how many of them; fewer than `asked`: at some by lot, and the figures are so many times theirs."""
    reasons: dict[str, int]
    through: int
    held: int
    sees: dict[str, Visible]
    """The smallest effect that a holdout of this size shows, by what is counted."""

    @property
    def told(self) -> int:
        return self.through - self.held


def preview(broadcast: int, *, at: datetime) -> Preview:
    """Nothing is written and nothing sent. Budget and the global control group are not looked at. Of many people as
    many as a request can look at are drawn, always the same ones."""
    one = found(broadcast)
    people = np.fromiter(members(one), dtype=np.int64)
    some = people
    if len(people) > LOOKED_AT:
        some = np.sort(np.random.default_rng(one.pk).choice(people, LOOKED_AT, replace=False))
    kind, times = kind_of(one), len(people) / max(len(some), 1)
    counts, reached = said(one, kind, some, at)
    through = round(len(reached) * times)
    held = through * one.holdout // 10_000 if kind == "marketing" else 0
    sees = trials.foreseen(reached, holdout=one.holdout, window=one.window, at=at, times=times) if held else {}
    reasons = {why: round(n * times) for why, n in counts.items() if n}
    return Preview(len(people), len(some), reasons, through, held, sees)


def said(one: Broadcast, kind: str, people: np.ndarray, at: datetime) -> tuple[Counter[str], np.ndarray]:
    """How many are kept back for each reason, and who is not."""
    channel = channels.channel(one.channel)
    seen = look(people, channel, kind, barred(channel), None)
    counts = Counter({"erased": len(seen.gone)})
    left = np.ones(len(seen.persons), dtype=bool)
    refusals = {"suppressed": seen.suppressed, "consent": ~seen.consenting, "unreachable": ~seen.reachable}
    if kind == "marketing":
        day = day_of(at, settings.SIYU.zone)
        refusals["cap"] = caps.full(seen.numbers, seen.whose, len(seen.persons), day, channel.code)
    for reason, those in refusals.items():
        counts[reason] = int((left & those).sum())
        left &= ~those
    return counts, seen.persons[left]
