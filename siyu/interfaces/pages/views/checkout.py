"""From the cart to a paid order."""

import secrets
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from siyu.features.commerce import buying, checkout, shopfront
from siyu.features.commerce.checkout import Address, Bill, By, PriceChanged, Want
from siyu.features.commerce.payments import Begun
from siyu.features.commerce.pricing.holding import SoldOut
from siyu.features.loyalty.coupons.queries import at_the_desk
from siyu.interfaces.pages import codes
from siyu.interfaces.pages.access import member_required, mine, show
from siyu.interfaces.pages.words import WAYS, refusal
from siyu.kit import clock
from siyu.kit.callers import address
from siyu.kit.refusals import Refused

FIELDS = ("name", "phone", "region", "street")
MOST_COUPONS = 20


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def desk(request: HttpRequest) -> HttpResponse:
    """The quote line by line, and the form. What is sent carries the key that the form was given, so that a second
    tap, or a second try after a lost answer, is the same order."""
    if request.method == "POST":
        return check_out(request)
    return shown(request, kind=request.GET.get("kind", ""), coupons=chosen(request.GET), said={})


def chosen(said: QueryDict) -> tuple[str, ...]:
    """Coupons that the page says are wanted; none said: the best combination."""
    return tuple(one[:40] for one in said.getlist("coupon")[:MOST_COUPONS])


def shown(
    request: HttpRequest, *, kind: str, coupons: tuple[str, ...], said: dict[str, Any], status: int = 200
) -> HttpResponse:
    try:
        there = at_the_desk(identity=mine(request).identity, kind=kind, codes=coupons, at=clock.now())
    except checkout.NothingToBuy:
        return redirect("pages:cart")
    found = there.desk
    form = {**filled(found), **{name: value for name, value in request.POST.items() if name not in ("key", "expected")}}
    page = {"desk": found, "there": there, "form": form, "key": secrets.token_hex(16), **said}
    return show(request, "pages/desk.html", page, status=status)


def filled(found: shopfront.Desk) -> dict[str, str]:
    """The form as it begins: where the last order went."""
    return {name: getattr(found.address, name) for name in FIELDS} if found.address else {}


def check_out(request: HttpRequest) -> HttpResponse:
    said = {name: str(value).replace("\0", "").strip()[:200] for name, value in request.POST.items()}
    try:
        order = checkout.check_out(
            identity=mine(request).identity,
            wants=wanted(request),
            by=by(said),
            expected=whole(said.get("expected", "")),
            key=said.get("key", "")[:64] or secrets.token_hex(16),
            codes=chosen(request.POST),
            bill=bill(said),
            at=clock.now(),
        )
    except Refused as no:
        sentence = (
            _("Prices have changed meanwhile. Look again before you order.")
            if isinstance(no, PriceChanged)
            else refusal(no)
        )
        problem = {"refused": sentence, "to_cart": isinstance(no, SoldOut)}
        coupons = chosen(request.POST)
        return shown(request, kind=said.get("kind", ""), coupons=coupons, said=problem, status=no.status)
    return redirect("pages:orders-pay", codes.code("order", order.pk))


def wanted(request: HttpRequest) -> list[Want]:
    """What the form showed, and not what the cart has come to hold since."""
    pairs = zip(request.POST.getlist("variant"), request.POST.getlist("quantity"), strict=False)
    return [Want(codes.number("variant", one), whole(many)) for one, many in pairs]


def whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else -1


def by(said: dict[str, str]) -> By:
    kind = said.get("kind", "")
    if kind == "ship":
        return By("ship", address=Address(*(said.get(name, "") for name in FIELDS)))
    return By("pick_up", store=whole(said.get("store", ""))) if kind == "pick_up" else By()


def bill(said: dict[str, str]) -> Bill | None:
    if not said.get("title"):
        return None
    kind = "company" if said.get("tax_number") else "person"
    return Bill(kind, said["title"], said.get("tax_number", "")[:30], said.get("email", ""))


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def pay(request: HttpRequest, code: str) -> HttpResponse:
    """Choose how, of what suits this browser; then on to the wallet."""
    who, number = mine(request).identity, codes.number("order", code)
    if request.method == "POST":
        gateway = request.POST.get("gateway", "")
        begun = buying.pay(identity=who, number=number, gateway=gateway, address=address(request), at=clock.now())
        return wallet(request, code, gateway, begun)
    order, until, ways = buying.ways_to_pay(identity=who, number=number)
    if order.state != "to_pay":
        return redirect("pages:orders-one", code)
    named = [(name, *called(name)) for name in ways if suits(name, request.headers.get("User-Agent", ""))]
    return show(request, "pages/pay.html", {"order": order, "until": until, "ways": named, "code": code})


def called(gateway: str) -> tuple[Any, Any]:
    """Its name and what is to know of it: of a bank transfer, the account."""
    label, note = WAYS.get(gateway, (gateway, ""))
    return label, settings.SIYU.bank_account if gateway == "offline" else note


def wallet(request: HttpRequest, code: str, gateway: str, begun: Begun) -> HttpResponse:
    """A page of its own leads to the gateway: our policy sends no form elsewhere, not by a redirect either."""
    if begun.url or begun.parameters:
        page = {"code": code, "url": begun.url, "here": begun.url.startswith("weixin:"), "parameters": begun.parameters}
        return show(request, "pages/wallet.html", page)
    return redirect("pages:orders-press" if gateway == "demo" else "pages:orders-one", code)


def suits(gateway: str, agent: str) -> bool:
    """Inside WeChat its own wallet only; in a phone's browser what opens an app; at a desk what is scanned."""
    inside, phone = "MicroMessenger" in agent, "Mobile" in agent
    places = {
        "wechat_jsapi": inside,
        "wechat_h5": phone and not inside,
        "wechat": not phone and not inside,
        "alipay": phone and not inside,
        "alipay_page": not phone and not inside,
    }
    return places.get(gateway, True)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def press(request: HttpRequest, code: str) -> HttpResponse:
    """The demo's till: a button that stands for money."""
    who, number = mine(request).identity, codes.number("order", code)
    if request.method == "POST":
        buying.press(identity=who, number=number, at=clock.now())
        messages.success(request, _("Paid. Thank you!"))
        return redirect("pages:orders-one", code)
    order, _until, ways = buying.ways_to_pay(identity=who, number=number)
    if order.state != "to_pay" or "demo" not in ways:
        return redirect("pages:orders-one", code)
    return show(request, "pages/press.html", {"order": order, "code": code})
