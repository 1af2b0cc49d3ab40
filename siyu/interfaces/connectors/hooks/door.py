"""/hooks/messages/CHANNEL: where a house says what became of what it carried."""

import logging
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from siyu.core.outreach import receipts
from siyu.core.outreach.models import RECEIPTS
from siyu.core.outreach.receipts import ByReference
from siyu.interfaces.connectors.bodies import body_of
from siyu.interfaces.connectors.hooks.account import houses
from siyu.interfaces.connectors.hooks.forms import BadReceipts
from siyu.interfaces.connectors.hooks.sender import FORMS
from siyu.interfaces.connectors.hooks.signing import Forged
from siyu.kit import clock
from siyu.kit.refusals import Refused

log = logging.getLogger("siyu.hooks")
MOST = 256 * 1024
AT_ONCE = 500


@csrf_exempt
def door(request: HttpRequest, channel: str) -> HttpResponse:
    if request.method != "POST":
        return JsonResponse({"code": "method_not_allowed"}, status=405, headers={"Allow": "POST"})
    try:
        return JsonResponse(taken(channel, request))
    except Refused as no:
        return JsonResponse({"code": no.code, "message": no.message}, status=no.status)


def taken(channel: str, request: HttpRequest) -> dict[str, Any]:
    house = next((one for one in houses(settings.SIYU.hooks) if one.channel == channel), None) if asked() else None
    if house is None:
        raise Forged("nobody carries that channel here")
    form, body = FORMS[house.provider], body_of(request, MOST)
    form.genuine(house, request, body, clock.now())
    return form.thanks(receipts.by_references(channel=channel, told=sound(form.heard(body))))


def asked() -> bool:
    return bool(settings.SIYU.hooks)


def sound(told: list[ByReference]) -> list[ByReference]:
    if any("\0" in one.reference + one.detail for one in told):
        raise BadReceipts("a text holds a NUL character")
    if len(told) > AT_ONCE or any(one.kind not in RECEIPTS for one in told):
        raise BadReceipts(f"at most {AT_ONCE} at once, each of a kind that is known")
    return told
