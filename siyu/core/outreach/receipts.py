"""What became of a message: told by senders, by tracking and by whoever gets it. Each kind counts once."""

from datetime import datetime

from django.db import transaction

from siyu.core.eventlog.announce import announce
from siyu.core.outreach import channels, suppressing
from siyu.core.outreach.models import RECEIPTS, Outgoing, Receipt
from siyu.core.people import consent
from siyu.core.people.models import Identity
from siyu.events import Event
from siyu.events.outreach import (
    MessageBounced,
    MessageClicked,
    MessageComplained,
    MessageDelivered,
    MessageOpened,
    MessageReplied,
    MessageUnsubscribed,
)
from siyu.kit.refusals import Refused
from siyu.kit.rows import insert

EVENTS: dict[str, type[Event]] = {
    "delivered": MessageDelivered,
    "opened": MessageOpened,
    "clicked": MessageClicked,
    "replied": MessageReplied,
    "bounced": MessageBounced,
    "complained": MessageComplained,
    "unsubscribed": MessageUnsubscribed,
}


class NoSuchMessage(Refused):
    code = "no_such_message"
    status = 404


class NoSuchReceipt(Refused):
    code = "no_such_receipt"
    status = 422


@transaction.atomic
def take(*, message: int, kind: str, at: datetime, detail: str = "") -> bool:
    """Whether it was news. A hard bounce (its detail begins with `hard`) and a complaint suppress the address; who
    unsubscribes says no to that channel and purpose."""
    if kind not in RECEIPTS:
        raise NoSuchReceipt(f"{kind[:40]!r} is no receipt; there are {', '.join(RECEIPTS)}")
    found = Outgoing.objects.select_related("dispatch").filter(pk=message).first()
    if found is None:
        raise NoSuchMessage("there is no such message")
    columns = ("message", "kind", "at", "detail")
    if not insert(Receipt, columns, [(found.pk, kind, at, detail[:200])], ignore=True, returning=["id"]):
        return False
    said = {"message": found.pk, "dispatch": found.dispatch_id, "channel": found.channel}
    more = {"detail": detail[:200]} if kind == "bounced" else {}
    announce(EVENTS[kind](at=at, identity=found.person, **said, **more))
    follow(found, kind, detail, at)
    return True


def by_reference(*, channel: str, reference: str, kind: str, at: datetime, detail: str = "") -> bool:
    """The same for whoever knows a message by what the sender called it."""
    found = Outgoing.objects.filter(channel=channel, reference=reference).exclude(reference="").order_by("pk").first()
    if found is None:
        raise NoSuchMessage("there is no such message")
    return take(message=found.pk, kind=kind, at=at, detail=detail)


def follow(message: Outgoing, kind: str, detail: str, at: datetime) -> None:
    if kind == "complained" or (kind == "bounced" and detail.startswith("hard")):
        bar(message, kind, at)
    alive = Identity.objects.filter(pk=message.person, person__isnull=False).exists()
    if kind == "unsubscribed" and alive:
        purpose = message.dispatch.kind if message.dispatch.kind in consent.PURPOSES else "marketing"
        word = channels.channel(message.channel).consent
        consent.withdraw(person=message.person, channel=word, purpose=purpose, source="unsubscribe", at=at)


def bar(message: Outgoing, kind: str, at: datetime) -> None:
    at_address = Identity.objects.filter(pk=message.address or 0, namespace__in=suppressing.BY).first()
    if at_address:
        namespace, value = at_address.namespace, at_address.value
        suppressing.suppress(namespace=namespace, value=value, reason=kind, by="siyu", at=at)
