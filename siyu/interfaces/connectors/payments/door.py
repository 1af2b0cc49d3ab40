"""/hooks/payments/GATEWAY: where gateways say that money came. They come again until they hear that it is booked."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol, runtime_checkable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from siyu.features.commerce import payments
from siyu.features.commerce.payments import Money, NoSuchGateway
from siyu.interfaces.connectors.bodies import body_of
from siyu.interfaces.connectors.payments import alipay, wechat
from siyu.interfaces.connectors.payments.refusals import Forged
from siyu.kit import clock
from siyu.kit.refusals import Refused

log = logging.getLogger("siyu.payments")
MOST = 64 * 1024
"""Bytes of a notice."""


@runtime_checkable
class Hearing(Protocol):
    """A gateway that is told."""

    name: str

    def hear(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> Money | None: ...


@csrf_exempt
def door(request: HttpRequest, gateway: str) -> HttpResponse:
    words = alipay if gateway.startswith("alipay") else wechat
    if request.method != "POST":
        return HttpResponse(words.no("method_not_allowed"), status=405, headers={"Allow": "POST"})
    try:
        outcome = booked(gateway, request)
    except Refused as no:
        if not isinstance(no, Forged):
            log.warning("a notice of %s was refused: %s", gateway[:20], no.code)
        return HttpResponse(words.no(no.code), status=no.status, content_type="application/json")
    except (OperationalError, InterfaceError):
        log.exception("a notice could not be booked")
        return HttpResponse(words.no("not_stored"), status=503, content_type="application/json")
    status, kind, body = words.yes()
    return HttpResponse(body, status=status, content_type=kind, headers={"Siyu-Outcome": outcome})


def booked(name: str, request: HttpRequest) -> str:
    way, at = payments.gateway_of(name), clock.now()
    if not isinstance(way, Hearing):
        raise NoSuchGateway("nobody tells this house of such money but its operators")
    money = way.hear(request.headers, body_of(request, MOST), at=at)
    return payments.paid(gateway=name, money=money, at=at) if money else "nothing"
