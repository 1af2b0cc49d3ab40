"""Cards that make up a missed day, as a kind of benefit."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import ngettext

from siyu.core.eventlog.announce import announce
from siyu.events.loyalty import CardGranted
from siyu.features.loyalty import benefits
from siyu.features.loyalty.benefits import Terms
from siyu.features.loyalty.models import MakeUpCard
from siyu.features.loyalty.who import known_member
from siyu.kit.refusals import Refused

MOST = 31


class BadCards(Refused):
    code = "bad_cards"
    status = 422


@transaction.atomic
def grant(*, identity: int, cards: int, key: str, because: str, at: datetime) -> int:
    """So many cards, once for a key; how many are new."""
    how_many({"cards": cards})
    known_member(identity)
    new = 0
    for n in range(cards):
        said = {"because": because[:200], "granted_at": at}
        new += MakeUpCard.objects.get_or_create(identity_id=identity, key=f"{key}:{n}"[-200:], defaults=said)[1]
    if new:
        announce(CardGranted(at=at, identity=identity, cards=new, because=because))
    return new


def how_many(terms: Terms) -> int:
    cards = terms.get("cards")
    if set(terms) != {"cards"} or not isinstance(cards, int) or isinstance(cards, bool) or not 0 < cards <= MOST:
        raise BadCards(f'the terms are {{"cards": 1}}, 1 to {MOST}')
    return cards


class Cards:
    kind = "make_up_card"

    def check(self, terms: Terms) -> None:
        how_many(terms)

    def words(self, terms: Terms) -> str:
        n = how_many(terms)
        return ngettext("%(n)d make-up card", "%(n)d make-up cards", n) % {"n": n}

    def grant(self, *, identity: int, terms: Terms, key: str, at: datetime) -> None:
        grant(identity=identity, cards=how_many(terms), key=key, because="benefit", at=at)

    def revoke(self, *, identity: int, terms: Terms, key: str, at: datetime) -> None:
        keys = [f"{key}:{n}"[-200:] for n in range(how_many(terms))]
        left = MakeUpCard.objects.filter(identity=identity, key__in=keys, spent_at=None, revoked_at=None)
        left.update(revoked_at=at)


benefits.add(Cards())
