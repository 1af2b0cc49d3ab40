"""What all operations share: how a body is read, and how a no is answered."""

from collections.abc import Callable, Collection, Mapping
from functools import wraps
from typing import Any, cast

import msgspec
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.utils.csp import CSP
from django.utils.datastructures import MultiValueDict
from django.utils.functional import Promise
from django.views.decorators.csp import csp_override
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from ninja.parser import Parser
from ninja.renderers import BaseRenderer

from siyu.kit.refusals import Refused

ABOUT = """Everything that happens with people, orders, audiences and events of one brand.

Send `Authorization: Bearer sk_…`; `siyu key create NAME --scope people:read` makes a key. Codes such as `per_…` are
opaque. Moments carry their offset. Amounts are minor units of the base currency. A no is `{"code", "message"}`.
Writes take an `Idempotency-Key`. Lists come in pages of at most 200: send `next` back as `after`."""

# Swagger UI draws its icons from data: addresses and sets style attributes; everything is served from here.
DOCS_CSP: dict[str, Collection[str]] = {
    "default-src": [CSP.SELF],
    "style-src": [CSP.SELF, CSP.UNSAFE_INLINE],
    "img-src": [CSP.SELF, "data:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}


class Strict(Parser):
    """JSON as its standard says it: no NaN, no halves of characters, no NUL, which no database takes."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        return cast(dict[str, Any], decode(request.body))

    def parse_querydict(self, data: MultiValueDict, list_fields: list[str], request: HttpRequest) -> dict[str, Any]:
        if any("\0" in text for values in data.lists() for text in values[1]):
            raise HttpError(422, "a parameter holds a NUL character")
        return super().parse_querydict(data, list_fields, request)


class Exact(BaseRenderer):
    """Moments to the microsecond, and no NaN."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return msgspec.json.encode(data, enc_hook=worded)


def worded(value: Any) -> str:
    if isinstance(value, Promise):
        return str(value)
    raise NotImplementedError(f"{type(value)} has no JSON")


def decode(body: bytes) -> Any:
    if b"\\u0000" in body:
        raise ValueError("a text holds a NUL character")
    return msgspec.json.decode(body)


class Door(NinjaAPI):
    described: OpenAPISchema | None = None

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__

    def get_openapi_schema(self, **asked: Any) -> OpenAPISchema:
        """The description takes seconds to draw and never changes while a process lives."""
        if self.described is None:
            self.described = super().get_openapi_schema(**asked)
        return self.described


api = Door(
    title="siyu",
    version="1",
    description=ABOUT,
    urls_namespace="api",
    parser=Strict(),
    renderer=Exact(),
    docs_decorator=cast(Any, csp_override(DOCS_CSP)),
)


def problem(status: int, code: str, message: str, detail: list[Any] | None = None) -> HttpResponse:
    body: dict[str, Any] = {"code": code, "message": message}
    body |= {} if detail is None else {"detail": detail}
    return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})


@api.exception_handler(Refused)
def refused(request: HttpRequest, no: Refused) -> HttpResponse:
    problems = getattr(no, "problems", None)
    response = problem(no.status, no.code, no.message, problems and [one.as_dict() for one in problems])
    if no.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(AuthenticationError)
def unknown(request: HttpRequest, no: AuthenticationError) -> HttpResponse:
    return refused(request, _no(401, "unauthorized", no.message))


def _no(status: int, code: str, message: str) -> Refused:
    no = Refused(message, code=code)
    no.status = status
    return no


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, no: ValidationError) -> HttpResponse:
    detail = [{"loc": [str(part) for part in error["loc"]], "msg": error["msg"]} for error in no.errors]
    first = detail[0] if detail else {"loc": [], "msg": "invalid"}
    return problem(422, "invalid", f"{'.'.join(first['loc'])}: {first['msg']}", detail)


@api.exception_handler(HttpError)
def unreadable(request: HttpRequest, no: HttpError) -> HttpResponse:
    code = {400: "bad_json", 422: "invalid", 429: "too_many_requests"}.get(no.status_code, "refused")
    return problem(no.status_code, code, no.message)


@api.exception_handler(Throttled)
def too_many(request: HttpRequest, no: Throttled) -> HttpResponse:
    return problem(429, "too_many_requests", "this key asks too often; wait a second")


@api.exception_handler(Http404)
def missing(request: HttpRequest, no: Any = None) -> HttpResponse:
    return problem(404, "not_found", "there is nothing at this address; see /api/docs")


@api.exception_handler(RequestDataTooBig)
def too_large(request: HttpRequest, no: RequestDataTooBig) -> HttpResponse:
    return problem(413, "too_large", "the body is larger than 8 MiB; send it in parts")


def in_json(view: Callable) -> Callable:
    """What Django itself would answer in HTML: no such address, no such method."""

    @wraps(view)
    def run(request: HttpRequest, *args: Any, **given: Any) -> HttpResponse:
        try:
            response = view(request, *args, **given)
        except Http404:
            return missing(request)
        if isinstance(response, HttpResponseNotAllowed):
            allowed = response["Allow"]
            response = problem(405, "method_not_allowed", f"this address takes {allowed}")
            response["Allow"] = allowed
        return response

    return run


def scopes() -> Mapping[tuple[str, str], str]:
    """{(method, path): scope} of every operation: what each address asks for."""
    paths: dict[str, dict[str, Any]] = api.get_openapi_schema()["paths"]
    return {
        (method.upper(), path): told["x-scope"] for path, methods in paths.items() for method, told in methods.items()
    }
