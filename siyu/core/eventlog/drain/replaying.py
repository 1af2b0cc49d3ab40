"""A message that a feature could not take, said to the features once more: its row stands in the lake already."""

import zstandard
from django.db import transaction

from siyu.core.eventlog import hearing, lake
from siyu.core.eventlog.drain import lines, messages, people, rows
from siyu.core.eventlog.models import Batch, FailedMessage
from siyu.kit.refusals import Refused


class StillFails(Refused):
    code = "still_fails"
    status = 422


def say_again(failed: FailedMessage, line: bytes) -> None:
    """Deliver it to whoever listens; who took it the first time must bear it twice."""
    batch = Batch(
        pk=failed.batch, source=failed.source, dialect=failed.dialect, received_at=failed.received_at,
        count=1, head=failed.head, body=zstandard.compress(line + b"\n"),
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
