"""What is scarce about memberships: one that waits for its money, one that is current, one that is given back."""

from collections.abc import Iterator, Sequence
from typing import Any

from siyu.core.people.models import Member
from siyu.features.commerce import payments
from siyu.features.commerce.models import MoneyBack, Order, Payment
from siyu.features.loyalty.membership import buying, ending, opening, plans
from siyu.features.loyalty.models import Membership, MembershipPlan, MembershipPurchase, MembershipTerm
from tests.features.shop.brand import NOW, money, pay
from tests.scarcity.race import expect, won
from tests.scarcity.selling import Selling

COSTS = 19900


class OnePurchase(Selling):
    """One member wants the same plan sixteen times at once, each time as a new wish."""

    plan: MembershipPlan

    def open(self) -> None:
        super().open()
        for who in self.buyers:
            Member.objects.get_or_create(identity_id=who, defaults={"joined_at": NOW})
        made = plans.write(title="Senior", tier="senior", period="month", price=COSTS, by="lin", at=NOW)
        self.plan = plans.publish(plan=made.pk, at=NOW)

    def stage(self, trial: int) -> int:
        return trial

    def attempt(self, trial: int, client: int) -> Order:
        return self.wish(trial, trial % len(self.buyers), f"{trial}:{client}")

    def wish(self, trial: int, client: int, key: str) -> Order:
        who, at = self.buyers[client], self.moment(40 * trial)
        return buying.buy(plan=self.plan.pk, identity=who, expected=COSTS, key=key, at=at)

    def broken(self, trial: int, got: Sequence[Any]) -> Iterator[str]:
        yield from expect("answers", len({order.pk for order in won(got)}), 1)
        waiting = MembershipPurchase.objects.filter(identity=self.buyers[trial % len(self.buyers)]).values_list(
            "order", flat=True
        )
        yield from expect("waiting", list(waiting), [won(got)[0].pk])


class OnePayment(OnePurchase):
    """The money of one purchase is told sixteen times, while an operator grants the same member the plan."""

    def stage(self, trial: int) -> tuple[int, Payment]:
        made = self.wish(trial, trial % len(self.buyers), f"pay {trial}")
        return trial, payments.begin(order=made, gateway="till", at=self.moment(40 * trial))[0]

    def attempt(self, thing: tuple[int, Payment], client: int) -> Any:
        trial, payment = thing
        who, at = self.buyers[trial % len(self.buyers)], self.moment(40 * trial)
        if client % 4 == 0:
            return opening.grant(plan=self.plan.pk, identity=who, key=f"{trial}", by="lin", at=at)
        return payments.paid(gateway="till", money=money(payment), at=at)

    def broken(self, thing: tuple[int, Payment], got: Sequence[Any]) -> Iterator[str]:
        trial, payment = thing
        yield from expect("settled", won(got).count("settled"), 1)
        yield from expect("terms", MembershipTerm.objects.filter(order=payment.order).count(), 1)
        current = Membership.objects.filter(identity=self.buyers[trial % len(self.buyers)], ended_at=None)
        yield from expect("current", current.count(), 1)


class OneRefund(OnePurchase):
    """A term is given back sixteen times, each time as a new wish."""

    def stage(self, trial: int) -> MembershipTerm:
        made = self.wish(trial, trial % len(self.buyers), f"back {trial}")
        pay(made, at=self.moment(40 * trial))
        return MembershipTerm.objects.get(order=made)

    def attempt(self, term: MembershipTerm, client: int) -> Any:
        return ending.refund(term=term.pk, key=str(client), reason="", by="lin", at=term.at)

    def broken(self, term: MembershipTerm, got: Sequence[Any]) -> Iterator[str]:
        backs = MoneyBack.objects.filter(payment__order=term.order_id).values_list("amount", flat=True)
        yield from expect("money back", list(backs), [COSTS])
        yield from expect("back", MembershipTerm.objects.get(pk=term.pk).back, COSTS)


RESOURCES = {
    "membership purchase": OnePurchase(),
    "membership payment": OnePayment(),
    "membership refund": OneRefund(),
}
