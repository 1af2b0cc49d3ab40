"""A phone or an e-mail, then the code that was sent there."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from siyu.core.links.visitors import browser
from siyu.core.outreach.codes import send_code
from siyu.core.people.members.asking import LIVES
from siyu.core.people.members.joining import sign_in
from siyu.core.people.members.sessions import sign_out, sign_out_everywhere
from siyu.features.commerce.carts import bring_along
from siyu.interfaces.pages import access
from siyu.interfaces.pages.access import going_on, me, member_required, mine, open_to_anybody, show
from siyu.interfaces.pages.speaking import speaking
from siyu.interfaces.pages.words import refusal
from siyu.kit import clock
from siyu.kit.callers import address
from siyu.kit.refusals import Refused

ASKED = "siyu_asked"
"""Between the two steps the browser keeps the contact, signed, for as long as the code is good."""


@open_to_anybody
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """The same answer whether the house knows the contact or not."""
    back = going_on(request)
    if request.method != "POST":
        return redirect(back or "pages:home") if me(request) else show(request, "pages/sign_in.html", {"next": back})
    contact = request.POST.get("contact", "").strip()[:200]
    try:
        send_code(contact=contact, address=address(request), at=clock.now())
    except Refused as no:
        said = {"next": back, "contact": contact, "refused": refusal(no)}
        return show(request, "pages/sign_in.html", said, status=no.status)
    answer = redirect(reverse("pages:sign-in-code") + (f"?{urlencode({'next': back})}" if back else ""))
    seconds = int(LIVES.total_seconds())
    answer.set_signed_cookie(ASKED, contact, salt=ASKED, **access.sealed(seconds))
    return answer


@open_to_anybody
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    back, lives = going_on(request), int(LIVES.total_seconds())
    contact = request.get_signed_cookie(ASKED, default="", salt=ASKED, max_age=lives)
    if not contact:
        return redirect("pages:sign-in")
    said = {"next": back, "contact": contact}
    if request.method != "POST":
        return show(request, "pages/code.html", said)
    code, language = request.POST.get("code", "")[:20], get_language() or ""
    try:
        entered = sign_in(
            contact=contact, code=code, address=address(request), at=clock.now(), language=language,
            device=browser(request.COOKIES),
        )  # fmt: skip
    except Refused as no:
        return show(request, "pages/code.html", {**said, "refused": refusal(no)}, status=no.status)
    if brought := request.COOKIES.get(access.CART):
        bring_along(cookie=brought, identity=entered.identity, at=clock.now())
    rotate_token(request)
    answer = access.remember(redirect(back or "pages:home"), entered.token)
    for name in (ASKED, access.CART):
        answer.delete_cookie(name, path=access.PATH, samesite="Lax")
    return speaking(answer, entered.language)


@require_POST
@member_required
def leave(request: HttpRequest) -> HttpResponse:
    sign_out(token=request.COOKIES[access.COOKIE], at=clock.now())
    return access.forget(redirect("pages:sign-in"))


@require_POST
@member_required
def leave_everywhere(request: HttpRequest) -> HttpResponse:
    sign_out_everywhere(member=mine(request).member, at=clock.now())
    return access.forget(redirect("pages:sign-in"))
