"""The catalogue of our own shop: listings with variants and pictures, and the selection pool with its budgets."""

from datetime import datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from siyu.features.commerce import catalogue as verbs
from siyu.features.commerce import categories, margin, shelves
from siyu.features.commerce.catalogue import BadListing, BadPicture, BadSelection, Offer, Page
from siyu.features.commerce.models import Listing
from siyu.interfaces.console import sheets
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.asking import choice, text, whole
from siyu.interfaces.console.views import selling
from siyu.interfaces.console.words import refusal
from siyu.kit import clock, money
from siyu.kit.refusals import Refused

STATES = ("shown", "draft")
ROWS = 12
"""Variants that a form has room for."""
TYPED = "not_as_typed"
"""The code of what a form refuses itself, in the reader's language."""


@require_safe
@needs("catalogue.view")
def catalogue(request: HttpRequest) -> HttpResponse:
    state, search = choice(request, "state", STATES), text(request, "search")
    if kind := sheets.asked(request):
        return sheets.answer(kind, "catalogue", shelves.COLUMNS, shelves.as_file(state=state, search=search))
    page = shelves.listings(state=state, search=search, after=whole(request, "after") or 0)
    return render(request, "console/catalogue/catalogue.html", {"page": page, "states": STATES})


@require_http_methods(["GET", "HEAD", "POST"])
@needs("catalogue.change")
def new(request: HttpRequest) -> HttpResponse:
    return written(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("catalogue.change")
def one(request: HttpRequest, number: int) -> HttpResponse:
    return written(request, number)


def written(request: HttpRequest, number: int | None) -> HttpResponse:
    """The form of a listing; what is wrong with it is said above it, and what was typed stays."""
    no: Refused | None = None
    if request.method == "POST":
        try:
            made = verbs.write(page=page_of(request.POST), listing=number, at=clock.now())
            return redirect("console:catalogue-one", made.pk)
        except Refused as refused:
            no = refused
    context = {
        "no": refusal(no) if no else "",
        "one": shelves.listing(number) if number else None,
        "margin": margin.listings(number).get(number) if number else None,
        "form": typed(request.POST) if no else shelves.form(number),
        "kinds": [kind for kind, _word in Listing.KINDS],
        "shelves": categories.paths(),
    }
    return render(request, "console/catalogue/listing.html", context, status=no.status if no else 200)


def page_of(said: Any) -> Page:
    offers = [offer_of(said, n) for n in range(ROWS) if said.get(f"sku-{n}", "").strip()]
    path = [name.strip() for name in said.get("category", "").split("/") if name.strip()]
    return Page(
        title=said.get("title", ""), kind=said.get("kind", ""), text=said.get("text", "")[:20_000],
        brand=said.get("brand", "")[:100], content=said.get("content", "")[:20_000], category=path[:4], offers=offers,
    )  # fmt: skip


def offer_of(said: Any, n: int) -> Offer:
    price = amount(said, f"price-{n}")
    if price is None:
        raise BadListing(_("Variant %d has no price.") % (n + 1), code=TYPED)
    return Offer(
        sku=said[f"sku-{n}"].strip(), label=said.get(f"label-{n}", "").strip()[:100], price=price,
        member_price=amount(said, f"member-{n}"), cost=amount(said, f"cost-{n}"), tracked=f"tracked-{n}" in said,
    )  # fmt: skip


def amount(said: Any, name: str) -> int | None:
    """Minor units of what was typed in the base currency; empty: nothing was said."""
    value = said.get(name, "").strip().replace(",", "")
    if not value:
        return None
    try:
        typed = Decimal(value)
    except InvalidOperation:
        raise BadListing(_("%s is no amount of money.") % value[:20], code=TYPED) from None
    if not typed.is_finite() or not 0 <= typed < 10**10:
        raise BadListing(_("%s is no amount of money.") % value[:20], code=TYPED)
    return money.minor(typed, settings.SIYU.currency)


def typed(said: Any) -> dict[str, Any]:
    """What was typed, in the shape in which the form is filled."""
    names = ("sku", "label", "price", "member", "cost")
    rows = [
        {name: said.get(f"{name}-{n}", "") for name in names} | {"tracked": f"tracked-{n}" in said} for n in range(ROWS)
    ]
    plain = {name: said.get(name, "") for name in ("title", "kind", "text", "brand", "category", "content")}
    return plain | {"rows": rows}


@require_POST
@needs("catalogue.change")
def publish(request: HttpRequest, number: int) -> HttpResponse:
    verbs.publish(listing=number, at=clock.now())
    return redirect("console:catalogue-one", number)


@require_POST
@needs("catalogue.change")
def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    verbs.withdraw(listing=number, at=clock.now())
    return redirect("console:catalogue-one", number)


@require_POST
@needs("catalogue.change")
def picture(request: HttpRequest, number: int) -> HttpResponse:
    file = request.FILES.get("file")
    try:
        if file is None or file.size is None or file.size > verbs.LARGEST:
            raise BadPicture(_("Choose a picture of at most 10 MiB."))
        verbs.add_picture(listing=number, data=file.read(), alt=request.POST.get("alt", ""))
    except Refused as no:
        messages.error(request, refusal(no))
    return redirect("console:catalogue-one", number)


@require_POST
@needs("catalogue.change")
def unpicture(request: HttpRequest, number: int, picture: int) -> HttpResponse:
    verbs.remove_picture(listing=number, picture=picture)
    return redirect("console:catalogue-one", number)


@require_safe
@needs("catalogue.view")
def pool(request: HttpRequest) -> HttpResponse:
    rows = shelves.pool()
    if kind := sheets.asked(request):
        return sheets.answer(kind, "selection-pool", *selling.pool(rows))
    return render(request, "console/catalogue/pool.html", {"rows": rows, "products": shelves.for_sale()})


@require_POST
@needs("catalogue.change")
def select(request: HttpRequest) -> HttpResponse:
    said = request.POST
    try:
        verbs.choose(
            product=int(said.get("product", "0")) if said.get("product", "").isdecimal() else 0,
            price=amount(said, "price") or 0,
            budget=amount(said, "budget") or 0,
            supplier=said.get("supplier", ""),
            commission=round(100 * float(said.get("commission") or 0)),
            samples=int(said.get("samples") or 0),
            begins_at=day(said, "begins"),
            ends_at=day(said, "ends"),
        )
    except Refused as no:
        messages.error(request, refusal(no))
    except ValueError:
        messages.error(request, _("One of the numbers is none."))
    return redirect("console:catalogue-pool")


def day(said: Any, name: str) -> datetime:
    """The first moment of a day in the brand's zone."""
    try:
        at = datetime.fromisoformat(said.get(name, ""))
    except ValueError:
        raise BadSelection(_("A promotion has a first day and a day on which it is over."), code=TYPED) from None
    return datetime.combine(at.date(), time.min, ZoneInfo(settings.SIYU.zone))
