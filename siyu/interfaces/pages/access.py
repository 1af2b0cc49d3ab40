"""Every page says whose it is: a member's, or anybody's. A test walks all addresses and fails where one does not."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache

from siyu.core.people.members import sessions
from siyu.core.people.members.sessions import LASTS, Me
from siyu.features.commerce.carts import Owner
from siyu.interfaces.pages.words import refusal
from siyu.kit import clock
from siyu.kit.refusals import Refused

COOKIE = "siyu_member"
CART = "siyu_cart"
"""What a browser that nobody has signed in on keeps its cart under."""
PATH, OUT = "/m/", "/u/"
ANYBODY, MEMBER = "anybody", "member"
View = Callable[..., HttpResponseBase]


def member_required(view: View) -> View:
    """Let in whoever has signed in; others do so first, and come back."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return answered(view, request, *args, **kwargs) if me(request) else ask_to_sign_in(request)

    guarded.door = MEMBER  # type: ignore[attr-defined]
    return never_cache(guarded)


def open_to_anybody(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return answered(view, request, *args, **kwargs)

    guarded.door = ANYBODY  # type: ignore[attr-defined]
    return never_cache(guarded)


def answered(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
    """An expected no that the view does not turn into words beside a field becomes a page of its own."""
    try:
        return view(request, *args, **kwargs)
    except Refused as no:
        return show(request, "pages/refused.html", {"sentence": refusal(no)}, status=no.status)


def me(request: HttpRequest) -> Me | None:
    """Who asks; looked up once a request."""
    if not hasattr(request, "_me"):
        request._me = sessions.who(request.COOKIES.get(COOKIE, ""), at=clock.now())  # type: ignore[attr-defined]
    return request._me  # type: ignore[attr-defined]


def mine(request: HttpRequest) -> Me:
    """The same where a member is required."""
    found = me(request)
    assert found
    return found


def owner(request: HttpRequest) -> Owner:
    """Whose cart it is: the member's, else the browser's."""
    who = me(request)
    return Owner(who.identity) if who else Owner(cookie=request.COOKIES.get(CART, ""))


def show(request: HttpRequest, page: str, said: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    return render(request, page, said, status=status, using="pages")


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    back = request.get_full_path() if request.method in ("GET", "HEAD") else ""
    where = reverse("pages:sign-in") + (f"?{urlencode({'next': back})}" if back else "")
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(status=401, headers={"HX-Redirect": where})
    return redirect(where)


def going_on(request: HttpRequest) -> str:
    """Where to go next: a page of ours, or nowhere."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = wanted.startswith((PATH, OUT)) and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if ours else ""


def sealed(seconds: int) -> dict[str, Any]:
    """A cookie for these pages that no script reads."""
    safe = settings.SIYU.secure
    return {"max_age": seconds, "path": PATH, "httponly": True, "samesite": "Lax", "secure": safe}


def remember(answer: HttpResponse, token: str) -> HttpResponse:
    answer.set_cookie(COOKIE, token, **sealed(int(LASTS.total_seconds())))
    return answer


def forget(answer: HttpResponse) -> HttpResponse:
    answer.delete_cookie(COOKIE, path=PATH, samesite="Lax")
    return answer
