"""What is scarce about coupons: codes of a template, a code, a budget."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from siyu.core.ledger import books
from siyu.features.commerce.checkout import By
from siyu.features.commerce.models import Order
from siyu.features.loyalty.coupons import issuing, writing
from siyu.features.loyalty.coupons.writing import Terms
from siyu.features.loyalty.models import CouponCode, CouponTemplate
from tests.scarcity.race import CLIENTS, expect, won
from tests.scarcity.selling import PRICE, Selling

OFF = 300


def template(at, **said: Any) -> CouponTemplate:
    terms = Terms(title="Three off", kind="amount", worth=OFF, ends_at=at + timedelta(hours=1), **said)
    return writing.publish(template=writing.write(terms=terms, by="lin", at=at).pk, by="lin", at=at)


def stands(one: CouponTemplate) -> list[int]:
    kinds = ("budget", "reserved", "cost")
    return [books.balance_of(unit="money", kind=kind, name=f"coupon:{one.pk}") for kind in kinds]


class LastCode(Selling):
    """Sixteen members, one code left."""

    def stage(self, trial: int) -> CouponTemplate:
        return template(self.moment(trial), count=1)

    def attempt(self, one: CouponTemplate, client: int) -> CouponCode:
        key = f"{one.pk}:{client}"
        return issuing.issue(template=one.pk, identity=self.buyers[client], key=key, because="race", at=one.created_at)

    def broken(self, one: CouponTemplate, got: Sequence[Any]) -> Iterator[str]:
        yield from expect("winners", len(won(got)), 1)
        yield from expect("codes", CouponCode.objects.filter(template=one).count(), 1)
        yield from expect("issued", CouponTemplate.objects.get(pk=one.pk).issued, 1)


class OneEach(LastCode):
    """One member types a word sixteen times."""

    def stage(self, trial: int) -> CouponTemplate:
        return template(self.moment(trial), word=f"WORD{trial}")

    def attempt(self, one: CouponTemplate, client: int) -> CouponCode:
        return issuing.claim(identity=self.buyers[0], text=one.word, at=one.created_at)

    def broken(self, one: CouponTemplate, got: Sequence[Any]) -> Iterator[str]:
        yield from expect("answers", len({code.pk for code in won(got)}), 1)
        yield from expect("codes", CouponCode.objects.filter(template=one).count(), 1)


class BatchCode(LastCode):
    """Sixteen members type one code."""

    def stage(self, trial: int) -> CouponTemplate:
        one = template(self.moment(trial))
        issuing.generate(template=one.pk, codes=1, key=f"race {one.pk}", by="lin", at=one.created_at)
        return one

    def attempt(self, one: CouponTemplate, client: int) -> CouponCode:
        text = CouponCode.objects.get(template=one).text
        return issuing.claim(identity=self.buyers[client], text=text, at=one.created_at)


class SameCode(Selling):
    """One member checks out sixteen orders, each with the one coupon."""

    def stage(self, trial: int) -> tuple[CouponCode, By]:
        one, shelf = template(self.moment(trial), budget=10 * OFF), self.shelf(CLIENTS, trial)
        key = f"same {one.pk}"
        code = issuing.issue(template=one.pk, identity=self.buyers[0], key=key, because="race", at=one.created_at)
        return code, By("pick_up", store=shelf.pk)

    def attempt(self, thing: tuple[CouponCode, By], client: int) -> Order:
        code, by = thing
        at = code.issued_at + timedelta(seconds=client)
        return self.buy(0, by, at, price=PRICE - OFF)

    def broken(self, thing: tuple[CouponCode, By], got: Sequence[Any]) -> Iterator[str]:
        code, _ = thing
        code.refresh_from_db()
        yield from expect("winners", [order.pk for order in won(got)], [code.order_id])
        yield from expect("state", (code.state, code.turn), ("reserved", 1))
        yield from expect("budget, reserved, cost", stands(code.template), [9 * OFF, OFF, 0])


class LastOfItsBudget(Selling):
    """Sixteen members, each with a coupon, and a budget for one."""

    def stage(self, trial: int) -> tuple[CouponTemplate, By]:
        one, shelf = template(self.moment(trial), budget=2 * OFF - 1), self.shelf(CLIENTS, trial)
        for n, buyer in enumerate(self.buyers):
            issuing.issue(
                template=one.pk, identity=buyer, key=f"budget {one.pk}:{n}", because="race", at=one.created_at
            )
        return one, By("pick_up", store=shelf.pk)

    def attempt(self, thing: tuple[CouponTemplate, By], client: int) -> Order:
        one, by = thing
        return self.buy(client, by, one.created_at, price=PRICE - OFF)

    def broken(self, thing: tuple[CouponTemplate, By], got: Sequence[Any]) -> Iterator[str]:
        one, _ = thing
        yield from expect("winners", len(won(got)), 1)
        yield from expect("budget, reserved, cost", stands(one), [OFF - 1, OFF, 0])
        states = CouponCode.objects.filter(template=one).values_list("state", flat=True)
        yield from expect("reserved", list(states).count("reserved"), 1)


RESOURCES = {
    "coupon slot": LastCode(),
    "coupon word": OneEach(),
    "coupon of a batch": BatchCode(),
    "coupon": SameCode(),
    "coupon budget": LastOfItsBudget(),
}
