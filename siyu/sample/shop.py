"""A shop of the sample brand's own: what its households bought most, at the prices that they paid, in two stores.

Titles, categories and prices are real. Stock, promotions, the lessons, the member and the orders that wait are made up
and say so; no order is paid, so that the figures of the real history stay what they are.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
from django.db import transaction

from siyu.core.eventlog.directory import Match
from siyu.core.people.graph.observing import observe
from siyu.core.people.members.joining import join
from siyu.core.people.models import Contact
from siyu.core.people.numbers import number
from siyu.features.commerce import catalogue, checkout, payments, stock
from siyu.features.commerce.catalogue import Offer, Page
from siyu.features.commerce.checkout import Address, By, Want
from siyu.features.commerce.models import Listing, Order, Store, Variant
from siyu.sample import points

PHONE = "13900001234"
"""Of the made-up member: household 1's, if it had told one."""
HOUSEHOLD = "1"
BY = "sample (synthetic)"
BEST = f"""
    SELECT arg_max(product_id, sold), title, department, product_category, brand, round(100 * arg_max(price, sold))
    FROM (
        SELECT product_id, sum(quantity) AS sold, median((sales_value + discount) / quantity) AS price
        FROM '{Path(__file__).parent}/orders.parquet' WHERE quantity BETWEEN 1 AND 20 GROUP BY ALL
    ) JOIN '{Path(__file__).parent}/products.parquet' USING (product_id)
    WHERE department NOT IN ('FUEL', 'MISCELLANEOUS') AND title <> 'CIGARETTES' AND price >= 0.5
    GROUP BY ALL ORDER BY max(sold) DESC, title LIMIT 24"""


@transaction.atomic
def open_shop(namespace: str, at: datetime) -> None:
    """Write the catalogue, fill two stores, and leave a few orders of a member; a second time changes nothing."""
    if Listing.objects.exists():
        return
    for page in [*best_sellers(), *lessons()]:
        catalogue.publish(listing=catalogue.write(page=page, at=at).pk, at=at)
    fill_stores(at)
    promote(at)
    member = becomes_member(namespace, at)
    leave_orders(member, at)
    points.open_programme(member, at)


def best_sellers() -> Iterator[Page]:
    for product, title, department, category, brand, price in duckdb.execute(BEST).fetchall():
        cents = int(price)
        offer = Offer(str(product), cents, "", cents - cents // 10, cents * 7 // 10)
        yield Page(
            title=readable(title),
            text=f"{readable(title)}. Cost and member price are made up.",
            category=[readable(department), readable(category)],
            brand=f"{brand} brand",
            offers=[offer],
        )


def readable(title: str) -> str:
    """The grocer's till writes in capitals."""
    return title.capitalize()


def lessons() -> Iterator[Page]:
    said = "Made up, to show what is not shipped."
    yield Page("Cooking lesson", [Offer("lesson", 2500, "evening", 2000, tracked=False)], "service", said, ["Lessons"])
    yield Page("Recipe book", [Offer("recipes", 500, tracked=False)], "digital", said, ["Lessons"], "", "Soup: …")


def fill_stores(at: datetime) -> None:
    warehouse = stock.set_up(name="Warehouse", address="12 Mill Road", ships=True, picks_up=False)
    corner = stock.set_up(name="Corner store", address="3 Market Square", hours="9–20", phone="555 0101")
    tracked = Variant.objects.filter(tracked=True).select_related("product").order_by("pk")
    for n, variant in enumerate(tracked):
        for store, pieces in ((warehouse, 40 + 7 * n % 60), (corner, 3 + n % 9)):
            stock.move(product=variant.product, store=store, quantity=pieces, reason="received", by=BY, at=at)


def promote(at: datetime) -> None:
    for variant in Variant.objects.filter(tracked=True).order_by("pk")[:2]:
        catalogue.choose(
            product=variant.product_id, price=variant.price * 3 // 4, budget=20_000, supplier="Mill Road Farms",
            begins_at=at - timedelta(days=1), ends_at=at + timedelta(days=30), commission=500, samples=5,
        )  # fmt: skip


def becomes_member(namespace: str, at: datetime) -> int:
    """Household 1 signs in by phone: nobody new."""
    phone, household = ("phone", PHONE), (namespace, HOUSEHOLD)
    known = number({phone: at, household: at}, source=BY)
    observe([Match(known[phone], known[household], "identify", at, BY)])
    there = Contact.objects.filter(identity=known[phone]).first()
    member = there.member if there else join(known[phone], via="phone", at=at, language="")
    return member.identity_id


def leave_orders(buyer: int, at: datetime) -> None:
    """One to pack and pay in the store, one that waits for its money."""
    tracked = Variant.objects.filter(tracked=True).order_by("pk")
    wants = [Want(pk, 1) for pk in tracked.values_list("pk", flat=True)[:3]]
    corner = Store.objects.get(name="Corner store")
    fetched = order(buyer, wants[:2], By("pick_up", store=corner.pk), "sample-fetched", at)
    if "cash" in payments.GATEWAYS:
        payments.begin(order=fetched, gateway="cash", at=at)
    home = Address("Household 1", PHONE, "Springfield", "742 Evergreen Terrace")
    order(buyer, wants[1:], By("ship", address=home), "sample-shipped", at)


def order(buyer: int, wants: list[Want], by: By, key: str, at: datetime) -> Order:
    agreed = checkout.quote(wants=wants, identity=buyer, by=by, at=at)
    return checkout.check_out(identity=buyer, wants=wants, by=by, expected=agreed.total, key=key, at=at)
