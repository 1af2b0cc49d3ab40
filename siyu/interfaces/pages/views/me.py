"""What a member sees and changes of themselves."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from siyu.core.outreach import web_push
from siyu.core.people.consent import Standing
from siyu.core.people.erasure import code_of
from siyu.core.people.members import accounts
from siyu.interfaces.pages import access, words
from siyu.interfaces.pages.access import going_on, member_required, mine, open_to_anybody, show
from siyu.interfaces.pages.speaking import speaking
from siyu.kit import clock
from siyu.kit.refusals import Refused

OFFERED = ("inapp", "web_push", "sms", "email", "wechat", "phone", "mail")
"""Channels that a member is asked about, beside those on which they have said something."""


@require_safe
@member_required
def me(request: HttpRequest) -> HttpResponse:
    account = accounts.account(mine(request), at=clock.now())
    allowed = sum(one.granted for one in account.consents)
    return show(request, "pages/me.html", {"account": account, "allowed": allowed, "tint": mine(request).member})


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def name(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return show(request, "pages/name.html", {"name": mine(request).name})
    said = request.POST.get("name", "").replace("\0", "")[:200]
    try:
        accounts.rename(me=mine(request), name=said, at=clock.now())
    except Refused as no:
        return show(request, "pages/name.html", {"name": said, "refused": words.refusal(no)}, status=no.status)
    messages.success(request, _("Saved."))
    return redirect("pages:me")


@require_safe
@member_required
def consents(request: HttpRequest) -> HttpResponse:
    account = accounts.account(mine(request), at=clock.now())
    said = {
        "rows": grid(account.consents),
        "purposes": words.PURPOSES.values(),
        "listens": web_push.listens(request.COOKIES[access.COOKIE]),
        "key": web_push.public_key(),
    }
    return show(request, "pages/consents.html", said)


def grid(said: list[Standing]) -> list[dict[str, Any]]:
    """A row for each channel, a switch for each purpose. Silence is a no."""
    granted = {(one.channel, one.purpose): one.granted for one in said}
    channels = [one for one in words.CHANNELS if one in OFFERED or any(channel == one for channel, _ in granted)]
    return [
        {
            "label": words.CHANNELS[channel],
            "switches": [
                switch(channel, purpose, granted.get((channel, purpose), False)) for purpose in words.PURPOSES
            ],
        }
        for channel in channels
    ]


def switch(channel: str, purpose: str, on: bool) -> dict[str, Any]:
    label = f"{words.CHANNELS.get(channel, channel)}: {words.PURPOSES.get(purpose, purpose)}"
    return {"channel": channel, "purpose": purpose, "on": on, "label": label}


@require_POST
@member_required
def consent(request: HttpRequest) -> HttpResponse:
    """One switch; htmx puts the new one in its place."""
    channel, purpose = request.POST.get("channel", ""), request.POST.get("purpose", "")
    on = request.POST.get("granted") == "yes"
    accounts.allow(me=mine(request), channel=channel, purpose=purpose, granted=on, at=clock.now())
    if request.htmx:  # type: ignore[attr-defined]
        return show(request, "pages/switch.html", {"one": switch(channel, purpose, on)})
    return redirect("pages:me-consents")


@require_POST
@member_required
def data(request: HttpRequest) -> HttpResponse:
    packed = accounts.packed(me=mine(request), at=clock.now())
    named = {"Content-Disposition": 'attachment; filename="my-data.zip"'}
    return HttpResponse(packed, content_type="application/zip", headers=named)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def erase(request: HttpRequest) -> HttpResponse:
    """First what that means, then a tick and the button; the worker completes the receipt."""
    if request.method != "POST":
        return show(request, "pages/erase.html")
    if request.POST.get("sure") != "yes":
        return show(request, "pages/erase.html", {"refused": _("Tick the box first.")}, status=422)
    wish = accounts.leave(me=mine(request), at=clock.now())
    return access.forget(show(request, "pages/gone.html", {"receipt": code_of(wish)}))


@require_POST
@open_to_anybody
def language(request: HttpRequest) -> HttpResponse:
    """Speak another language, now and after the next sign-in."""
    chosen = "zh-hans" if (get_language() or "").startswith("en") else "en"
    if who := access.me(request):
        accounts.speak(me=who, language=chosen)
    return speaking(redirect(going_on(request) or "pages:home"), chosen)
