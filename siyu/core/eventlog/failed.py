"""Messages that could not be taken: seen, mended, sent in once more, or thrown away."""

from datetime import datetime
from typing import Any

import msgspec
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from siyu.core.eventlog.drain.failing import HEARING
from siyu.core.eventlog.drain.replaying import say_again
from siyu.core.eventlog.land import land
from siyu.core.eventlog.models import FailedMessage, Source
from siyu.kit.refusals import Refused

LONGEST = 32 * 1024


class NoMessage(Refused):
    """What was written in place of the message cannot be one."""

    code = "no_message"
    status = 422


class AlreadyReplayed(Refused):
    code = "already_replayed"
    status = 409


def failed() -> Any:
    return FailedMessage.objects.using(settings.LANDING)


class NoSuchMessage(Refused):
    code = "no_such_message"
    status = 404


def stuck(*, source: Source, before: tuple[datetime, int] | None = None, limit: int = 50) -> list[FailedMessage]:
    """What nobody has replayed yet, the newest first."""
    rows = failed().filter(source=source.name, replayed_at=None)
    if before:
        rows = rows.filter(Q(received_at__lt=before[0]) | Q(received_at=before[0], pk__lt=before[1]))
    return list(rows.order_by("-received_at", "-pk")[:limit])


def numbered(*, source: Source, number: int) -> FailedMessage:
    found = failed().filter(pk=number, source=source.name).first() if 0 < number < 2**63 else None
    if found is None:
        raise NoSuchMessage("the source has no failed message of that number")
    return found


def replay(*, message: FailedMessage, body: str, at: datetime) -> FailedMessage:
    """Let it land again, mended or as it was, as of the moment at which it came; the lake takes it once.

    What a feature could not take stands in the lake already: landed anew it would be a repetition that nobody hears,
    so it is said again, and stays where it is when that fails.
    """
    line = mended(body)
    if message.replayed_at:
        raise AlreadyReplayed("this message was replayed before")
    if message.code == HEARING:
        say_again(message, line)
    with transaction.atomic(using=settings.LANDING):
        if not failed().filter(pk=message.pk, replayed_at=None).update(replayed_at=at):
            raise AlreadyReplayed("this message was replayed before")
        if message.code != HEARING:
            said = {"count": 1, "source": message.source, "dialect": message.dialect, "head": message.head}
            land(line, received_at=message.received_at, **said)
    message.replayed_at = at
    return message


def mended(body: str) -> bytes:
    """As one line of JSON."""
    try:
        line = msgspec.json.format(body.encode(), indent=-1)
        msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as wrong:
        raise NoMessage(f"this is no JSON object: {wrong}") from wrong
    if len(line) > LONGEST:
        raise NoMessage(f"a message holds at most {LONGEST:,} bytes")
    return line


def discard(*, message: FailedMessage) -> None:
    """Nobody will mend it."""
    failed().filter(pk=message.pk).delete()
