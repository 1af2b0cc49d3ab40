"""A small shop, straight into the lake: for questions that only ask what was sold."""

import itertools
import json
from datetime import UTC, date, datetime, time

import pyarrow as pa

from siyu.core.eventlog import lake

_versions = itertools.count(1)


def moment(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def row(name: str, day: date, identity: int | None = None, subject: int | None = None, **more) -> dict:
    at = moment(day)
    blank = dict.fromkeys(lake.SCHEMAS["events"].names)
    same = {"name": name, "happened_at": at, "recorded_at": at, "day": day, "month": f"{day:%Y-%m}", "source": "shop"}
    return blank | same | {"identity": identity, "subject": subject, "imported": True, "properties": "{}"} | more


def listed(product: int, category: str | None = None, department: str | None = None) -> dict:
    described = {"title": f"product {product}", "category": category, "department": department}
    return row("product.listed", date(2000, 1, 1), subject=product, properties=json.dumps(described))


def order(number: int, person: int | None, day: date, *lines: tuple[int, int]) -> dict:
    """An order of (product, amount) lines."""
    items = [{"product": product, "quantity": 1, "amount": amount, "discount": 0} for product, amount in lines]
    total = sum(amount for _, amount in lines)
    return row("order.placed", day, person, number, amount=total, discount=0, items=items)


def refund(number: int, of: int, person: int, day: date, *lines: tuple[int, int]) -> dict:
    items = [{"product": product, "quantity": 1, "amount": amount, "discount": 0} for product, amount in lines]
    total = sum(amount for _, amount in lines)
    return row("order.refunded", day, person, number, amount=total, items=items, properties=json.dumps({"order": of}))


def sell(*rows: dict) -> None:
    """Write down what happened, in the order given."""
    version = next(_versions)
    placed = [one | {"position": (version << 32) + n} for n, one in enumerate(rows)]
    table = pa.Table.from_pylist(placed, schema=lake.SCHEMAS["events"])
    assert lake.append("events", table, app="selling", version=version)
