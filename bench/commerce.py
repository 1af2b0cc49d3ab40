"""Orders through the whole verbs, beside the same writes in plain SQL; and a thousand clients after one piece.

    .venv/bin/python -m bench.commerce [--database sqlite|postgresql] [--orders 500] [--clients 8] [--crowd 1000]

`verbs` is `check_out`, `begin` and `paid`, one after the other; `clients` the same by several processes, each a buyer
with a thing of its own, as in a shop of many, and `raw_clients` the writes of those in plain SQL; `one_thing` by
several processes after the same thing, whose stock is one row; `raw` a loop of prepared SQL that writes equal rows to
the same tables in the same three transactions, with nothing read but what the database must look up. Limits that the
project set itself: 300 orders a second on SQLite, 500 on PostgreSQL with several clients. `crowd`: that many buyers
check out the last piece, thirty-two at a time; one wins. Prints one JSON document, with the load average, since on a
busy machine the ratio says more than the rate.
"""

import argparse
import json
import multiprocessing
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

AT = datetime(2026, 6, 1, 4, tzinfo=UTC)
TABLES = (
    "commerce_order", "commerce_line", "commerce_pricestep", "commerce_fulfilment", "commerce_reservation",
    "commerce_payment", "commerce_movement", "eventlog_entry",
)  # fmt: skip
OPENING = 5
"""Of those tables, the ones that a checkout writes to; it announces one event more."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--orders", type=int, default=500)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--crowd", type=int, default=1000)
    args = parser.parse_args()
    os.environ |= {"SIYU_TEST_DATABASE": args.database, "DJANGO_SETTINGS_MODULE": "siyu.conf.settings"}
    from tests import home  # a data folder and a server of its own

    try:
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        print(json.dumps(measured(args), indent=1))
    finally:
        home.pytest_sessionfinish()


def measured(args: argparse.Namespace) -> dict[str, Any]:
    from siyu.features.commerce import payments
    from tests.features.shop.brand import Till, open_shop

    shop = open_shop(pieces=10**6)
    payments.add(Till())
    told: dict[str, Any] = {"database": args.database, "load": os.getloadavg()[0]}
    sell(shop, "first")
    told["verbs"] = each(args.orders, lambda n: sell(shop, f"one {n}"))
    raw = Raw(stock_of(shop))
    told["raw"] = each(args.orders, raw.sell)
    told["verbs_to_raw"] = round(told["verbs"]["a_second"] / told["raw"]["a_second"], 3)
    shelves = [shelf(shop, n) for n in range(args.clients)]
    told["clients"] = together(args.clients, args.orders, lambda client, n: sell(shelves[client], f"many {n}"))
    raws = [Raw(stock_of(each)) for each in shelves]
    told["raw_clients"] = together(args.clients, args.orders, lambda client, n: raws[client].sell(args.orders + n))
    told["clients_to_raw"] = round(told["clients"]["a_second"] / told["raw_clients"]["a_second"], 3)
    told["one_thing"] = together(
        args.clients, args.orders, lambda client, n: sell(replace(shelves[client], tea=shop.tea), f"one {n}")
    )
    return told | {"crowd": crowd(shop, args.crowd)}


def sell(shop: Any, key: str, who: int = 0) -> None:
    from tests.features.shop.brand import Want, checkout, money, payments

    made = checkout.check_out(
        identity=shop.bob if who % 2 else shop.alice, wants=[Want(shop.tea, 1)], by=shop.fetched, expected=900,
        key=key, at=AT,
    )  # fmt: skip
    payment, _ = payments.begin(order=made, gateway="till", at=AT)
    assert payments.paid(gateway="till", money=money(payment), at=AT) == "settled"


def stock_of(shop: Any) -> int:
    from siyu.features.commerce.models import Stock, Variant

    product = Variant.objects.get(pk=shop.tea).product_id
    return Stock.objects.get(product=product, store=shop.corner).pk


class Raw:
    """Writes again what the last sale wrote, under new numbers."""

    def __init__(self, stock: int) -> None:
        from django.db import connection

        self.stock = stock

        self.rows: list[tuple[str, dict[str, Any]]] = []
        with connection.cursor() as cursor:
            for table in TABLES:
                key = "position" if table == "eventlog_entry" else "id"
                most = 3 if table == "eventlog_entry" else 1
                cursor.execute(f"SELECT * FROM {table} ORDER BY {key} DESC LIMIT {most}")
                names = [column[0] for column in cursor.description]
                self.rows += [(table, self.fresh(names, row, key)) for row in cursor.fetchall()]

    def fresh(self, names: list[str], row: Any, key: str) -> dict[str, Any]:
        values = {name: value for name, value in zip(names, row, strict=True) if name not in (key, "xid")}
        return {name: json.dumps(v) if isinstance(v, dict) else v for name, v in values.items()}

    def sell(self, n: int) -> None:
        from django.db import connection, transaction

        parents: dict[str, int] = {}
        parts = (self.rows[:OPENING], self.rows[OPENING : OPENING + 1], self.rows[OPENING + 1 :])
        for part in parts:
            with transaction.atomic(), connection.cursor() as cursor:
                if part is not parts[1]:
                    cursor.execute("UPDATE commerce_stock SET reserved = reserved WHERE id = %s", [self.stock])
                for table, row in part:
                    self.write(cursor, table, row | parents, n, parents)

    def write(self, cursor: Any, table: str, row: dict[str, Any], n: int, parents: dict[str, int]) -> None:
        own = dict(row)
        for name in ("order_id", "line_id"):
            if name not in self.columns(table):
                own.pop(name, None)
        if table in ("commerce_order", "commerce_payment"):
            own["number"] = f"raw {n}"
        if table == "commerce_payment":
            own["reference"] = f"raw {n}"
        back = "" if table == "eventlog_entry" else " RETURNING id"
        marks = ", ".join(["%s"] * len(own))
        cursor.execute(f"INSERT INTO {table} ({', '.join(own)}) VALUES ({marks}){back}", list(own.values()))
        if table in ("commerce_order", "commerce_line"):
            parents["order_id" if table == "commerce_order" else "line_id"] = cursor.fetchone()[0]
        elif back:
            cursor.fetchone()

    def columns(self, table: str) -> set[str]:
        return next(set(row) for name, row in self.rows if name == table)


def each(times: int, work: Callable[[int], None]) -> dict[str, float]:
    began, busy = time.perf_counter(), time.process_time()
    for n in range(times):
        work(n)
    took = time.perf_counter() - began
    return {"a_second": round(times / took, 1), "cpu_ms": round((time.process_time() - busy) / times * 1000, 2)}


def shelf(shop: Any, n: int) -> Any:
    """A thing of its own, and somebody who buys it."""
    from siyu.core.people.numbers import number
    from siyu.features.commerce import catalogue, stock
    from siyu.features.commerce.catalogue import Offer, Page
    from siyu.features.commerce.models import Variant

    page = Page(f"Thing {n}", [Offer(f"thing {n}", 1000, "", 900, 400)], category=["Food", "Tea"])
    catalogue.publish(listing=catalogue.write(page=page, at=AT).pk, at=AT)
    made = Variant.objects.select_related("product").get(product__sku=f"thing {n}")
    stock.move(product=made.product, store=shop.corner, quantity=10**6, reason="received", by="lin", at=AT)
    buyer = number({("member", f"buyer {n}"): AT}, source="siyu")["member", f"buyer {n}"]
    return replace(shop, tea=made.pk, alice=buyer)


def together(clients: int, times: int, work: Callable[[int, int], None]) -> dict[str, float]:
    """By so many processes, each with a connection of its own."""
    from django.db import connections

    connections.close_all()
    forked = multiprocessing.get_context("fork")

    def some(client: int) -> None:
        for n in range(client, times, clients):
            work(client, n)
        connections.close_all()

    parts = [forked.Process(target=some, args=[client]) for client in range(clients)]
    began = time.perf_counter()
    for part in parts:
        part.start()
    for part in parts:
        part.join()
    assert all(part.exitcode == 0 for part in parts)
    return {"clients": clients, "a_second": round(times / (time.perf_counter() - began), 1)}


def crowd(shop: Any, clients: int) -> dict[str, float]:
    from django.db import connections

    from siyu.core.people.numbers import number
    from siyu.features.commerce import stock
    from siyu.features.commerce.models import Store, Variant
    from siyu.kit.refusals import Refused
    from tests.features.shop.brand import By, Want, checkout

    store = Store.objects.create(name="Shelf")
    tea = Variant.objects.select_related("product").get(pk=shop.tea).product
    stock.move(product=tea, store=store, quantity=1, reason="received", by="lin", at=AT)
    names = [("member", f"crowd {n}") for n in range(clients)]
    numbers = number(dict.fromkeys(names, AT), source="siyu")

    def one(name: tuple[str, str]) -> bool:
        try:
            checkout.check_out(
                identity=numbers[name], wants=[Want(shop.tea, 1)], by=By("pick_up", store=store.pk), expected=900,
                key="crowd", at=AT,
            )  # fmt: skip
        except Refused:
            return False
        return True

    began = time.perf_counter()
    with ThreadPoolExecutor(32) as pool:
        winners = sum(pool.map(one, names))
        took = time.perf_counter() - began
        list(pool.map(lambda _: connections.close_all(), range(64)))
    return {"clients": clients, "winners": winners, "seconds": round(took, 1)}


if __name__ == "__main__":
    main()
