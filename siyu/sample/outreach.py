"""Broadcasts of the sample brand: made up, and their titles say so. Entered through the verbs that operators use.

Households have a card each and said yes to messages in the app; a broadcast of 2017 kept half of them out. The
households, the lot and their orders are real, and nothing was ever sent: that nothing came of it is the truth. One of
today to those who sign in is finished, another one is a draft.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction

from siyu.core.eventlog.directory import Match
from siyu.core.insight.trials import controls
from siyu.core.outreach import broadcasts, inbox
from siyu.core.outreach.broadcasts import running
from siyu.core.outreach.broadcasts.models import Broadcast
from siyu.core.outreach.broadcasts.writing import Wish
from siyu.core.outreach.inbox.models import InboxItem
from siyu.core.outreach.posting import ticking
from siyu.core.outreach.templates import writing
from siyu.core.people import consent
from siyu.core.people.consent import Word
from siyu.core.people.graph.observing import observe
from siyu.core.people.models import Contact, Identity
from siyu.core.people.numbers import number
from siyu.sample.shop import BY, PHONE

OURS, LAST = "sample:", "For those who come often (made up)"
PEOPLE = 240
OPENED = 5
"""One of so many is opened."""
EARLIER = datetime(2017, 6, 1, 15, tzinfo=UTC)
HALF, A_MESSAGE = 5_000, 4
"""Basis points that are kept out; cents, made up."""
SALT = "sample"
"""The lot is the same everywhere, so that what the page says of it is known beforehand."""
ROUNDS = 1_000
WORDS = {
    "en": {
        "subject": "Fresh this week (made up)",
        "text": "Dear {name|neighbour}, you have shopped with us {portrait.orders|0} times. This week: {link:/m/}",
    },
    "zh-hans": {
        "subject": "本周上新（虚构）",
        "text": "{name|邻居}，您已光顾 {portrait.orders|0} 次。本周看看：{link:/m/}",
    },
}
SHORT = {"en": {"subject": "This week", "text": "New on the shelves (made up): {link:/m/}"}}


def tell_people(namespace: str, at: datetime) -> None:
    """A second time changes nothing; killed in between, it goes on where it was. A house with broadcasts of its own is
    left alone."""
    mine = Broadcast.objects.filter(key__startswith=OURS)
    if Broadcast.objects.exclude(pk__in=mine).exists() or mine.filter(key=OURS + LAST).exists():
        return
    cards, members = hand_out_cards(namespace), agreed(signed_in(), at)
    if not (cards or members):
        return
    both = words(EARLIER)
    if cards:
        if not controls.standing(EARLIER):
            controls.begin(EARLIER, salt=SALT)
        tell("Early summer (made up)", both, agreed(cards, EARLIER), EARLIER, holdout=HALF, cost=A_MESSAGE, window=28)
    if members:
        tell("Fresh this week (made up)", both, members, at)
        read_some(at)
        drafted(LAST, both[:1], members, at)


@transaction.atomic
def hand_out_cards(namespace: str) -> list[int]:
    """A number for each household that has no account: nobody new."""
    accounts = Identity.objects.filter(namespace="member", person__isnull=False).exclude(value__startswith="card-")
    has_one = accounts.values("person")
    known = Identity.objects.filter(namespace=namespace, person__isnull=False).exclude(person__in=has_one)
    households = dict(known.order_by("pk").values_list("value", "pk"))
    cards = number({("member", f"card-{value}"): EARLIER for value in households}, source=BY)
    ties = [(cards["member", f"card-{value}"], household) for value, household in households.items()]
    observe([Match(card, household, "identify", EARLIER, BY) for card, household in ties], imported=True)
    return [card for card, _ in ties]


def signed_in() -> list[int]:
    """Members of the brand's own file, and who signed in."""
    mine = Contact.objects.filter(identity__value=PHONE).values_list("member__identity", flat=True)
    some = Identity.objects.filter(namespace="member", person__isnull=False).exclude(value__startswith="card-")
    return sorted({*mine, *some.order_by("pk").values_list("pk", flat=True)[:PEOPLE]})


def tell(title: str, versions: Sequence[int], people: list[int], at: datetime, **more: Any) -> None:
    """The outbox lets so many go in a second, so that time goes on."""
    one = drafted(title, versions, people, at, **more)
    if one.state == "draft":
        running.opened(one, at, salt=SALT)
        broadcasts.plan(broadcast=one.pk, by=BY, at=at)
    for moment in (at + timedelta(seconds=second) for second in range(ROUNDS)):
        if not (broadcasts.work_off(moment) or ticking.tick("inapp", at=moment)):
            return


@transaction.atomic
def agreed(accounts: list[int], at: datetime) -> list[int]:
    """They say yes to messages in the app; the persons behind them."""
    consent.take([Word(one, "inapp", "marketing", True, at) for one in accounts], source="sample")
    owners = Identity.objects.filter(pk__in=accounts).order_by("person").values_list("person", flat=True)
    return sorted({int(one) for one in owners if one is not None})


def words(at: datetime) -> tuple[int, int]:
    said = {"kind": "marketing", "channels": ["inapp"], "by": BY, "at": at}
    first = writing.write(code="fresh-this-week", title="Fresh this week (made up)", bodies=WORDS, **said)  # type: ignore[arg-type]
    second = writing.write(code="fresh-short", title="Fresh, in short (made up)", bodies=SHORT, **said)  # type: ignore[arg-type]
    return first.pk, second.pk


def drafted(title: str, versions: Sequence[int], people: list[int], at: datetime, **more: Any) -> Broadcast:
    if there := Broadcast.objects.filter(key=OURS + title).first():
        return there
    variants = [{"version": version, "weight": 1} for version in versions]
    wish = Wish(title=title, channel="inapp", variants=variants, people=people, **more)
    return broadcasts.draft(wish=wish, by=BY, at=at, key=OURS + title)


def read_some(at: datetime) -> None:
    """Drawn by the number of the sample: the same ones every time. The one who can sign in finds theirs unread."""
    mine = set(Contact.objects.filter(identity__value=PHONE).values_list("member__identity", flat=True))
    rows = InboxItem.objects.filter(at__gt=EARLIER + timedelta(days=1)).order_by("pk").values_list("identity", "pk")
    drawn = np.random.default_rng(7).random(len(rows)) < 1 / OPENED
    for (identity, pk), opens in zip(rows, drawn, strict=True):
        if opens and identity not in mine:
            inbox.item(identity, pk, at=at)
