"""What a member sees of the inbox."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from siyu.core.outreach import receipts
from siyu.core.outreach.inbox.models import InboxItem
from siyu.core.outreach.models import Outgoing
from siyu.kit.refusals import Refused

SHOWN = 30


class NoSuchItem(Refused):
    code = "no_such_message"
    status = 404


class Page(NamedTuple):
    rows: Sequence[InboxItem]
    next: int | None


def listing(identity: int, *, before: int = 0, limit: int = SHOWN) -> Page:
    """The newest first."""
    rows = InboxItem.objects.filter(identity=identity).order_by("-pk")
    found = list((rows.filter(pk__lt=before) if before else rows)[: limit + 1])
    return Page(found[:limit], found[limit - 1].pk if len(found) > limit else None)


def unread(identity: int) -> int:
    return InboxItem.objects.filter(identity=identity, opened_at=None).count()


@transaction.atomic
def item(identity: int, number: int, *, at: datetime) -> InboxItem:
    """One of theirs, which is opened by it."""
    found = InboxItem.objects.filter(pk=number, identity=identity).first()
    if found is None:
        raise NoSuchItem("there is no such message")
    if InboxItem.objects.filter(pk=number, opened_at=None).update(opened_at=at):
        found.opened_at = at
        if found.message and Outgoing.objects.filter(pk=found.message).exists():
            receipts.take(message=found.message, kind="opened", at=at)
    return found
