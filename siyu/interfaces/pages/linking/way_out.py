"""The way out of a message: a page that asks, and an address that programs of mail post to (RFC 8058)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from siyu.core.outreach import tracking
from siyu.core.outreach.tracking import Subscription
from siyu.interfaces.pages.access import ANYBODY, show
from siyu.interfaces.pages.linking.door import PRIVATE
from siyu.interfaces.pages.words import CHANNELS, PURPOSES
from siyu.kit import clock
from siyu.kit.refusals import Refused

ONE_CLICK = "One-Click"


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def way_out(request: HttpRequest, sign: str) -> HttpResponse:
    """Asked for, it shows; posted, it does. The sign in its address is what allows it, no cookie."""
    try:
        if request.method != "POST":
            return page(request, sign, tracking.subscription(sign))
        everything = request.POST.get("what") == "everything"
        done = tracking.unsubscribe(sign=sign, everything=everything, at=clock.now())
    except Refused as no:
        return refused(request, no)
    if request.POST.get("List-Unsubscribe") == ONE_CLICK:
        return HttpResponse(b"", content_type="text/plain", headers=PRIVATE)
    return page(request, sign, done, said="all" if everything else "one")


@csrf_exempt
@require_POST
def undo(request: HttpRequest, sign: str) -> HttpResponse:
    try:
        return page(request, sign, tracking.undo(sign=sign, at=clock.now()), said="undone")
    except Refused as no:
        return refused(request, no)


way_out.door = undo.door = ANYBODY  # type: ignore[attr-defined]


def page(request: HttpRequest, sign: str, found: Subscription, said: str = "") -> HttpResponse:
    words = {"channel": CHANNELS.get(found.channel, found.channel), "purpose": PURPOSES.get(found.purpose, "")}
    return told(request, "pages/links/way_out.html", {"sign": sign, "found": found, "said": said, **words})


def refused(request: HttpRequest, no: Refused) -> HttpResponse:
    return told(request, "pages/links/no_way.html", {}, no.status)


def told(request: HttpRequest, name: str, said: dict[str, Any], status: int = 200) -> HttpResponse:
    answer = show(request, name, said, status)
    for header, value in PRIVATE.items():
        answer[header] = value
    return answer
