"""What became of messages, written set by set; what did not go out gives its place under the cap and its money back."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
from django.db import connection, transaction

from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.locks import one_at_a_time
from siyu.core.outreach.channels import Doubtful, NotSent, NotTaken, Receipt
from siyu.core.outreach.gate import budget, caps
from siyu.core.outreach.gate.asked import LOCK
from siyu.core.outreach.gate.door import Letter
from siyu.core.outreach.models import Destination, Dispatch, Outgoing
from siyu.events.outreach import MessageFailed, MessageSent
from siyu.kit.refusals import Refused

FIRST, LONGEST = timedelta(seconds=30), timedelta(hours=1)
"""Between attempts: twice as long each time."""
ATTEMPTS = 8
TOO_LATE = timedelta(days=3)
"""A message that could not be sent for so long says nothing that anybody still wants to hear."""
REST, LONG_REST = timedelta(seconds=5), timedelta(minutes=15)
"""What a destination that fails is left alone for."""


class NotDoubtful(Refused):
    code = "not_doubtful"
    status = 409


@transaction.atomic
def write(dispatch: Dispatch, letters: Sequence[Letter], answers: Sequence[Receipt | NotSent], *, at: datetime) -> None:
    pairs = list(zip(letters, answers, strict=True))
    sent = [(letter, answer) for letter, answer in pairs if isinstance(answer, Receipt)]
    failed = [(letter, answer) for letter, answer in pairs if not isinstance(answer, Receipt)]
    healthy = health(dispatch.channel, bool(sent), [no for _, no in failed], at)
    went_out(dispatch, sent)
    did_not(dispatch, failed, healthy, at)


def went_out(dispatch: Dispatch, sent: Sequence[tuple[Letter, Receipt]]) -> None:
    moment = connection.ops.adapt_datetimefield_value
    rows = [(moment(got.at), got.reference[:200], letter.identity, letter.outgoing) for letter, got in sent]
    with connection.cursor() as cursor:
        cursor.executemany(
            """UPDATE outreach_outgoing SET state = 'sent', claim = NULL, reason = '', sent_at = %s, reference = %s,
            address = %s WHERE id = %s""",
            rows,
        )
    announce(
        *(
            MessageSent(
                at=got.at, identity=letter.person, message=letter.outgoing, dispatch=dispatch.pk,
                channel=dispatch.channel, kind=dispatch.kind, campaign=dispatch.campaign, arm=letter.arm,
            )
            for letter, got in sent
        )
    )  # fmt: skip


def did_not(dispatch: Dispatch, failed: Sequence[tuple[Letter, NotSent]], healthy: bool, at: datetime) -> None:
    """Tried again later; for good where it was refused for good, or was tried often enough."""
    rows = Outgoing.objects.in_bulk([letter.outgoing for letter, _ in failed])
    doubtful: list[int] = []
    never, again = defaultdict[str, list[int]](list), defaultdict[datetime, list[int]](list)
    for letter, no in failed:
        row = rows[letter.outgoing]
        if isinstance(no, Doubtful):
            doubtful.append(row.pk)
        elif isinstance(no, NotTaken) or at - row.due_at > TOO_LATE or (healthy and row.attempts >= ATTEMPTS):
            never[no.code].append(row.pk)
        else:
            again[at + min(FIRST * 2 ** min(row.attempts - 1, 10), LONGEST)].append(row.pk)
    Outgoing.objects.filter(pk__in=doubtful).update(state="doubtful", claim=None)
    put_off(again)
    for reason, numbers in never.items():
        give_up(dispatch, numbers, "failed", reason, at=at)


def put_off(later: Mapping[datetime, Iterable[int]]) -> None:
    for when, numbers in sorted(later.items()):
        Outgoing.objects.filter(pk__in=numbers).update(state="queued", claim=None, due_at=when)


def health(channel: str, any_sent: bool, failed: Sequence[NotSent], at: datetime) -> bool:
    """Whether the destination does its work: one message that is refused says nothing against it."""
    broken = [no for no in failed if not isinstance(no, NotTaken)]
    there = Destination.objects.select_for_update().get(pk=channel)
    was_well = not there.failures
    if any_sent or not broken:
        there.failures, there.failing_since, there.error = 0, None, ""
        there.sent_at = at if any_sent else there.sent_at
    else:
        there.failures, there.failing_since = there.failures + 1, there.failing_since or at
        there.next_at = at + min(REST * 2 ** min(there.failures - 1, 12), LONG_REST)
        there.error = broken[0].message[:200]
    there.save()
    return any_sent or was_well


@transaction.atomic
def give_up(dispatch: Dispatch, numbers: Sequence[int], state: str, reason: str, *, at: datetime) -> None:
    """These never go out; a message comes here once."""
    rows = list(Outgoing.objects.filter(pk__in=numbers).order_by("person"))
    Outgoing.objects.filter(pk__in=numbers).update(state=state, reason=reason[:40], claim=None)
    if dispatch.kind == "marketing" and rows:
        one_at_a_time(LOCK)
        for day in sorted({row.day for row in rows}):
            those = np.array([row.person for row in rows if row.day == day], dtype=np.int64)
            caps.give_back(those, day, dispatch.channel)
        budget.give_back(dispatch, [row.pk for row in rows], at)
    if state == "failed":
        announce(
            *(
                MessageFailed(
                    at=at, identity=row.person, message=row.pk, dispatch=dispatch.pk, channel=row.channel, reason=reason
                )
                for row in rows
            )
        )


@transaction.atomic
def send_again(*, message: int, by: str, at: datetime) -> None:
    """An operator knows that it did not arrive, or that twice does no harm."""
    if not Outgoing.objects.filter(pk=message, state="doubtful").update(state="queued", due_at=at, attempts=0):
        raise NotDoubtful("that message is not in doubt")
