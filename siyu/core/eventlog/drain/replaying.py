"""Failed messages tried again, as they came or as an operator has mended them."""

from datetime import datetime

import zstandard
from django.db import transaction

from siyu.core.eventlog import hearing, lake
from siyu.core.eventlog.drain import failing, lines, messages, people, rows
from siyu.core.eventlog.land import land
from siyu.core.eventlog.models import Batch, FailedMessage
from siyu.kit.refusals import Refused


class NotReplayable(Refused):
    code = "not_replayable"
    status = 409


class StillFails(Refused):
    code = "still_fails"
    status = 422


def replay(failed: FailedMessage, *, at: datetime, body: str | None = None) -> None:
    """Try it again. One that a feature could not take is only said again: its row stands in the lake already.

    All others land anew, under the time of their first arrival; what is still wrong fails anew.
    """
    if failed.replayed_at:
        raise NotReplayable("it has been replayed already")
    if failed.code == "batch_unreadable":
        raise NotReplayable("nothing of the batch can be read")
    failed.body = failed.body if body is None else " ".join(body.splitlines())
    if failed.code == failing.HEARING:
        say_again(failed)
    else:
        text = failed.body.encode() + b"\n"
        land(text, count=1, source=failed.source, dialect=failed.dialect, received_at=failed.received_at,
            head=failed.head)  # fmt: skip
    failed.replayed_at = at
    failed.save(update_fields=["replayed_at", "body"])


def say_again(failed: FailedMessage) -> None:
    """Deliver it to whoever listens; who took it the first time must bear it twice."""
    batch = Batch(
        pk=failed.batch, source=failed.source, dialect=failed.dialect, received_at=failed.received_at,
        count=1, head=failed.head, body=zstandard.compress(failed.body.encode() + b"\n"),
    )  # fmt: skip
    with lake.connect() as db:
        messages.read(db, lines.unpacked([batch], first=0))
        people.number(db)
        rows.own(db)
        heard = hearing.gathered(db, "SELECT * FROM told WHERE code IS NULL")
    with transaction.atomic():
        missed = hearing.deliver(heard)
        if missed or not heard:
            raise StillFails(missed[0].reason if missed else "it is no message that anybody listens to")
