"""What became of messages: told by senders, by tracking and by whoever gets them. Each kind counts once a message.

They come in sets: however many there are, they cost the same few questions.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import batched
from typing import NamedTuple

from django.db import connection, transaction

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
CHUNK = 2_000


class NoSuchMessage(Refused):
    code = "no_such_message"
    status = 404


class NoSuchReceipt(Refused):
    code = "no_such_receipt"
    status = 422


class Came(NamedTuple):
    """What became of a message, by its number in the outbox."""

    message: int
    kind: str
    at: datetime
    detail: str = ""


class ByReference(NamedTuple):
    """The same, by what the sender called it."""

    reference: str
    kind: str
    at: datetime
    detail: str = ""


def take(*, message: int, kind: str, at: datetime, detail: str = "") -> bool:
    """Whether it was news."""
    [word] = take_many([Came(message, kind, at, detail)])
    if word == "unknown":
        raise NoSuchMessage("there is no such message")
    return word == "taken"


@transaction.atomic
def take_many(came: Sequence[Came]) -> list[str]:
    """Of each, in their order: `taken`, `known` already, or `unknown`, a message that is none of ours. A hard bounce
    (its detail begins with `hard`) and a complaint suppress the address; who unsubscribes says no to that channel and
    purpose."""
    if wrong := next((one.kind for one in came if one.kind not in RECEIPTS), None):
        raise NoSuchReceipt(f"{wrong[:40]!r} is no receipt; there are {', '.join(RECEIPTS)}")
    return [word for some in batched(came, CHUNK) for word in some_of(some)]


def by_references(*, channel: str, told: Sequence[ByReference]) -> list[str]:
    named = {one.reference for one in told if one.reference}
    rows = Outgoing.objects.filter(channel=channel, reference__in=named).exclude(reference="").order_by("-pk")
    numbers = {reference: pk for pk, reference in rows.values_list("pk", "reference")}
    return take_many([Came(numbers.get(one.reference, 0), *one[1:]) for one in told])


def some_of(came: Sequence[Came]) -> list[str]:
    rows = Outgoing.objects.select_related("dispatch").in_bulk({one.message for one in came})
    first: dict[tuple[int, str], Came] = {}
    for one in came:
        if one.message in rows:
            first.setdefault((one.message, one.kind), one)
    # by number, so that two who take the same ones wait for each other in one order
    values = [(*key, one.at, one.detail[:200]) for key, one in sorted(first.items())]
    columns = ("message", "kind", "at", "detail")
    new = set(insert(Receipt, columns, values, ignore=True, returning=["message", "kind"])) if values else set()
    news = [one for key, one in first.items() if key in new]
    tally(news, rows)
    announce(*(event(one, rows[one.message]) for one in news))
    bar([one for one in news if shuts(one)], rows)
    let_go([one for one in news if one.kind == "unsubscribed"], rows)
    taken = {id(one) for one in news}
    return ["unknown" if one.message not in rows else "taken" if id(one) in taken else "known" for one in came]


def tally(news: Iterable[Came], rows: Mapping[int, Outgoing]) -> None:
    counts = Counter((rows[one.message].dispatch_id, rows[one.message].arm, one.kind) for one in news)
    if not counts:
        return
    marks = ", ".join(["(%s, %s, %s, %s)"] * len(counts))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO outreach_tally (dispatch_id, arm, kind, count) VALUES {marks}
            ON CONFLICT (dispatch_id, arm, kind) DO UPDATE SET count = outreach_tally.count + excluded.count""",
            [part for key, n in sorted(counts.items()) for part in (*key, n)],
        )


def event(one: Came, message: Outgoing) -> Event:
    said = {"message": message.pk, "dispatch": message.dispatch_id, "channel": message.channel}
    more = {"detail": one.detail[:200]} if one.kind == "bounced" else {}
    return EVENTS[one.kind](at=one.at, identity=message.person, **said, **more)


def shuts(one: Came) -> bool:
    return one.kind == "complained" or (one.kind == "bounced" and one.detail.startswith("hard"))


def bar(news: Sequence[Came], rows: Mapping[int, Outgoing]) -> None:
    """The addresses that they were sent to."""
    wanted = {number: one for one in news if (number := rows[one.message].address)}
    if not wanted:
        return
    at_address = Identity.objects.filter(pk__in=wanted, namespace__in=suppressing.BY).order_by("pk")
    for kind in ("bounced", "complained"):
        claims = {
            (namespace, value): wanted[pk].at
            for pk, namespace, value in at_address.values_list("pk", "namespace", "value")
            if wanted[pk].kind == kind
        }
        suppressing.suppress_many(claims, reason=kind, by="siyu")


def let_go(news: Sequence[Came], rows: Mapping[int, Outgoing]) -> None:
    """No to the channel and purpose that the message was of."""
    said: dict[tuple[str, str], dict[int, datetime]] = defaultdict(dict)
    for one in news:
        message = rows[one.message]
        purpose = message.dispatch.kind if message.dispatch.kind in consent.PURPOSES else "marketing"
        said[channels.channel(message.channel).consent, purpose][message.person] = one.at
    for (channel, purpose), when in sorted(said.items()):
        consent.withdraw_many(when=when, channel=channel, purpose=purpose, source="unsubscribe")
