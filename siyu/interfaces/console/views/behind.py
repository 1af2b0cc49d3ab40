"""What the cockpit shows as files, and the rows behind each of its figures."""

from collections.abc import Iterable
from itertools import batched
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from siyu.core.insight import metrics
from siyu.core.people.codes import code
from siyu.features.commerce.models import Order
from siyu.interfaces.console import sheets, words
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.views.cockpit import titles
from siyu.interfaces.console.views.tables import Sheet, amount

ROWS = 100


def filtered(name: str, value: str) -> Any:
    if name == "buyer":
        return words.word(f"{value}_buyers")
    return words.word(value) if name in ("stage", "segment") else value


@require_safe
@needs("insight.view")
def behind(request: HttpRequest, metric: str) -> HttpResponse:
    """The people, orders or refunds that a figure is made of."""
    names = ("month", "stage", "segment", "cohort", "from", "until", "department", "category", "buyer")
    filters = {name: request.GET[name][:40] for name in names if request.GET.get(name)}
    kind = sheets.asked(request)
    rows = metrics.behind(metric, filters, limit=sheets.MOST if kind else ROWS + 1)
    asked = metrics.METRICS[metric]
    if kind:
        sheets.note_export(request, metric, len(rows))
        return sheets.answer(kind, f"behind-{metric}", *SHEETS.get(asked.rows, orders_sheet)(rows))
    numbers = [row["person"] for row in rows]
    people = titles(numbers)
    orders = order_numbers(rows)
    context = {
        "metric": metric,
        "title": words.word(metric),
        "kind": asked.rows,
        "filters": [filtered(name, value) for name, value in filters.items()],
        "rows": [
            row
            | {
                "code": code(row["person"]),
                "name": people.get(row["person"], code(row["person"])),
                "number": orders.get(row.get("order") or 0, ""),
            }
            for row in rows[:ROWS]
        ],
        "more": len(rows) > ROWS,
        "limit": ROWS,
    }
    return render(request, "console/cockpit/behind.html", context)


def order_numbers(rows: Iterable[dict[str, Any]]) -> dict[int, str]:
    """{order: its number}"""
    wanted = [row["order"] for row in rows if row.get("order")]
    found = (Order.objects.filter(pk__in=some).values_list("pk", "number") for some in batched(wanted, 500))
    return {pk: number for some in found for pk, number in some}


def people_sheet(rows: list[dict[str, Any]]) -> Sheet:
    head = [_("Person"), _("Stage"), _("Segment"), _("Orders"), _("Spent"), _("Last order")]
    return head, (
        [
            code(row["person"]), words.word(row["stage"]), words.segment(row["segment"] or ""),
            row["orders"], amount(row["gmv"]), row["last_order_at"],
        ]
        for row in rows
    )  # fmt: skip


def orders_sheet(rows: list[dict[str, Any]]) -> Sheet:
    numbers = order_numbers(rows)
    head = [_("When"), _("Order"), _("Person"), _("Paid"), _("Discount"), _("Lines")]
    return head, (
        [
            row["happened_at"], numbers.get(row.get("order") or 0, ""), code(row["person"]), amount(row["amount"]),
            amount(row.get("discount")), row.get("lines"),
        ]
        for row in rows
    )  # fmt: skip


SHEETS = {"people": people_sheet}
