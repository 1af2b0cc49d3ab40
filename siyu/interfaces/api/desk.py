"""How an operation is declared: what it reads or writes, the scope it needs, and what it gives.

A write is done once for an idempotency key, and its answer is kept in the same transaction.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from ninja.errors import AuthenticationError
from ninja.security.base import AuthBase
from ninja.throttling import BaseThrottle
from pydantic import TypeAdapter

from siyu.core.team import answers, keys
from siyu.core.team.models import ApiKey
from siyu.interfaces.api.shapes import Problem
from siyu.kit import clock
from siyu.kit.refusals import Refused

REFUSALS = (400, 401, 403, 404, 409, 413, 422, 429)
IDEMPOTENCY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 100},
    "description": "The same key with the same request gets the same answer, and the write is done once; "
    "the same key with another request is refused.",
}


class BadIdempotencyKey(Refused):
    code = "bad_idempotency_key"
    status = 422


class NoIdempotencyKey(Refused):
    code = "no_idempotency_key"
    status = 422


class Key(AuthBase):
    """`Authorization: Bearer sk_…` with a scope."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __init__(self, scope: str) -> None:
        assert scope in keys.SCOPES
        self.scope = scope
        super().__init__()

    def __call__(self, request: HttpRequest) -> ApiKey:
        if not (header := request.headers.get("Authorization", "")):
            raise AuthenticationError(message="send `Authorization: Bearer sk_…`; `siyu key create` makes a key")
        return keys.check(header, scope=self.scope, at=clock.now())


class Pace(BaseThrottle):
    """At most `RATE` requests a second for a key in this process, `BURST` at once."""

    RATE, BURST = 200, 1000

    def __init__(self) -> None:
        self.left: dict[int, tuple[float, float]] = {}

    def allow_request(self, request: HttpRequest) -> bool:
        now, key = time.monotonic(), request.auth.pk  # type: ignore[attr-defined]
        tokens, before = self.left.get(key, (self.BURST, now))
        tokens = min(self.BURST, tokens + (now - before) * self.RATE)
        self.left[key] = (max(tokens - 1, 0), now)
        return tokens >= 1

    def wait(self) -> float:
        return 1


pace = Pace()


class Desk(Router):
    """A resource's operations."""

    def reads(self, path: str, *, scope: str, gives: Any) -> Callable:
        return self._declared(["GET"], path, scope=scope, gives=gives)

    def asks(self, path: str, *, scope: str, gives: Any) -> Callable:
        """A question too long for an address: POST that changes nothing."""
        return self._declared(["POST"], path, scope=scope, gives=gives)

    def writes(
        self,
        method: str,
        path: str,
        *,
        scope: str,
        gives: Any,
        extra: dict[str, Any] | None = None,
        keyed: bool = False,
    ) -> Callable:
        """`keyed`: never without an idempotency key, since money hangs on it."""

        def declare(view: Callable) -> Callable:
            openapi = {"parameters": [IDEMPOTENCY | {"required": keyed}], **(extra or {})}
            return self._declared([method], path, scope=scope, gives=gives, extra=openapi)(once(view, gives))

        return declare

    def sends(self, path: str, *, scope: str, gives: Any) -> Callable:
        """A write that asks another house, so never within a transaction. It is done once whatever the key."""
        return self._declared(["POST"], path, scope=scope, gives=gives)

    def _declared(
        self, methods: list[str], path: str, *, scope: str, gives: Any, extra: dict[str, Any] | None = None
    ) -> Callable:
        return self.api_operation(
            methods,
            path,
            auth=Key(scope),
            throttle=[pace],
            response={200: gives, **dict.fromkeys(REFUSALS, Problem)},
            openapi_extra={"x-scope": scope, **(extra or {})},
        )


def once(view: Callable, gives: type[Schema]) -> Callable:
    """Do it, or answer what was answered when it was done."""
    shape: TypeAdapter = TypeAdapter(gives)

    def written(request: HttpRequest, **given: Any) -> str:
        return shape.dump_json(shape.validate_python(view(request, **given), from_attributes=True)).decode()

    @wraps(view)
    def run(request: HttpRequest, **given: Any) -> HttpResponse:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return HttpResponse(written(request, **given), content_type="application/json")
        with transaction.atomic():
            answer = answers.answered(api_key=request.auth, key=fit(key), question=question(request), at=clock.now())  # type: ignore[attr-defined]
            repeated = bool(answer.status)
            if not repeated:
                answers.keep(answer, status=200, body=written(request, **given))
        headers = {"Idempotent-Replay": "true"} if repeated else {}
        return HttpResponse(answer.body, status=answer.status, content_type="application/json", headers=headers)

    return run


def key_of(request: HttpRequest) -> str:
    """The idempotency key for a verb that keeps one itself; another program's key is another one."""
    if (key := request.headers.get("Idempotency-Key")) is None:
        raise NoIdempotencyKey("send an Idempotency-Key, so that a second try is no second order or refund")
    return f"{request.auth.prefix}:{key}"  # type: ignore[attr-defined]


def fit(key: str) -> str:
    if not 0 < len(key) <= 100 or not key.isascii() or not key.isprintable():
        raise BadIdempotencyKey("an idempotency key has 1 to 100 printable ASCII characters")
    return key


def question(request: HttpRequest) -> bytes:
    return b"\n".join([f"{request.method} {request.get_full_path()}".encode(), request.body])


def signature(request: HttpRequest) -> str:
    """Who did it, as logs and lists name a program."""
    return f"api:{request.auth.name}"  # type: ignore[attr-defined]
