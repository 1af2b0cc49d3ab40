"""API keys by hand: made once, seen once, gone at once."""

import re

import pytest
from django.test import Client

from siyu.core.team import queries
from siyu.core.team.models import ApiKey
from tests.interfaces.console.team import operator

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


@pytest.fixture
def owner(client):
    client.force_login(operator(owner=True))
    return client


def make(client, *scopes: str, name: str = "the shop") -> str:
    page = client.post("/keys/new", {"name": name, "scopes": scopes}).content.decode()
    return re.findall(r"sk_\w+", page)[0]


def asks(secret: str) -> int:
    return Client().get("/api/people", headers={"Authorization": f"Bearer {secret}"}).status_code


def test_it_works(owner):
    assert "No program may come in yet" in owner.get("/keys").content.decode()
    page = owner.post("/keys/new", {"name": "the shop", "scopes": ["people:read"]})
    [secret] = re.findall(r">(sk_[\w-]+)<", page.content.decode())
    assert "no-store" in page["Cache-Control"]
    assert asks(secret) == 200
    listed = owner.get("/keys").content.decode()
    assert "the shop" in listed and secret not in listed and "people:read" in listed
    assert "never" not in listed, "it was used a moment ago"
    owner.post(f"/keys/{ApiKey.objects.get().pk}/revoke")
    assert asks(secret) == 401
    assert "Revoked" in owner.get("/keys").content.decode()


def test_who_made_and_revoked_it_stands_in_the_trail(owner):
    make(owner, "events:write")
    owner.post(f"/keys/{ApiKey.objects.get().pk}/revoke")
    deeds = queries.trail(kind="apikey")
    assert [(deed.did, deed.who, deed.thing) for deed in deeds] == [
        ("changed", "owner", "the shop"),
        ("created", "owner", "the shop"),
    ]
    assert ApiKey.objects.get().digest not in owner.get("/audit").content.decode()


@pytest.mark.parametrize("said", [{"name": "x"}, {"scopes": ["people:read"]}, {"name": "x", "scopes": ["world:rule"]}])
def test_a_key_needs_a_name_and_scopes_that_exist(owner, said):
    assert owner.post("/keys/new", said).status_code == 400
    assert not ApiKey.objects.exists()


def test_the_list_costs_the_same_however_long(owner, django_assert_max_num_queries):
    for n in range(10):
        make(owner, "people:read", name=f"program {n}")
    with django_assert_max_num_queries(8):
        owner.get("/keys")
