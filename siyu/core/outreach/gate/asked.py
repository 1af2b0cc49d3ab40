"""The decision: what is known is read first, then one short transaction under the gate's lock decides and writes.

It goes part by part, with a pause after each: a member's tap never waits long.
"""

import time
from collections import Counter
from datetime import date, datetime
from typing import Any

import numpy as np
from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from siyu.core.eventlog.locks import one_at_a_time
from siyu.core.outreach import channels, suppressing
from siyu.core.outreach.decision import Decision, decided
from siyu.core.outreach.gate import budget, caps, verdicts
from siyu.core.outreach.gate.case import Case
from siyu.core.outreach.gate.looking import barred, look
from siyu.core.outreach.gate.sets import among, distinct, within
from siyu.core.outreach.models import Dispatch, Outgoing
from siyu.core.people.models import Identity
from siyu.kit import clock
from siyu.kit.prepared import asks
from siyu.kit.refusals import Refused

PART = 12_000
"""People a transaction: about 50 ms of the write lock."""
PAUSE = 0.004
ARM = 5
"""Bits that an arm takes: a trial has at most 20."""
LOCK = "outreach gate"
Counts = Counter[str]


class DispatchIsOver(Refused):
    code = "dispatch_over"
    status = 409


def let_through(
    dispatch: Dispatch, people: np.ndarray, *, at: datetime, due_at: datetime | None = None,
    units: np.ndarray | None = None,
) -> Counts:  # fmt: skip
    """Decide about all of these, and put messages into the outbox: due at `due_at`, or at once. How many for each
    reason. Who was asked about before for this dispatch stays as they are, and is not counted again.

    `people` are identity numbers; `units` says beside each which group or place is drawn, where the trial is by these.
    """
    channel = channels.channel(dispatch.channel)
    suppressing.bind(channel.namespaces)
    shut, counts = barred(channel), Counter[str]()
    if units is None:
        people = distinct(np.asarray(people, dtype=np.int64))
    else:
        people, places = np.unique(np.asarray(people, dtype=np.int64), return_index=True)
        units = np.asarray(units, dtype=np.int64)[places]
    for start in range(0, len(people), PART):
        if start and not connection.in_atomic_block:
            time.sleep(PAUSE)
        some = slice(start, start + PART)
        seen = look(people[some], channel, dispatch.kind, shut, None if units is None else units[some])
        counts += decide(Case(dispatch, seen, at, due_at or at))
    return counts


def decide_one(dispatch: Dispatch, person: int, *, at: datetime, due_at: datetime | None = None) -> Decision:
    """The same for one; what is allowed stands in the outbox then. Asked again, the first answer stands."""
    let_through(dispatch, np.array([person]), at=at, due_at=due_at)
    reason = verdicts.why(dispatch, person) or "erased"
    return decided(channel=dispatch.channel, kind=dispatch.kind, reason=reason, outgoing=outgoing(dispatch, person))


def outgoing(dispatch: Dispatch, person: int) -> int | None:
    theirs = Identity.objects.filter(person__identities=person).values("pk")
    found = Outgoing.objects.filter(dispatch=dispatch, person__in=theirs).order_by("pk")
    return found.values_list("pk", flat=True).first()


def decide_address(*, channel: str, to: str, at: datetime) -> Decision:
    """A transaction with an address that may be nobody's yet, to be carried at once: only suppression binds it."""
    shut = any(suppressing.is_suppressed(namespace, to) for namespace in channels.channel(channel).namespaces)
    reason = "suppressed" if shut else "allowed"
    return decided(channel=channel, kind="transactional", reason=reason, now=True)


@transaction.atomic
def decide(case: Case) -> Counts:
    """Under the lock: whom nobody was asked about yet, each with a reason; then messages, caps, budget and trial."""
    one_at_a_time(LOCK)
    dispatch, seen = case.dispatch, case.seen
    still_open(dispatch)
    case.left = new_ones(dispatch, seen.persons, seen.numbers, seen.whose)
    case.judge()
    write(case)
    gone = seen.gone[~within(seen.gone, verdicts.known(dispatch, seen.gone))]
    said = {reason: some for reason, some in (("erased", gone), *case.by_reason().items()) if len(some)}
    verdicts.keep(dispatch, said, day_of(case.at), case.at)
    return Counter({reason: len(some) for reason, some in said.items()})


def still_open(dispatch: Dispatch) -> None:
    [state] = state_of(dispatch.pk)
    if state in ("stopped", "done"):
        raise DispatchIsOver(f"{dispatch} is {state}: nobody more is let in")


@asks
def state_of(dispatch: int) -> QuerySet[Any, Any]:
    return Dispatch.objects.filter(pk=dispatch).values_list("state", flat=True)


def new_ones(dispatch: Dispatch, persons: np.ndarray, numbers: np.ndarray, whose: np.ndarray) -> np.ndarray:
    """Of each person whether they have no verdict yet, and no message under another of their identities."""
    spoken = within(persons, verdicts.known(dispatch, persons))
    others = distinct(numbers[~within(numbers, persons)])
    reached = verdicts.known(dispatch, others, "allowed")
    if len(reached):
        spoken[whose[within(numbers, reached)]] = True
    return ~spoken


def write(case: Case) -> None:
    """A row for each, moment by moment: what is the same for all is said once."""
    dispatch, through = case.dispatch, case.persons[case.left]
    if not len(through):
        return
    budget.spend(dispatch, len(through), int(through[0]), case.at)
    for when, some in sorted(case.due.items()):
        chosen = np.zeros(len(case.left), dtype=bool)
        chosen[some] = case.left[some]
        put(dispatch, case.persons[chosen], case.arms[chosen], when)
        if dispatch.kind == "marketing" and chosen.any():
            caps.take(case.persons[chosen], day_of(when), dispatch.channel)


def put(dispatch: Dispatch, persons: np.ndarray, arms: np.ndarray, due_at: datetime) -> None:
    """In the order of their numbers, as indexes like it; person and arm travel as one number."""
    some, listed = among(persons << ARM | arms)
    due = connection.ops.adapt_datetimefield_value(due_at)
    day = connection.ops.adapt_datefield_value(day_of(due_at))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO outreach_outgoing
            (dispatch_id, person, channel, arm, day, due_at, state, reason, attempts, reference)
            SELECT %s, n >> {ARM}, %s, n & {(1 << ARM) - 1}, %s, %s, 'queued', '', 0, '' FROM {some} AS chosen""",
            [dispatch.pk, dispatch.channel, day, due, listed],
        )


def day_of(at: datetime) -> date:
    return clock.day_of(at, settings.SIYU.zone)
