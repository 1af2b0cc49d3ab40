"""Shops elsewhere: connected, watched, mended, disconnected."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from siyu.core.team import trail
from siyu.features.commerce.shops import connecting, standings, taking
from siyu.features.commerce.shops.models import Delivery, Shop
from siyu.interfaces.console.access import needs
from siyu.kit import clock


@require_safe
@needs("sources.view")
def listed(request: HttpRequest) -> HttpResponse:
    told = {"rows": standings.standings(), "kinds": connecting.KINDS, "currency": settings.SIYU.currency}
    return render(request, "console/shops/shops.html", told)


@never_cache
@sensitive_post_parameters("secret")
@require_POST
@needs("sources.manage")
def connect(request: HttpRequest) -> HttpResponse:
    """A secret that was made here is shown once, in the answer."""
    said = {name: request.POST.get(name, "") for name in ("name", "kind", "secret", "source")}
    currency = request.POST.get("currency", "").strip().upper()
    shop, secret = connecting.connect(**said, currency=currency, at=clock.now())
    trail.note(shop, "shop_connected", by=request.user)
    if said["secret"].strip():
        return redirect("console:shops-one", shop.pk)
    told = {"shop": shop, "secret": secret, "address": address(request, shop.path)}
    return render(request, "console/shops/secret.html", told)


@never_cache
@require_safe
@needs("sources.view")
def one(request: HttpRequest, number: int) -> HttpResponse:
    shop = found(number)
    (row,) = standings.standings(shop)
    told = {"row": row, "address": address(request, row.path), "deliveries": standings.last(shop)}
    return render(request, "console/shops/shop.html", {**told, "stuck": standings.last(shop, stuck=True)})


def address(request: HttpRequest, path: str) -> str:
    return f"{request.scheme}://{request.get_host()}{path}"


@require_POST
@needs("sources.manage")
def close(request: HttpRequest, number: int) -> HttpResponse:
    shop = connecting.close(shop=found(number), at=clock.now())
    trail.note(shop, "shop_closed", by=request.user)
    messages.success(request, _("The shop is disconnected; what it has told stays."))
    return redirect("console:shops-one", number)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("sources.manage")
def mend(request: HttpRequest, number: int, delivery: int) -> HttpResponse:
    shop, wrong = found(number), left_open(number, delivery)
    if request.method == "POST":
        taking.mend(delivery=wrong, body=request.POST.get("body", ""))
        trail.note(shop, "delivery_mended", by=request.user)
        messages.success(request, _("It is tried again within seconds."))
        return redirect("console:shops-one", number)
    return render(request, "console/shops/mend.html", {"shop": shop, "wrong": wrong})


@require_POST
@needs("sources.manage")
def discard(request: HttpRequest, number: int, delivery: int) -> HttpResponse:
    taking.discard(delivery=left_open(number, delivery))
    trail.note(found(number), "delivery_discarded", by=request.user)
    return redirect("console:shops-one", number)


def found(number: int) -> Shop:
    shop = Shop.objects.filter(pk=number).first()
    if shop is None:
        raise Http404
    return shop


def left_open(number: int, delivery: int) -> Delivery:
    wrong = found(number).deliveries.filter(pk=delivery, outcome__in=taking.LEFT_OPEN).first()
    if wrong is None:
        raise Http404
    return wrong
