"""Every operation declares a scope, and opens to no key without it. Walks what the OpenAPI says there is."""

import re

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from ninja import Schema

from siyu.core.team import keys
from siyu.interfaces.api.door import api, scopes
from tests.interfaces.api.conftest import told

pytestmark = [pytest.mark.django_db(databases="__all__"), pytest.mark.once]
PUBLIC = {"/api/", "/api/docs", "/api/openapi.json", "/healthz", "/readyz", "/metrics"}


@pytest.mark.parametrize(("method", "path"), sorted(scopes()))
def test_without_its_scope_no_operation_opens(caller, client, method, path):
    scope = scopes()[method, path]
    address = re.sub(r"{[^}]+}", "x", path)
    assert told(client.generic(method, address, b"{}", "application/json"), 401)["code"] == "unauthorized"
    others = caller(*set(keys.SCOPES) - {scope})
    assert told(others.ask(method, address.removeprefix("/api"), {}), 403)["code"] == "scope_missing"


QUESTIONS = (
    "audiences/count", "audiences/explain", "audiences/why", "routing", "links/{link}/qr", "live-codes/{live_code}/qr",
)  # fmt: skip
"""Too long for an address."""


def test_writing_needs_a_scope_to_write():
    assert {
        (method, path) for (method, path), scope in scopes().items() if (method == "GET") == scope.endswith(":write")
    } <= {("POST", f"/api/{question}") for question in QUESTIONS}


def test_every_scope_opens_something():
    assert set(scopes().values()) == set(keys.SCOPES)


def test_no_address_of_the_api_stands_outside_of_its_description():
    told_of = {re.sub(r"{[^}]+}", "x", path) for _, path in scopes()} | PUBLIC
    resolver = next(
        p for p in get_resolver().url_patterns if isinstance(p, URLResolver) and "api" in str(p.urlconf_name)
    )
    found = {re.sub(r"<[^>]+>", "x", address) for address in addresses(resolver)}
    assert found == told_of


def addresses(node: URLResolver | URLPattern, before: str = "/"):
    here = before + str(node.pattern)
    if isinstance(node, URLPattern):
        yield here
    else:
        for child in node.url_patterns:
            yield from addresses(child, here)


def test_operations_are_named_once_and_explained():
    told_of = [told for methods in api.get_openapi_schema()["paths"].values() for told in methods.values()]
    names = [told["operationId"] for told in told_of]
    assert len(names) == len(set(names))
    assert all(told.get("description") and told.get("tags") for told in told_of)


def test_no_two_shapes_share_a_name():
    """The description keeps shapes by name: of two alike one would vanish from it."""
    ours, todo = [], [Schema]
    while todo:
        below = todo.pop().__subclasses__()
        todo += below
        ours += [shape.__name__ for shape in below if shape.__module__.startswith("siyu.interfaces.api.")]
    assert len(ours) == len(set(ours))
