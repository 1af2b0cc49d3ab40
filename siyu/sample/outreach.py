"""Broadcasts of the sample brand: made up, and their titles say so. Entered through the verbs that operators use.

Some households that are members say yes to messages in the app; one broadcast to them is finished, a second is a draft.
"""

from datetime import datetime

import numpy as np
from django.db import transaction

from siyu.core.outreach import broadcasts, inbox
from siyu.core.outreach.broadcasts.models import Broadcast
from siyu.core.outreach.broadcasts.writing import Wish
from siyu.core.outreach.inbox.models import InboxItem
from siyu.core.outreach.posting import ticking
from siyu.core.outreach.templates import writing
from siyu.core.people import consent
from siyu.core.people.consent import Word
from siyu.core.people.models import Contact, Identity
from siyu.sample.shop import BY, PHONE

PEOPLE = 240
OPENED = 5
"""One of so many is opened."""
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


def tell_people(at: datetime) -> None:
    """A second time changes nothing."""
    if Broadcast.objects.exists() or not (people := agreed(at)):
        return
    long, short = words(at)
    done = drafted("Fresh this week (made up)", [long, short], people, at)
    broadcasts.plan(broadcast=done.pk, by=BY, at=at)
    while broadcasts.work_off(at) or ticking.tick("inapp", at=at):
        pass
    read_some(at)
    drafted("For those who come often (made up)", [long], people, at)


@transaction.atomic
def agreed(at: datetime) -> list[int]:
    """Members of the brand's own file, and who signed in; they say yes to messages in the app."""
    mine = Contact.objects.filter(identity__value=PHONE).values_list("member__identity", flat=True)
    some = Identity.objects.filter(namespace="member", person__isnull=False).order_by("pk")
    chosen = [*mine, *some.values_list("pk", flat=True)[:PEOPLE]]
    consent.take([Word(one, "inapp", "marketing", True, at) for one in set(chosen)], source="sample")
    owners = Identity.objects.filter(pk__in=chosen).order_by("person").values_list("person", flat=True)
    return sorted({int(one) for one in owners if one is not None})


def words(at: datetime) -> tuple[int, int]:
    said = {"kind": "marketing", "channels": ["inapp"], "by": BY, "at": at}
    first = writing.write(code="fresh-this-week", title="Fresh this week (made up)", bodies=WORDS, **said)  # type: ignore[arg-type]
    second = writing.write(code="fresh-short", title="Fresh, in short (made up)", bodies=SHORT, **said)  # type: ignore[arg-type]
    return first.pk, second.pk


def drafted(title: str, versions: list[int], people: list[int], at: datetime) -> Broadcast:
    variants = [{"version": version, "weight": 1} for version in versions]
    wish = Wish(title=title, channel="inapp", variants=variants, people=people)
    return broadcasts.draft(wish=wish, by=BY, at=at, key=f"sample:{title}")


def read_some(at: datetime) -> None:
    """Drawn by the number of the sample: the same ones every time. The one who can sign in finds theirs unread."""
    mine = set(Contact.objects.filter(identity__value=PHONE).values_list("member__identity", flat=True))
    rows = InboxItem.objects.order_by("pk").values_list("identity", "pk")
    drawn = np.random.default_rng(7).random(len(rows)) < 1 / OPENED
    for (identity, pk), opens in zip(rows, drawn, strict=True):
        if opens and identity not in mine:
            inbox.item(identity, pk, at=at)
