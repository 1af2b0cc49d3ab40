"""What our own shop leaves after the cost of goods: of pieces that were paid and stayed, in minor units."""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from siyu.events.commerce import OrderCosted
from siyu.features.commerce.models import Line, Listing, Order, RefundLine
from siyu.features.commerce.rules import SHOP


class Margin(NamedTuple):
    """`sold` is what was paid for pieces that stayed, without shipping. `costed` is the part of it whose cost is known,
    and `contribution` what is left of that part; of the rest nobody can say."""

    pieces: int
    sold: int
    costed: int
    contribution: int

    @property
    def unknown(self) -> int:
        return self.sold - self.costed

    @property
    def share(self) -> float | None:
        """Of what was paid where the cost is known."""
        return self.contribution / self.costed if self.costed else None


class Row(NamedTuple):
    listing: int
    title: str
    margin: Margin


FILE = "margin.json"
FEW = 50_000
"""Lines of orders that are added up while somebody waits."""
PAID = Q(order__source=SHOP, order__placed_at__isnull=False, order__cancelled_at=None)
KEPT = F("quantity") - F("returned")


def listings(*numbers: int) -> dict[int, Margin]:
    """{listing: its margin} of those that have sold; without numbers: of all."""
    lines = Line.objects.filter(PAID, product__variant__isnull=False, quantity__gt=0)
    back = RefundLine.objects.filter(line__in=lines)
    if numbers:
        lines = lines.filter(product__variant__listing__in=numbers)
        back = back.filter(line__product__variant__listing__in=numbers)
    return margins(lines, back)


def margins(lines: Any, back: Any) -> dict[int, Margin]:
    known, none = Q(cost__isnull=False), Coalesce
    sold = lines.values(listing=F("product__variant__listing")).order_by("listing").annotate(
        pieces=Sum(KEPT), paid=Sum("amount"), costed=none(Sum("amount", filter=known), 0),
        spent=none(Sum(F("cost") * KEPT / F("quantity"), filter=known), 0),
    )  # fmt: skip
    refunded = back.values(listing=F("line__product__variant__listing")).order_by("listing").annotate(
        paid=Sum("amount"), costed=none(Sum("amount", filter=Q(line__cost__isnull=False)), 0)
    )  # fmt: skip
    gone = {row["listing"]: row for row in refunded}
    return {row["listing"]: margin(row, gone.get(row["listing"], {})) for row in sold}


def margin(sold: dict[str, int], gone: dict[str, int]) -> Margin:
    costed = sold["costed"] - gone.get("costed", 0)
    return Margin(sold["pieces"], sold["paid"] - gone.get("paid", 0), costed, costed - sold["spent"])


def whole(found: dict[int, Margin]) -> Margin:
    return Margin(*(sum(one[n] for one in found.values()) for n in range(4)))


def shop() -> tuple[Margin, list[Row]]:
    """The shop's, and its listings that leave most."""
    found = listings()
    best = sorted(found, key=lambda one: (-found[one].contribution, one))[:20]
    titles = dict(Listing.objects.filter(pk__in=best).values_list("pk", "title"))
    return whole(found), [Row(one, titles[one], found[one]) for one in best]


def kept() -> tuple[Margin, list[Row]]:
    """The same for a page: of now where few lines were sold, else what the worker reckoned last."""
    if few() or not path().exists():
        return shop()
    said = json.loads(path().read_text())
    return Margin(*said["whole"]), [Row(number, title, Margin(*found)) for number, title, found in said["best"]]


def keep_fresh(at: datetime) -> int:
    """The worker's chore."""
    if few():
        return 0
    all_of_it, best = shop()
    path().parent.mkdir(parents=True, exist_ok=True)
    unfinished = path().with_name(f".{FILE}.{os.getpid()}")
    unfinished.write_text(json.dumps({"whole": all_of_it, "best": best}))
    unfinished.replace(path())
    return 1


def few() -> bool:
    """Lines are numbered as they come."""
    return (Line.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) <= FEW


def path() -> Path:
    return Path(settings.SIYU.home) / "derived" / FILE


def costs(order: Order, at: datetime) -> list[OrderCosted]:
    """What is to be told of an order after pieces of it came back; nothing where no cost is known."""
    lines = Line.objects.filter(order=order, cost__isnull=False, quantity__gt=0)
    kept = lines.aggregate(paid=Sum("amount"), cost=Sum(F("cost") * KEPT / F("quantity")))
    if kept["paid"] is None:
        return []
    back = RefundLine.objects.filter(line__in=lines).aggregate(paid=Coalesce(Sum("amount"), 0))["paid"]
    sold, cost = kept["paid"] - back, kept["cost"]
    return [OrderCosted(at=at, identity=order.identity_id, order=order.pk, costed=sold, cost=cost)]
