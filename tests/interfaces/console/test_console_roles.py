"""Every address knows who may open it."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import IntConverter

from siyu.core.team.roles import PERMISSIONS, ROLES, may
from siyu.interfaces.console.access import ANYBODY, SIGNED_IN
from tests.interfaces.console.team import operator

pytestmark = pytest.mark.django_db(databases="__all__")
OURS = "siyu.interfaces.api"


def patterns(resolver: URLResolver, prefix: str = "/") -> Iterator[tuple[str, URLPattern]]:
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from patterns(one, prefix + str(one.pattern))
        else:
            yield prefix + str(one.pattern), one


def addresses() -> list[tuple[str, str, URLPattern]]:
    """(address with something in every gap, pattern as written, pattern)"""
    found = []
    for route, pattern in patterns(get_resolver()):
        address = route
        for name, converter in pattern.pattern.converters.items():
            value = "999999" if isinstance(converter, IntConverter) else "xyz"
            kind = next(
                k for k in ("int", "str", "slug", "path", "uuid") if f"<{k}:{name}>" in f"{address}<str:{name}>"
            )
            address = address.replace(f"<{kind}:{name}>", value).replace(f"<{name}>", value)
        found.append((address, route, pattern))
    return found


ALL = addresses()
CONSOLE = [(address, pattern) for address, _, pattern in ALL if hasattr(pattern.callback, "permission")]


def test_every_address_declares_its_permission():
    """The API has scopes, members' pages have doors, with tests of their own; below /hooks a signature opens."""
    silent = [
        route
        for _, route, pattern in ALL
        if not hasattr(pattern.callback, "permission")
        and not route.startswith(
            ("/api", "/hooks", "/m/", "/l/", "/c/", "/u/", "/media/", "/healthz", "/readyz", "/metrics")
        )
    ]
    assert silent == []
    assert {p.callback.permission for _, p in CONSOLE} <= {*PERMISSIONS, SIGNED_IN, ANYBODY}


def ask(client: Client, address: str) -> set[int]:
    return {client.get(address).status_code, client.post(address).status_code} - {405}


@pytest.mark.once
def test_a_stranger_is_asked_to_sign_in():
    for address, pattern in CONSOLE:
        for answer in (Client().get(address), Client().post(address)):
            if answer.status_code == 405 or pattern.callback.permission == ANYBODY:
                continue
            assert answer.status_code == 302 and answer["Location"].startswith("/sign-in"), address


@pytest.mark.parametrize(
    "role", ["owner", *(pytest.param(role, marks=pytest.mark.once) for role in (*ROLES, "nobody"))]
)
def test_each_role_may_what_its_permissions_say(role):
    who = operator(owner=True) if role == "owner" else operator(*([role] if role in ROLES else []))
    client = Client()
    for address, pattern in CONSOLE:
        needed = pattern.callback.permission
        if "_auth_user_id" not in client.session:  # the last address ended it
            client = Client()
            client.force_login(who)
        answers = ask(client, address)
        if needed in (ANYBODY, SIGNED_IN) or may(who, needed):
            assert not answers & {401, 403, 500}, f"{role} at {address}: {answers}"
        else:
            assert answers == {403}, f"{role} at {address}: {answers}"


def test_the_api_asks_for_a_key():
    client = Client()
    client.force_login(operator(owner=True))
    for address, route, _ in ALL:
        if not route.startswith("/api/") or route.startswith(("/api/docs", "/api/openapi")):
            continue
        assert client.get(address).status_code in (401, 404, 405), address


def test_a_role_is_a_group_from_the_first_migration():
    assert set(Group.objects.values_list("name", flat=True)) == set(ROLES)


def test_who_has_left_may_nothing():
    who = operator("member")
    assert may(who, "people.view")
    who.is_active = False
    assert not may(who, "people.view")


@pytest.mark.once
def test_state_never_changes_by_get():
    """What changes something refuses GET."""
    words = ("deactivate", "reactivate", "password", "sign-out", "language")
    for address, _ in CONSOLE:
        if address.endswith(words):
            assert Client().get(address).status_code in (302, 405)
