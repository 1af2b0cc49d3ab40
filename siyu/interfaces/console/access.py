"""Every view says what it needs. A test walks all addresses and fails where one does not."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from siyu.core.team.roles import PERMISSIONS, may
from siyu.interfaces.console.words import refusal
from siyu.kit.refusals import Refused

ANYBODY = "anybody"
SIGNED_IN = "signed in"


def needs(permission: str) -> Callable:
    """Let in whoever may; a stranger is asked to sign in, an operator without the permission gets a 403.

    An expected no that the view does not turn into a form's error becomes a page with its status and sentence.
    """
    assert permission in PERMISSIONS or permission == SIGNED_IN, permission

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return ask_to_sign_in(request)
            if permission != SIGNED_IN and not may(request.user, permission):
                raise PermissionDenied
            try:
                return view(request, *args, **kwargs)
            except Refused as refused:
                return refuse(request, refused)

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return decorate


def open_to_anybody(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    view.permission = ANYBODY  # type: ignore[attr-defined]
    return view


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    back = request.get_full_path() if request.method == "GET" else "/"
    answer = redirect_to_login(back)
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(status=401, headers={"HX-Redirect": answer["Location"]})
    return answer


def refuse(request: HttpRequest, refused: Refused) -> HttpResponse:
    page = "console/parts/refused.html" if request.htmx else "console/refused.html"  # type: ignore[attr-defined]
    return render(request, page, {"sentence": refusal(refused)}, status=refused.status)
