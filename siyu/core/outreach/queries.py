"""Questions about what was said, to whom, and what was kept back and why."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, Sum

from siyu.core.outreach import channels
from siyu.core.outreach.dispatches import NoSuchDispatch
from siyu.core.outreach.gate import verdicts
from siyu.core.outreach.models import (
    REASONS,
    STATES,
    Cap,
    Destination,
    Dispatch,
    Outgoing,
    QuietHours,
    Receipt,
    Suppression,
    Verdict,
)
from siyu.core.people import queries as people
from siyu.core.people.models import Identity, Person

LATEST = 100
PAGE = 50


@dataclass
class Standing:
    """A dispatch with its figures. `asked` is everybody whom the gate spoke of."""

    dispatch: Dispatch
    reasons: dict[str, int] = field(default_factory=dict)
    states: dict[str, int] = field(default_factory=dict)

    @property
    def asked(self) -> int:
        return sum(self.reasons.values())


class Place(NamedTuple):
    """How a channel does."""

    channel: str
    sender: str
    failures: int
    failing_since: datetime | None
    next_at: datetime | None
    error: str
    sent_at: datetime | None


class Rules(NamedTuple):
    caps: list[dict[str, Any]]
    """[{channel, day, week}], first over all channels."""
    quiet: QuietHours | None
    suppressed: list[Suppression]
    total: int


def dispatches() -> list[Standing]:
    """The latest, the newest first."""
    return figures(list(Dispatch.objects.order_by("-made_at", "-pk")[:LATEST]))


def dispatch(number: int) -> Standing:
    found = Dispatch.objects.select_related("trial").filter(pk=number)
    if not found:
        raise NoSuchDispatch("there is no such dispatch")
    return figures(list(found))[0]


def figures(found: Sequence[Dispatch]) -> list[Standing]:
    """Sent is what was allowed and is in no other state: nobody counts a million rows for it."""
    standing = {one.pk: Standing(one) for one in found}
    said = Verdict.objects.filter(dispatch__in=standing).values_list("dispatch", "reason").annotate(Sum("count"))
    for number, reason, count in said.order_by("dispatch", "reason"):
        standing[number].reasons[reason] = count
    for state in STATES:
        if state != "sent":
            rows = Outgoing.objects.filter(dispatch__in=standing, state=state).values_list("dispatch")
            for number, count in rows.annotate(Count("pk")).order_by("dispatch"):
                standing[number].states[state] = count
    for one in standing.values():
        one.reasons = {reason: one.reasons[reason] for reason in REASONS if reason in one.reasons}
        if sent := one.reasons.get("allowed", 0) - sum(one.states.values()):
            one.states["sent"] = sent
    return list(standing.values())


def people_of(number: int, reason: str, after: int = 0) -> tuple[list[people.Row], int | None]:
    """The people behind a figure of the gate, and where the next page begins."""
    here: list[int] = []
    for some in verdicts.people_of(Dispatch(pk=number), reason):
        here += some[some > after].tolist()
        if len(here) > PAGE:
            break
    chosen = sorted(here)[:PAGE]
    rows = Person.objects.filter(pk__in=chosen).order_by("pk").values_list("pk", "since", "name")
    return people.listed(list(rows)), chosen[-1] if len(here) > PAGE else None


def in_state(number: int, state: str) -> list[Outgoing]:
    """Some of a dispatch's messages, newest first."""
    return list(Outgoing.objects.filter(dispatch=number, state=state).order_by("-pk")[:PAGE])


def places() -> list[Place]:
    there, serving = Destination.objects.in_bulk(), channels.serving()
    found = []
    for one in channels.all_channels():
        row = there.get(one.code) or Destination(channel=one.code)
        sender = serving.get(one.code, "")
        found.append(Place(one.code, sender, row.failures, row.failing_since, row.next_at, row.error, row.sent_at))
    return found


def doubtful() -> list[Outgoing]:
    return list(Outgoing.objects.select_related("dispatch").filter(state="doubtful").order_by("-pk")[:LATEST])


def rules() -> Rules:
    caps: dict[str, dict[str, int]] = defaultdict(dict)
    for cap in Cap.objects.order_by("pk"):
        caps[cap.channel][cap.period] = cap.most
    rows = [
        {"channel": code, "day": caps[code].get("day"), "week": caps[code].get("week")}
        for code in ("", *(one.code for one in channels.all_channels()))
    ]
    shut = Suppression.objects.order_by("-at", "-pk")
    return Rules(rows, QuietHours.objects.first(), list(shut[:LATEST]), shut.count())


def suppressed(*, before: int = 0, limit: int = PAGE) -> list[Suppression]:
    """The newest first."""
    rows = Suppression.objects.order_by("-pk")
    return list((rows.filter(pk__lt=before) if before else rows)[:limit])


class Told(NamedTuple):
    """What somebody was sent, or was not."""

    title: str
    dispatch: int
    channel: str
    kind: str
    reason: str
    at: datetime
    state: str
    why: str
    receipts: list[str]


def told(person: int) -> list[Told]:
    """What the person behind this number was sent, and what was kept back and why; the newest first."""
    numbers = Identity.objects.filter(person__identities=person).values("pk")
    mine = {one.dispatch_id: one for one in Outgoing.objects.filter(person__in=numbers).order_by("-pk")[:PAGE]}
    got: dict[int, list[str]] = defaultdict(list)
    for message, kind in (
        Receipt.objects.filter(message__in=mine.values()).order_by("at").values_list("message", "kind")
    ):
        got[message].append(kind)
    found = []
    for said in verdicts.verdicts_of(person)[:PAGE]:
        row = mine.get(said.dispatch) if said.reason == "allowed" else None
        state, why, receipts = (row.state, row.reason, got[row.pk]) if row else ("", "", [])
        found.append(
            Told(said.title, said.dispatch, said.channel, said.kind, said.reason, said.at, state, why, receipts)
        )
    return found
