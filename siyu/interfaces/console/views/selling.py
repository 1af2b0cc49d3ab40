"""Tables of our own shop as files: head and rows of what its pages show."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from siyu.core.people.codes import code
from siyu.features.commerce.desk import Row
from siyu.features.commerce.models import Movement, Stock
from siyu.interfaces.console import words
from siyu.interfaces.console.views.tables import Sheet, amount


def orders(rows: Iterable[Row]) -> Sheet:
    head = [
        _("Order"), _("Checked out"), _("State"), _("Way"), _("Store"), _("Person"), _("Pieces"), _("Goods"),
        _("Shipping"), _("Currency"),
    ]  # fmt: skip
    return head, (
        [
            row.number, row.opened_at, words.word(row.state), words.word(row.kind), row.store,
            code(row.person) if row.person else "", row.pieces, amount(row.amount), amount(row.shipping), row.currency,
        ]
        for row in rows
    )  # fmt: skip


def stock(rows: Iterable[Stock]) -> Sheet:
    head = [_("SKU"), _("Product"), _("Store"), _("On hand"), _("Promised")]
    return head, ([one.product.sku, one.product.title, one.store.name, one.on_hand, one.reserved] for one in rows)


def movements(rows: Iterable[Movement]) -> Sheet:
    head = [_("When"), _("Why"), _("Pieces"), _("Order"), _("Who"), _("Note")]
    return head, (
        [one.at, words.word(one.reason), one.quantity, one.order.number if one.order else "", one.by, one.note]
        for one in rows
    )


def pool(rows: Iterable[dict[str, Any]]) -> Sheet:
    head = [
        _("Product"), _("Supplier"), _("First day"), _("Over on"), _("Price"), _("List price"), _("Commission in %"),
        _("Samples"), _("Budget"), _("Budget left"),
    ]  # fmt: skip
    return head, ([row["title"], *chosen(row)] for row in rows)


def chosen(row: dict[str, Any]) -> list[Any]:
    one = row["selection"]
    return [
        one.supplier.name if one.supplier else "", one.begins_at, one.ends_at, amount(one.price),
        amount(row["list_price"]), one.commission / 100, one.samples, amount(one.budget), amount(row["left"]),
    ]  # fmt: skip
