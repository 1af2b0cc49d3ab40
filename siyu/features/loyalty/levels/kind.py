"""Growth as a benefit that tasks, streaks, plans and the mall give: {"amount": 20}. It stands in the books for ever,
and counts where a scheme has a dimension of it."""

from datetime import datetime

from django.utils.translation import gettext as _

from siyu.core.eventlog.announce import announce
from siyu.core.ledger import books
from siyu.core.ledger.models import Transfer
from siyu.events.loyalty import GrowthEarned, GrowthReversed
from siyu.features.loyalty.benefits import BadBenefit, Terms, add

MOST = 1_000_000


class GrowthGiven:
    kind = "growth"

    def check(self, terms: Terms) -> None:
        amount = terms.get("amount")
        if (
            set(terms) != {"amount"}
            or not isinstance(amount, int)
            or isinstance(amount, bool)
            or not 0 < amount <= MOST
        ):
            raise BadBenefit(f"the terms of growth say amount, a whole number from 1 to {MOST:,}")

    def words(self, terms: Terms) -> str:
        return _("%s growth") % f"{terms['amount']:,}"

    def grant(self, *, identity: int, terms: Terms, key: str, at: datetime) -> None:
        house, theirs = ends(identity)
        amount = terms["amount"]
        books.post(key=posted(key), source=house, target=theirs, amount=amount, reason="growth", at=at)
        announce(GrowthEarned(at=at, identity=identity, growth=amount, because=key))

    def revoke(self, *, identity: int, terms: Terms, key: str, at: datetime) -> None:
        given, back = Transfer.objects.filter(key=posted(key)).first(), posted(f"{key}:back")
        if given is None or Transfer.objects.filter(key=back).exists():
            return
        source, target = given.target_id, given.source_id
        books.post(key=back, source=source, target=target, amount=given.amount, reason="reverse", at=at)
        announce(GrowthReversed(at=at, identity=identity, growth=given.amount, because=key))


def ends(identity: int) -> tuple[int, int]:
    return (
        books.shared(unit="growth", kind="source", name="given", owner=identity),
        books.account(unit="growth", kind="available", owner=identity),
    )


def posted(key: str) -> str:
    return f"growth:{key}"[-150:]


add(GrowthGiven())
