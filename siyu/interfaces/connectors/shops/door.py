"""/hooks/shops/KIND/KEY: where a shop delivers. 200 only when it is committed; a shop that hears no 2xx comes again.

What is well signed and readable and cannot be taken just now (no rate for its currency, an order that is not known yet)
is kept and answered 202: shops switch off an address that says no a few times, and coming again would not help.
"""

import logging
from datetime import datetime
from functools import partial

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from siyu.features.commerce.shops import connecting, taking
from siyu.features.commerce.shops.models import Delivery, Shop
from siyu.features.commerce.shops.told import Told
from siyu.interfaces.connectors.bodies import body_of
from siyu.interfaces.connectors.shops import KINDS
from siyu.interfaces.connectors.shops.letters import BadLetter, Forged, Ground, genuine, opened
from siyu.kit import clock
from siyu.kit.refusals import Refused

log = logging.getLogger("siyu.shops")
MOST = 2 * 2**20
"""Bytes of a delivery: an order with a thousand lines has fewer."""


@csrf_exempt
def door(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    if request.method != "POST":
        return told({"code": "method_not_allowed", "message": "this address takes POST"}, 405, Allow="POST")
    try:
        return answer(request, kind, key)
    except Refused as no:
        return told(no.as_dict(), no.status)
    except (OperationalError, InterfaceError):
        log.exception("a delivery could not be taken")
        return told({"code": "not_stored", "message": "nothing was kept; come again"}, 503, **{"Retry-After": "30"})


def answer(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    shop, at = connecting.open_by_key(kind=kind, key=key), clock.now()
    body, sort = body_of(request, MOST), KINDS[shop.kind]
    letter = sort.letter(request.headers, body)
    if not letter.signature and sort.ping(body):
        return told({"outcome": "greeted"}, 200)
    if not genuine(body, shop.secret, letter.signature):
        connecting.note_forged(shop=shop, at=at)
        raise Forged("the signature is not that of this shop")
    text = body.decode(errors="replace").replace("\0", "�")
    read = partial(translated, shop, letter.topic, body, at)
    return said(taking.deliver(shop=shop, key=letter.key, topic=letter.topic, body=text, read=read, at=at))


def translated(shop: Shop, topic: str, body: str | bytes, at: datetime) -> Told:
    return KINDS[shop.kind].read(topic, opened(body), Ground(shop.source, shop.currency, at))


def said(delivery: Delivery) -> HttpResponse:
    if delivery.outcome in taking.LEFT_OPEN:
        status = BadLetter.status if delivery.code == BadLetter.code else 202
        return told({"code": delivery.code, "message": delivery.reason, "outcome": delivery.outcome}, status)
    return told({"outcome": delivery.outcome}, 200)


def told(said: dict[str, str], status: int, **headers: str) -> HttpResponse:
    return JsonResponse(said, status=status, headers=headers, json_dumps_params={"ensure_ascii": False})


def retake() -> int:
    """The worker's chore: deliveries that were mended, or whose order has come meanwhile."""
    waiting, at = taking.waiting(), clock.now()
    for one in waiting:
        taking.try_again(delivery=one, read=partial(translated, one.shop, one.topic, one.body, at), at=at)
    return len(waiting)
