"""Racy on purpose: it looks, and takes afterwards. A harness that does not catch this catches nothing."""

from collections.abc import Iterator, Sequence
from typing import Any

from siyu.features.commerce.models import Stock, Store
from siyu.features.commerce.pricing.holding import SoldOut
from tests.scarcity.race import expect, won
from tests.scarcity.selling import Selling


class CheckThenAct(Selling):
    def stage(self, trial: int) -> Store:
        return self.shelf(1, trial)

    def attempt(self, store: Store, client: int) -> int:
        there = Stock.objects.get(store=store, product__sku="tea")
        if there.reserved == there.on_hand:
            raise SoldOut("less is left of it than you want")
        there.reserved += 1
        there.save()
        return client

    def broken(self, store: Store, got: Sequence[Any]) -> Iterator[str]:
        yield from expect("winners", len(won(got)), 1)
