"""/hooks/messages/CHANNEL: where a house says what became of what it carried. Signed as our own messages to it are."""

import logging
from datetime import datetime
from typing import Any

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from siyu.core.outreach import receipts
from siyu.core.outreach.models import RECEIPTS
from siyu.interfaces.connectors.bodies import body_of
from siyu.interfaces.connectors.hooks.account import houses
from siyu.interfaces.connectors.hooks.signing import HEADER, Forged, genuine
from siyu.kit import clock
from siyu.kit.refusals import Refused

log = logging.getLogger("siyu.hooks")
MOST = 256 * 1024
AT_ONCE = 500


class BadReceipts(Refused):
    code = "bad_receipts"
    status = 422


class Told(msgspec.Struct):
    """`reference`: what the house called the message when it took it, or our key."""

    reference: str
    kind: str
    at: datetime
    detail: str = ""


@csrf_exempt
def door(request: HttpRequest, channel: str) -> HttpResponse:
    if request.method != "POST":
        return JsonResponse({"code": "method_not_allowed"}, status=405, headers={"Allow": "POST"})
    try:
        return JsonResponse(taken(channel, request))
    except Refused as no:
        return JsonResponse({"code": no.code, "message": no.message}, status=no.status)


def taken(channel: str, request: HttpRequest) -> dict[str, Any]:
    """{taken, known, unknown}: how many were news, how many were not, how many speak of no message of ours."""
    house = next((one for one in houses(settings.SIYU.hooks) if one.channel == channel), None) if asked() else None
    if house is None:
        raise Forged("nobody carries that channel here")
    body = body_of(request, MOST)
    genuine(house.secret, request.headers.get(HEADER, ""), body, clock.now())
    told = [receipts.ByReference(one.reference, one.kind, one.at, one.detail) for one in read(body)]
    words = receipts.by_references(channel=channel, told=told)
    return {word: words.count(word) for word in ("taken", "known", "unknown")}


def asked() -> bool:
    return bool(settings.SIYU.hooks)


def read(body: bytes) -> list[Told]:
    try:
        found = msgspec.json.decode(body, type=list[Told])
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise BadReceipts(f"a list of {{reference, kind, at, detail}} is asked for: {wrong}") from None
    if any("\0" in one.reference + one.detail for one in found):
        raise BadReceipts("a text holds a NUL character")
    if len(found) > AT_ONCE or any(one.at.tzinfo is None or one.kind not in RECEIPTS for one in found):
        raise BadReceipts(f"at most {AT_ONCE} at once, each of a kind that is known, and moments with their offset")
    return found
