"""What a brand day of a channel cost: the newest word counts, and the log keeps every one of them."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.conf import settings
from django.db import transaction

from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.locks import one_at_a_time
from siyu.core.ledger import rates
from siyu.events.traffic import SpendRecorded
from siyu.features.traffic import tree
from siyu.features.traffic.models import Campaign, Channel, Spend
from siyu.kit import clock, money
from siyu.kit.refusals import Refused

MOST = 10**15


class BadSpend(Refused):
    code = "bad_spend"
    status = 422


class Cost(NamedTuple):
    """`amount` is in minor units of the currency, which was worth `rate` that day."""

    day: date
    channel: int
    campaign: int | None
    creator: str
    currency: str
    amount: int
    rate: Decimal

    @property
    def key(self) -> tuple[date, int, int | None, str, str]:
        return self.day, self.channel, self.campaign, self.creator, self.currency

    @property
    def base(self) -> int:
        """In minor units of the base currency."""
        return money.minor(money.major(self.amount, self.currency) * self.rate, settings.SIYU.currency)


@transaction.atomic
def record(
    *, day: date, channel: str, amount: int, by: str, at: datetime, campaign: str = "", creator: str = "",
    currency: str = "", rate: Decimal | None = None,
) -> bool:  # fmt: skip
    """Enter one day by hand; whether that was news. Nothing spent after all: an amount of zero."""
    currency = currency.upper() or settings.SIYU.currency
    if not (len(currency) == 3 and currency.isalpha() and currency.isascii()):
        raise BadSpend("a currency has three letters")
    if day > clock.day_of(at, settings.SIYU.zone) or not 0 <= amount <= MOST:
        raise BadSpend("what was spent is not negative, and was spent on a day that has begun")
    if rate is not None:
        if not 0 < rate < 1_000_000:
            raise BadSpend("a rate lies between 0 and 1,000,000")
        rates.keep(currency, day, rate)
    said = Cost(
        day, tree.open_one(Channel, channel).pk, tree.one(Campaign, campaign).pk if campaign else None,
        creator.strip().lower()[:100], currency, amount, rate or rates.rate_on(currency, day),
    )  # fmt: skip
    return bool(write([said], by=by, at=at))


def write(costs: Sequence[Cost], *, by: str, at: datetime, imported: bool = False) -> list[Cost]:
    """Those that said something new. In the caller's transaction; of two of one key the last counts."""
    one_at_a_time("spend")
    said = {cost.key: cost for cost in costs}
    days, channels = {cost.day for cost in said.values()}, {cost.channel for cost in said.values()}
    rows = Spend.objects.filter(day__in=days, channel__in=channels).order_by("pk")
    known = {(row.day, row.channel_id, row.campaign_id, row.creator, row.currency): row for row in rows}
    news = [
        cost for key, cost in said.items()
        if key not in known or (known[key].amount, known[key].rate) != (cost.amount, cost.rate)
    ]  # fmt: skip
    new: list[Spend] = []
    old: list[Spend] = []
    for cost in news:
        row = known.get(cost.key) or Spend(
            day=cost.day, channel_id=cost.channel, campaign_id=cost.campaign, creator=cost.creator,
            currency=cost.currency,
        )  # fmt: skip
        row.amount, row.rate, row.cost, row.at, row.by = cost.amount, cost.rate, cost.base, at, by
        (old if row.pk else new).append(row)
    Spend.objects.bulk_create(new)
    Spend.objects.bulk_update(old, ["amount", "rate", "cost", "at", "by"], batch_size=200)
    announce(*(told(cost, by, at) for cost in news), imported=imported)
    return news


def told(cost: Cost, by: str, at: datetime) -> SpendRecorded:
    return SpendRecorded(
        at=at, channel=cost.channel, day=cost.day, campaign=cost.campaign, creator=cost.creator, currency=cost.currency,
        said=cost.amount, rate=str(cost.rate.normalize()), amount=cost.base, by=by,
    )  # fmt: skip
