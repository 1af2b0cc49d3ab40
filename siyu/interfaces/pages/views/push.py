"""Messages on the browser that a member holds: what it promised its push service, as its script posts it."""

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from siyu.core.outreach import web_push
from siyu.interfaces.pages.access import COOKIE, member_required
from siyu.kit import clock


class Keys(msgspec.Struct):
    p256dh: str
    auth: str


class Promise(msgspec.Struct):
    endpoint: str
    keys: Keys


@require_POST
@member_required
def subscribe(request: HttpRequest) -> HttpResponse:
    said = read(request.POST.get("subscription", ""))
    token, at = request.COOKIES[COOKIE], clock.now()
    web_push.subscribe(token=token, endpoint=said.endpoint, p256dh=said.keys.p256dh, auth=said.keys.auth, at=at)
    messages.success(request, _("Messages come to this browser now. What comes you decide here."))
    return redirect("pages:me-consents")


@require_POST
@member_required
def stop(request: HttpRequest) -> HttpResponse:
    web_push.stop(token=request.COOKIES[COOKIE], at=clock.now())
    messages.success(request, _("No more messages in this browser."))
    return redirect("pages:me-consents")


def read(text: str) -> Promise:
    try:
        return msgspec.json.decode(text, type=Promise)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeError):
        raise web_push.BadSubscription("that is no subscription") from None
