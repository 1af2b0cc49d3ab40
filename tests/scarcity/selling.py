"""What is scarce about an order: pieces, budgets, keys, money, vouchers."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Sum

from siyu.core.eventlog.models import Entry
from siyu.core.people.numbers import number
from siyu.features.commerce import catalogue, checkout, fulfilment, payments, refunds, stock
from siyu.features.commerce.checkout import By, Want
from siyu.features.commerce.models import (
    Fulfilment,
    Line,
    MoneyBack,
    Movement,
    Order,
    Payment,
    RefundRequest,
    Reservation,
    Selection,
    Stock,
    Store,
    Variant,
    Voucher,
)
from siyu.kit.rows import insert
from tests.features.shop.brand import HOME, NOW, Shop, Till, money, open_shop, pay
from tests.scarcity.race import CLIENTS, expect, won

PRICE = 900
"""Of a small tea, for members."""
NEVER = timedelta(days=36_500)
"""An order of that day does not lapse in a later trial."""


class Selling:
    """A shop, sixteen buyers, two gateways."""

    shop: Shop
    buyers: list[int]
    teas: list[int]

    def open(self) -> None:
        self.shop = open_shop(pieces=10**6)
        self.teas = list(Variant.objects.filter(tracked=True).order_by("pk").values_list("product", flat=True))
        names = [("member", f"buyer{n}") for n in range(CLIENTS)]
        numbers = number(dict.fromkeys(names, NOW), source="siyu")
        self.buyers = [numbers[name] for name in names]
        self.till, self.other = Till(), Till()
        self.other.name = "other"
        payments.add(self.till)
        payments.add(self.other)

    def moment(self, trial: int) -> datetime:
        """Trials are a day apart, so that what is due in one is not due in another."""
        return NOW + timedelta(days=trial)

    def shelf(self, pieces: int, trial: int) -> Store:
        """A store with so many teas of either size."""
        store = Store.objects.create(name=f"Shelf {trial}")
        insert(Stock, ("product", "store", "on_hand", "reserved"), [(tea, store.pk, pieces, 0) for tea in self.teas])
        return store

    def buy(self, client: int, by: By, at: datetime, *, price: int = PRICE, what: Sequence[int] = ()) -> Order:
        return checkout.check_out(
            identity=self.buyers[client], wants=[Want(one, 1) for one in what or [self.shop.tea]], by=by,
            expected=price, key=f"{by.store} {at}", at=at,
        )  # fmt: skip

    def bought(self, trial: int, what: int = 0, price: int = PRICE) -> Payment:
        """The paid order of the first buyer."""
        by = By() if what == self.shop.lesson else By("ship", address=HOME)
        if by.kind == "ship":
            price += checkout.postage(price)
        return pay(self.buy(0, by, self.moment(trial), price=price, what=[what or self.shop.tea]), self.moment(trial))


def moment_of(payment: Payment) -> datetime:
    assert payment.order.opened_at
    return payment.order.opened_at


def held(store: Store, sku: str = "tea") -> tuple[int, int]:
    return Stock.objects.values_list("on_hand", "reserved").get(store=store, product__sku=sku)


def said(order: Order, name: str) -> int:
    """How often; whatever is done in a trial is done at its moment."""
    return Entry.objects.filter(name=name, identity=order.identity_id, at=order.opened_at).count()


class LastPiece(Selling):
    def stage(self, trial: int) -> Store:
        return self.shelf(1, trial)

    def attempt(self, store: Store, client: int) -> Order:
        return self.buy(client, By("pick_up", store=store.pk), NOW)

    def broken(self, store: Store, got: Sequence[Any]) -> Iterator[str]:
        yield from expect("winners", len(won(got)), 1)
        yield from expect("on the shelf", held(store), (1, 1))
        yield from expect("orders", Order.objects.filter(fulfilment__store=store).count(), 1)


class LastOfTheBudget(Selling):
    """A promotion that can pay for one more piece."""

    def stage(self, trial: int) -> Selection:
        tea = Variant.objects.get(pk=self.shop.tea)
        at = self.moment(trial)
        return catalogue.select(
            product=tea.product_id, price=500, budget=400 + trial % 400, begins_at=at, ends_at=at + timedelta(hours=1)
        )

    def attempt(self, chosen: Selection, client: int) -> Order:
        return self.buy(client, self.shop.fetched, chosen.begins_at, price=500)

    def broken(self, chosen: Selection, got: Sequence[Any]) -> Iterator[str]:
        yield from expect("winners", len(won(got)), 1)
        yield from expect("spent", Selection.objects.get(pk=chosen.pk).spent, 400)
        reserved = Reservation.objects.filter(rule="promotion", subject=chosen.pk)
        yield from expect("reserved", list(reserved.values_list("quantity", flat=True)), [400])


class SameKey(Selling):
    """A page that is sent sixteen times."""

    def stage(self, trial: int) -> Store:
        return self.shelf(CLIENTS, trial)

    def attempt(self, store: Store, client: int) -> int:
        return self.buy(0, By("pick_up", store=store.pk), NOW).pk

    def broken(self, store: Store, got: Sequence[Any]) -> Iterator[str]:
        orders = Order.objects.filter(fulfilment__store=store).values_list("pk", flat=True)
        yield from expect("orders", list(orders), list(set(got)))
        yield from expect("on the shelf", held(store), (CLIENTS, 1))


class SameCallback(Selling):
    """A gateway that tells the same sixteen times."""

    def stage(self, trial: int) -> Payment:
        order = self.buy(0, By("pick_up", store=self.shelf(1, trial).pk), self.moment(trial))
        return payments.begin(order=order, gateway="till", at=NOW)[0]

    def attempt(self, payment: Payment, client: int) -> str:
        return payments.paid(gateway="till", money=money(payment), at=moment_of(payment))

    def broken(self, payment: Payment, got: Sequence[Any]) -> Iterator[str]:
        yield from expect("answers", sorted(map(str, got)), ["known"] * (CLIENTS - 1) + ["settled"])
        yield from expect("on the shelf", held(payment.order.fulfilment.store), (0, 0))
        for name in ("order.placed", "payment.settled"):
            yield from expect(name, said(payment.order, name), 1)


class TwoGateways(Selling):
    """Somebody pays one order in two ways: one counts, the other goes back."""

    def stage(self, trial: int) -> list[Payment]:
        order = self.buy(0, By("pick_up", store=self.shelf(1, trial).pk), NOW)
        return [payments.begin(order=order, gateway=name, at=NOW)[0] for name in ("till", "other")]

    def attempt(self, both: list[Payment], client: int) -> str:
        payment = both[client % 2]
        return payments.paid(gateway=payment.gateway, money=money(payment), at=NOW)

    def broken(self, both: list[Payment], got: Sequence[Any]) -> Iterator[str]:
        yield from expect("answers", sorted(map(str, got)), ["known"] * (CLIENTS - 2) + ["returned", "settled"])
        rows = Payment.objects.filter(order=both[0].order_id).order_by("settles").values_list("settles", "returned")
        yield from expect("payments", list(rows), [(False, PRICE), (True, 0)])
        backs = MoneyBack.objects.filter(payment__in=[p.pk for p in both]).values_list("amount", flat=True)
        yield from expect("on its way back", list(backs), [PRICE])


class PayAgainstLapse(Selling):
    """Money comes in the moment in which the order lapses, and others wait for its piece."""

    def stage(self, trial: int) -> tuple[Payment, Store, datetime]:
        store, at = self.shelf(1, trial), self.moment(trial)
        order = self.buy(0, By("pick_up", store=store.pk), at)
        assert order.until
        return payments.begin(order=order, gateway="till", at=at)[0], store, order.until

    def attempt(self, thing: tuple[Payment, Store, datetime], client: int) -> Any:
        payment, store, at = thing
        if client % 3 == 0:
            return payments.paid(gateway="till", money=money(payment), at=at)
        if client % 3 == 1:
            return checkout.lapse(at)
        return self.buy(client, By("pick_up", store=store.pk), at + NEVER)

    def broken(self, thing: tuple[Payment, Store, datetime], got: Sequence[Any]) -> Iterator[str]:
        payment, store, _ = thing
        payment.refresh_from_db()
        rivals = Order.objects.filter(fulfilment__store=store, closed_at=None).exclude(pk=payment.order_id)
        order = payment.order
        order.refresh_from_db()
        yield from expect("who has the piece", bool(order.placed_at) + rivals.count(), 1)
        yield from expect("on the shelf", held(store), (0, 0) if order.placed_at else (1, 1))
        yield from expect("settled, money back", (payment.settles, payment.returned),
                          (True, 0) if order.placed_at else (False, PRICE))  # fmt: skip
        answers = [one for one in got[::3] if one != "known"]
        yield from expect("answer", answers, ["settled" if order.placed_at else "returned"])


class LapseAgainstBuyers(Selling):
    """Orders of one kind of tea each lapse while others want both: nobody waits for each other for ever."""

    def stage(self, trial: int) -> tuple[Store, datetime]:
        store, at = self.shelf(CLIENTS, trial), self.moment(trial)
        by = By("pick_up", store=store.pk)
        self.buy(0, by, at, what=[self.shop.big], price=2500)
        order = self.buy(1, by, at)
        assert order.until
        return store, order.until

    def attempt(self, thing: tuple[Store, datetime], client: int) -> Any:
        store, at = thing
        if client % 4 == 0:
            return checkout.lapse(at)
        both = [self.shop.tea, self.shop.big]
        return self.buy(client, By("pick_up", store=store.pk), at + NEVER, what=both, price=PRICE + 2500)

    def broken(self, thing: tuple[Store, datetime], got: Sequence[Any]) -> Iterator[str]:
        for sku in ("tea", "big"):
            yield from expect("on the shelf", held(thing[0], sku), (CLIENTS, CLIENTS * 3 // 4))


class LastRefundable(Selling):
    """One piece, sixteen wishes to give it back."""

    def stage(self, trial: int) -> Payment:
        return self.bought(trial)

    def attempt(self, payment: Payment, client: int) -> Any:
        return refunds.refund(
            order=payment.order_id, pieces={0: 1}, key=str(client), reason="", by="lin", at=moment_of(payment),
            shipping=True,
        )  # fmt: skip

    def broken(self, payment: Payment, got: Sequence[Any]) -> Iterator[str]:
        yield from expect("winners", len(won(got)), 1)
        yield from expect("returned", Line.objects.get(order=payment.order_id).returned, 1)
        yield from expect("money back", backs(payment), (1, payment.amount))
        yield from expect("told", said(payment.order, "order.refunded"), 1)


def backs(payment: Payment) -> tuple[int, int]:
    """How many sums are on their way back, and how much; the payment agrees."""
    found = MoneyBack.objects.filter(payment=payment).aggregate(count=Count("pk"), sum=Sum("amount"))
    returned = Payment.objects.get(pk=payment.pk).returned
    return found["count"], found["sum"] or 0 if returned == (found["sum"] or 0) else -1


class CancelAgainstShip(Selling):
    def stage(self, trial: int) -> Payment:
        return self.bought(trial)

    def attempt(self, payment: Payment, client: int) -> Any:
        if client % 2:
            return refunds.cancel(order=payment.order_id, by="alice", at=moment_of(payment))
        return fulfilment.ship(order=payment.order_id, carrier="SF", tracking=str(client), at=moment_of(payment))

    def broken(self, payment: Payment, got: Sequence[Any]) -> Iterator[str]:
        order = Order.objects.select_related("fulfilment").get(pk=payment.order_id)
        cancelled, shipped = bool(order.cancelled_at), bool(order.fulfilment.shipped_at)
        yield from expect("one of the two", cancelled + shipped, 1)
        yield from expect("told", (said(order, "order.cancelled"), said(order, "order.shipped")),
                          (int(cancelled), int(shipped)))  # fmt: skip
        yield from expect("money back", backs(payment), (1, payment.amount) if cancelled else (0, 0))
        yield from expect("winners", {type(one).__name__ for one in won(got)}, {"Order" if cancelled else "Fulfilment"})


class LastVoucher(Selling):
    def stage(self, trial: int) -> Voucher:
        order = self.bought(trial, self.shop.lesson, 9900).order
        return Voucher.objects.select_related("line__order").get(line__order=order)

    def attempt(self, voucher: Voucher, client: int) -> Any:
        return fulfilment.redeem(voucher=voucher.pk, store=self.shop.corner, by=str(client), at=voucher.issued_at)

    def broken(self, voucher: Voucher, got: Sequence[Any]) -> Iterator[str]:
        yield from expect("redeemed by", [one.by for one in won(got)], [Voucher.objects.get(pk=voucher.pk).by])
        yield from expect("told", said(voucher.line.order, "voucher.redeemed"), 1)


class CancelAgainstRedeem(LastVoucher):
    def attempt(self, voucher: Voucher, client: int) -> Any:
        if client % 2:
            return refunds.cancel(order=voucher.line.order_id, by="alice", at=voucher.issued_at)
        return super().attempt(voucher, client)

    def broken(self, voucher: Voucher, got: Sequence[Any]) -> Iterator[str]:
        voucher.refresh_from_db()
        cancelled = Order.objects.exclude(cancelled_at=None).filter(pk=voucher.line.order_id).exists()
        yield from expect("cancelled, void, redeemed", (cancelled, bool(voucher.void_at), bool(voucher.redeemed_at)),
                          (cancelled, cancelled, not cancelled))  # fmt: skip
        payment = Payment.objects.get(order=voucher.line.order_id)
        yield from expect("money back", backs(payment), (1, payment.amount) if cancelled else (0, 0))


class HandedOverOnce(Selling):
    """One parcel, sixteen counters."""

    def stage(self, trial: int) -> Payment:
        by, at = By("pick_up", store=self.shelf(1, trial).pk), self.moment(trial)
        return pay(self.buy(0, by, at), at)

    def attempt(self, payment: Payment, client: int) -> Any:
        return fulfilment.hand_over(order=payment.order_id, by=str(client), at=moment_of(payment))

    def broken(self, payment: Payment, got: Sequence[Any]) -> Iterator[str]:
        handed_by = Fulfilment.objects.get(order=payment.order_id).handed_by
        yield from expect("handed over by", [one.handed_by for one in won(got)], [handed_by])
        yield from expect("told", said(payment.order, "order.received"), 1)


class OneDecision(Selling):
    """A wish for a refund that half of the desk grants and half declines."""

    def stage(self, trial: int) -> RefundRequest:
        payment = self.bought(trial)
        return refunds.ask(order=payment.order_id, pieces={0: 1}, reason="broken", at=moment_of(payment))

    def attempt(self, asked: RefundRequest, client: int) -> Any:
        if client % 2:
            return refunds.grant(request=asked.pk, by=str(client), at=asked.asked_at, shipping=True)
        return refunds.decline(request=asked.pk, answer="no", by=str(client), at=asked.asked_at)

    def broken(self, asked: RefundRequest, got: Sequence[Any]) -> Iterator[str]:
        asked.refresh_from_db()
        granted, payment = asked.refund_id is not None, Payment.objects.get(order=asked.order_id)
        yield from expect("decisions", len(won(got)), 1)
        yield from expect("money back", backs(payment), (1, payment.amount) if granted else (0, 0))
        yield from expect("told", (said(payment.order, "order.refunded"), said(payment.order, "refund.declined")),
                          (int(granted), int(not granted)))  # fmt: skip


class CountedWhileSold(Selling):
    """Eight buyers want one each while others count that fewer are there: what is promised stays on the shelf."""

    def stage(self, trial: int) -> Store:
        return self.shelf(CLIENTS, trial)

    def attempt(self, store: Store, client: int) -> Any:
        if client % 2:
            return self.buy(client, By("pick_up", store=store.pk), NOW)
        tea = Variant.objects.get(pk=self.shop.tea).product_id
        return stock.book(product=tea, store=store.pk, quantity=4, reason="counted", by=str(client), at=NOW)

    def broken(self, store: Store, got: Sequence[Any]) -> Iterator[str]:
        on_hand, reserved = held(store, "tea")
        orders = Order.objects.filter(fulfilment__store=store).count()
        yield from expect("promised", reserved, orders)
        yield from expect("orders", orders, len(won(got[1::2])))
        yield from expect("fewer on the shelf than are promised", on_hand < reserved, False)
        moved = Movement.objects.filter(stock__store=store).aggregate(sum=Sum("quantity"))["sum"] or 0
        yield from expect("on the shelf", on_hand, CLIENTS + moved)


class MoneyBackOnce(Selling):
    """Sixteen workers give back what is due."""

    def stage(self, trial: int) -> tuple[Payment, datetime]:
        payment, at = self.bought(trial), self.moment(trial)
        refunds.cancel(order=payment.order_id, by="alice", at=at)
        return payment, at

    def attempt(self, thing: tuple[Payment, datetime], client: int) -> int:
        return payments.give_back_due(thing[1])

    def broken(self, thing: tuple[Payment, datetime], got: Sequence[Any]) -> Iterator[str]:
        payment, _ = thing
        yield from expect("asked by", sum(got), 1)
        yield from expect("attempts", list(payment.backs.values_list("attempts", "error")), [(1, "")])
        yield from expect("given", self.till.given.get(f"{payment.number}-cancelled"), payment.amount)
        yield from expect("told", said(payment.order, "money.returned"), 1)


RESOURCES = {
    "last piece": LastPiece(),
    "promotion budget": LastOfTheBudget(),
    "same checkout key": SameKey(),
    "same callback": SameCallback(),
    "two gateways": TwoGateways(),
    "pay against lapse": PayAgainstLapse(),
    "lapse against buyers": LapseAgainstBuyers(),
    "last refundable piece": LastRefundable(),
    "cancel against ship": CancelAgainstShip(),
    "cancel against redeem": CancelAgainstRedeem(),
    "voucher": LastVoucher(),
    "hand over": HandedOverOnce(),
    "decision on a refund": OneDecision(),
    "counted while sold": CountedWhileSold(),
    "money back": MoneyBackOnce(),
}
