"""My orders. Another member's is a page that is not there."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from siyu.features.commerce import buying
from siyu.interfaces.pages import codes
from siyu.interfaces.pages.access import member_required, mine, show
from siyu.interfaces.pages.words import refusal
from siyu.kit import clock
from siyu.kit.refusals import Refused


@require_safe
@member_required
def orders(request: HttpRequest) -> HttpResponse:
    state = request.GET.get("state", "")
    before = codes.number("order", text) if (text := request.GET.get("before", "")) else None
    found = buying.orders(identity=mine(request).identity, state=state, before=before)
    more = found[buying.PAGE - 1].number if len(found) > buying.PAGE else None
    return show(request, "pages/orders.html", {"orders": found[: buying.PAGE], "state": state, "more": more})


@require_safe
@member_required
def order(request: HttpRequest, code: str) -> HttpResponse:
    found = buying.order(identity=mine(request).identity, number=codes.number("order", code))
    return show(request, "pages/order.html", {"order": found, "code": code})


@require_POST
@member_required
def cancel(request: HttpRequest, code: str) -> HttpResponse:
    buying.cancel(identity=mine(request).identity, number=codes.number("order", code), at=clock.now())
    messages.success(request, _("The order is cancelled."))
    return redirect("pages:orders-one", code)


@require_POST
@member_required
def confirm(request: HttpRequest, code: str) -> HttpResponse:
    buying.confirm(identity=mine(request).identity, number=codes.number("order", code), at=clock.now())
    messages.success(request, _("Thank you. Enjoy it!"))
    return redirect("pages:orders-one", code)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def refund(request: HttpRequest, code: str) -> HttpResponse:
    """Which lines and how many pieces of each, and why; an operator decides."""
    who, number = mine(request).identity, codes.number("order", code)
    if request.method != "POST":
        return form(request, code, "")
    reason = request.POST.get("reason", "").replace("\0", "").strip()[:200]
    try:
        if not reason:
            return form(request, code, _("Say what is wrong with it."), status=422)
        buying.ask_refund(identity=who, number=number, pieces=pieces(request), reason=reason, at=clock.now())
    except Refused as no:
        return form(request, code, refusal(no), status=no.status)
    messages.success(request, _("We have it, and will look at it soon."))
    return redirect("pages:orders-one", code)


def form(request: HttpRequest, code: str, refused: str, status: int = 200) -> HttpResponse:
    found = buying.order(identity=mine(request).identity, number=codes.number("order", code))
    if "refund" not in found.may:
        return redirect("pages:orders-one", code)
    said = {"order": found, "code": code, "refused": refused, "reason": request.POST.get("reason", "")}
    return show(request, "pages/refund.html", said, status=status)


def pieces(request: HttpRequest) -> dict[int, int]:
    """{line's ordinal: how many} of what is more than none."""
    asked = {name.removeprefix("line-"): str(many) for name, many in request.POST.items() if name.startswith("line-")}
    numbers = {int(n): int(many) for n, many in asked.items() if n.isdecimal() and many.isdecimal() and len(many) < 6}
    return {n: many for n, many in numbers.items() if many}
