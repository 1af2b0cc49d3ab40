"""Where the doors stand: before the house, so that a sender pays for nothing that is for people.

A server hands a request to `Doors` first: if its address is a protocol's, that answers, and Django hears nothing of it.
`Within` is the same as Django's first middleware, for whoever comes in by another way than the server's.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse

from siyu.interfaces.api.ingest.door import Answer, Knock, View, answer, served

log = logging.getLogger("siyu.ingest")
Start = Callable[..., Any]
FRESH = 5.0
"""Seconds after which a thread looks whether its connections are still good."""


@cache
def views() -> tuple[dict[str, View], dict[str, View]]:
    """By address, and by what an address begins with."""
    from siyu.interfaces.api.ingest import posthog, segment, sensors

    return {**segment.VIEWS, **posthog.VIEWS, **sensors.VIEWS}, {**segment.TREES}


def behind(path: str) -> View | None:
    exact, trees = views()
    path = path.rstrip("/")
    return exact.get(path) or next((trees[root] for root in trees if path.startswith(root)), None)


class Doors:
    """The WSGI application: senders are answered here, everybody else by the house behind."""

    def __init__(self, house: Any) -> None:
        self.house = house
        self.looked = threading.local()

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if not (view := behind(path)):
            return self.house(environ, start)
        self.look()
        told = self.answer(view, Knock(environ["REQUEST_METHOD"], path, environ))
        start(LINES[told.status], list(told.headers.items()))
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else told.body]

    def answer(self, view: View, request: Knock) -> Answer:
        try:
            told = served(view, request)
        except Exception:
            log.exception("%s %s", request.method, request.path)
            told = answer({"code": "internal", "message": "this is a fault of the house"}, 500)
        if told.status >= 500:  # the next one asks anew whether the database is there
            close_old_connections()
        return told

    def look(self) -> None:
        """What Django does for each request, now and then: drop connections that are old or broken."""
        now = time.monotonic()
        if now > getattr(self.looked, "until", 0.0):
            self.looked.until = now + FRESH
            close_old_connections()


LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


class Within:
    """The middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.house = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not (view := behind(request.path_info)):
            return self.house(request)
        told = served(view, Knock(request.method or "", request.path_info, read_through(request)))
        response = HttpResponse(told.body, status=told.status, headers=told.headers)
        vars(response)["_has_been_logged"] = True
        return response


def read_through(request: HttpRequest) -> Mapping[str, Any]:
    """Django has put a bound around the body."""
    chunked = "HTTP_TRANSFER_ENCODING" in request.META
    return request.META if chunked else {**request.META, "wsgi.input": request}
