"""Segment's HTTP Tracking API, which RudderStack's SDKs speak too: /v1/… at the root of the host.

Success is exactly `200 {"success": true}`: old Python SDKs retry any other 2xx, and raise KeyError where a no has no
`code`. Nothing is redirected, since a redirect counts as delivered in Node.
"""

import base64
from typing import Any

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from siyu.core.eventlog.land import land
from siyu.interfaces.api.ingest.door import (
    Answer,
    Knock,
    NotHere,
    View,
    WrongMethod,
    answer,
    body_of,
    not_overrun,
    owner,
    retries_of,
)
from siyu.interfaces.api.ingest.letters import Letter, batch_of, one_of, sorted_out
from siyu.kit import clock

MOST = 4 * 2**20
"""Bytes of a request after decompression; SDKs send 500 KB at most."""
KINDS = {
    **{kind[0]: kind for kind in ("track", "identify", "page", "screen", "group", "alias")},
    **{kind: kind for kind in ("track", "identify", "page", "screen", "group", "alias")},
}


def batch(request: Knock) -> Answer:
    """/v1/batch, /v1/b and /v1/import: many messages."""
    only_post(request)
    return taken(request, batch_of(body_of(request, MOST)))


def one(kind: str) -> View:
    """/v1/track, /v1/t …: a message whose type the address says."""

    def view(request: Knock) -> Answer:
        only_post(request)
        return taken(request, one_of(body_of(request, MOST), kind))

    return view


def only_post(request: Knock) -> None:
    if request.method != "POST":
        raise WrongMethod("this address takes POST")


def taken(request: Knock, letter: Letter) -> Answer:
    put_down(request, letter)
    return answer({"success": True})


def put_down(request: Knock, letter: Letter) -> None:
    """Durable when it returns."""
    source = owner(key_of(request) or letter.key, "segment")
    not_overrun()
    body, count, faults = sorted_out(letter)
    land(
        body,
        count=count,
        source=source.name,
        dialect="segment",
        received_at=clock.now(),
        retries=retries_of(request),
        head=letter.head,
        faults=faults,
    )


def key_of(request: Knock) -> str | None:
    """The write key of `Authorization: Basic`, with or without the colon behind it."""
    kind, _, said = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        return base64.b64decode(said.strip() + "==").decode().partition(":")[0]
    except ValueError:
        return ""


def browser_settings(request: Knock) -> Answer:
    """/v1/projects/{key}/settings: what AnalyticsBrowser.load asks before it sends anything."""
    key, _, rest = request.path.removeprefix("/v1/projects/").partition("/")
    if request.method != "GET" or rest.strip("/") != "settings":
        raise NotHere("the settings of a source stand at /v1/projects/{writeKey}/settings")
    if not validate_host(split_domain_port(request.host)[0], settings.ALLOWED_HOSTS):
        raise NotHere("no house is called that here")
    owner(key, "segment")
    told: dict[str, Any] = {"apiKey": key, "apiHost": f"{request.host}/v1", "protocol": request.scheme}
    return answer({"integrations": {"Segment.io": told}})


def nothing(request: Knock) -> Answer:
    raise NotHere("there is nothing at this address; Segment's API is /v1/batch, /v1/track …")


VIEWS: dict[str, View] = {
    **{f"/v1/{path}": batch for path in ("batch", "b", "import")},
    **{f"/v1/{path}": one(kind) for path, kind in KINDS.items()},
}
TREES: dict[str, View] = {"/v1/projects/": browser_settings, "/v1/": nothing}
