"""The worker's chore: a thread for each destination that has something to do."""

import threading
import time
from collections.abc import Sequence
from datetime import datetime

from django.db import connections, transaction

from siyu.core.eventlog.locks import one_at_a_time
from siyu.core.outreach import channels
from siyu.core.outreach.channels import Channel, NotSent, Receipt
from siyu.core.outreach.decision import Decision
from siyu.core.outreach.gate.asked import LOCK
from siyu.core.outreach.gate.door import Checked, Letter, check
from siyu.core.outreach.models import Destination, Dispatch, Outgoing
from siyu.core.outreach.posting.claiming import SWEPT, anything, claim, place, recover, stopped, waiting
from siyu.core.outreach.posting.rendering import rendered
from siyu.core.outreach.posting.writing import give_up, put_off, write
from siyu.kit import clock

IN_A_ROW = 3
"""Failures after which the rest of a batch is not tried."""
LONGEST = 1.0
"""Seconds that a thread waits for its destination's clock before it ends."""
_running: dict[str, threading.Thread] = {}


def post_due(at: datetime) -> int:
    """Sees to it that every destination with something to send has a thread; how many have."""
    for channel in channels.all_channels() if anything() else ():
        thread = _running.get(channel.code)
        if channel.code in channels.serving() and not (thread and thread.is_alive()) and something(channel, at):
            _running[channel.code] = started = threading.Thread(target=drain, args=[channel.code], daemon=True)
            started.start()
    return sum(thread.is_alive() for thread in _running.values())


def something(channel: Channel, at: datetime) -> bool:
    if Destination.objects.filter(pk=channel.code, next_at__gt=at).exists():
        return False
    left = Outgoing.objects.filter(channel=channel.code, state="sending").exists()
    return left or bool(waiting(channel.code, at)) or bool(stopped(channel.code))


def drain(channel: str) -> None:
    try:
        while tick(channel, at=clock.now()):
            rest(channel)
    finally:
        connections.close_all()


def rest(channel: str) -> None:
    next_at = Destination.objects.values_list("next_at", flat=True).get(pk=channel)
    seconds = (next_at - clock.now()).total_seconds() if next_at else 0
    time.sleep(min(max(seconds, 0), LONGEST))


def tick(channel: str, *, at: datetime) -> int:
    """A batch of each dispatch that is due; how many messages were dealt with."""
    there, _ = Destination.objects.get_or_create(pk=channel)
    if there.next_at and there.next_at > at:
        return 0
    of = channels.channel(channel)
    with place(channel) as number:
        if number is None:
            return 0
        recover(of, number)
        done = sum(sweep(one, at) for one in stopped(channel))
        for dispatch in waiting(channel, at):
            done += batch(of, dispatch, number, at)
            if Destination.objects.filter(pk=channel, failures__gt=0).exists():
                break
        return done


def sweep(dispatch: Dispatch, at: datetime) -> int:
    """Of a stopped dispatch, what is still in the outbox."""
    with transaction.atomic():
        queued = Outgoing.objects.select_for_update(no_key=True).filter(dispatch=dispatch, state="queued")
        numbers = list(queued.order_by("pk").values_list("pk", flat=True)[:SWEPT])
        give_up(dispatch, numbers, "stopped", "stopped", at=at)
    return len(numbers)


def batch(channel: Channel, dispatch: Dispatch, number: int, at: datetime) -> int:
    claimed, checked = claimed_and_checked(channel, dispatch, number, at)
    if checked.letters:
        letters = [letter for _, letter in checked.letters]
        answers = carried(dispatch, [yes for yes, _ in checked.letters], letters, at)
        write(dispatch, letters, answers, at=at)
    return claimed


@transaction.atomic
def claimed_and_checked(channel: Channel, dispatch: Dispatch, number: int, at: datetime) -> tuple[int, Checked]:
    one_at_a_time(LOCK)
    state = Dispatch.objects.values_list("state", flat=True).get(pk=dispatch.pk)
    rows = claim(channel, dispatch, number, at=at) if state in ("open", "done") else []
    checked = check(dispatch, rows, at=at)
    put_off(checked.later)
    for reason, numbers in sorted(checked.refused.items()):
        give_up(dispatch, numbers, "stopped", reason, at=at)
    return len(rows), checked


def carried(
    dispatch: Dispatch, decisions: Sequence[Decision], letters: Sequence[Letter], at: datetime
) -> list[Receipt | NotSent]:
    pairs = list(zip(decisions, rendered(dispatch, letters, at), strict=True))
    try:
        carrier = channels.sender(dispatch.channel)
    except NotSent as no:
        return [no] * len(pairs)
    if hasattr(carrier, "send_many"):
        return channels.send_many(pairs, at=at)
    answers: list[Receipt | NotSent] = []
    for decision, message in pairs:
        tail = answers[-IN_A_ROW:]
        if len(tail) == IN_A_ROW and all(type(one) is NotSent for one in tail):
            answers.append(NotSent(tail[-1].message))  # type: ignore[union-attr]
            continue
        answers.append(channels.tried(carrier, decision, message, at))
    return answers
