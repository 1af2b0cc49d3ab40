"""A small shop of our own: tea in two sizes, a lesson, two stores; Alice is a member."""

from dataclasses import dataclass
from datetime import UTC, datetime

from siyu.core.people.numbers import number
from siyu.features.commerce import catalogue, checkout, payments, stock
from siyu.features.commerce.catalogue import Offer, Page
from siyu.features.commerce.checkout import Address, By, Want
from siyu.features.commerce.models import Order, Payment, Store, Variant
from siyu.features.commerce.payments import Begun, Money, StillOpen

NOW = datetime(2026, 6, 1, 4, tzinfo=UTC)
HOME = Address("Alice", "13800000000", "Shanghai", "Nanjing Road 1")


@dataclass(frozen=True)
class Shop:
    alice: int
    bob: int
    tea: int
    big: int
    lesson: int
    warehouse: Store
    corner: Store

    @property
    def shipped(self) -> By:
        return By("ship", address=HOME)

    @property
    def fetched(self) -> By:
        return By("pick_up", store=self.corner.pk)


def open_shop(pieces: int = 5) -> Shop:
    """Tea costs 10.00 (members 9.00), the big one 25.00, the lesson 99.00; `pieces` of either tea in each store."""
    members = number({("member", name): NOW for name in ("alice", "bob")}, source="siyu")
    tea = Page("Tea", [Offer("tea", 1000, "small", 900, 400), Offer("big", 2500, "big")], category=["Food", "Tea"])
    lesson = Page("Lesson", [Offer("lesson", 9900, tracked=False)], kind="service")
    for page in (tea, lesson):
        catalogue.publish(listing=catalogue.write(page=page, at=NOW).pk, at=NOW)
    ids = dict(Variant.objects.values_list("product__sku", "pk"))
    stores = [Store.objects.create(name="Warehouse", ships=True, picks_up=False), Store.objects.create(name="Corner")]
    for variant in Variant.objects.filter(tracked=True).select_related("product").order_by("pk"):
        for store in stores if pieces else []:
            stock.move(product=variant.product, store=store, quantity=pieces, reason="received", by="lin", at=NOW)
    return Shop(members["member", "alice"], members["member", "bob"], ids["tea"], ids["big"], ids["lesson"], *stores)


def order(
    shop: Shop, *wants: tuple[int, int], by: By | None = None, key: str = "k", at: datetime = NOW, who=0
) -> Order:
    """Check out what `quote` says, as a page does."""
    asked = {"wants": [Want(*want) for want in wants or [(shop.tea, 1)]], "identity": who or shop.alice}
    by = by or shop.shipped
    agreed = checkout.quote(**asked, by=by, at=at)
    return checkout.check_out(**asked, by=by, expected=agreed.total, key=key, at=at)


class Till:
    """A gateway for tests: it keeps what it gave back by key, and can be told to be slow."""

    name = "till"
    by_hand = False

    def __init__(self) -> None:
        self.given: dict[str, int] = {}
        self.asked = 0
        self.slow = False
        self.has: dict[str, Money] = {}

    def begin(self, payment: Payment, *, at: datetime) -> Begun:
        return Begun(url=f"https://till.example/{payment.number}")

    def ask(self, payment: Payment) -> Money | None:
        return self.has.get(payment.number)

    def give_back(self, payment: Payment, *, key: str, amount: int) -> str:
        self.asked += 1
        if self.slow:
            raise StillOpen
        assert self.given.setdefault(key, amount) == amount
        return f"back-{key}"


def money(payment: Payment, reference: str = "") -> Money:
    return Money(payment.number, payment.amount, payment.currency, reference or f"ref-{payment.number}")


def pay(made: Order, at: datetime = NOW) -> Payment:
    payment, _ = payments.begin(order=made, gateway="till", at=at)
    payments.paid(gateway="till", money=money(payment), at=at)
    made.refresh_from_db()
    payment.refresh_from_db()
    return payment
