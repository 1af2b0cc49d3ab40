"""The owner's pages: who works here, and what they did."""

import re

import pytest
from auditlog.models import LogEntry

from siyu.core.team import actions, queries
from siyu.core.team.models import ApiKey, Operator
from tests.interfaces.console.team import NOON, PASSWORD, operator

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(client):
    client.post("/sign-in", {"username": operator(owner=True, name="alice").username, "password": PASSWORD})
    return client


def test_it_works(owner, client):
    answer = owner.post("/team/new", {"username": "bob", "name": "鲍勃", "roles": ["member", "media"]})
    password = re.search(r'id="secret">([^<]+)<', answer.content.decode())[1]
    bob = Operator.objects.get(username="bob")
    assert bob.check_password(password) and not bob.is_superuser
    assert {group.name for group in bob.groups.all()} == {"member", "media"}
    assert "鲍勃" in owner.get("/team").content.decode()


def test_a_name_is_taken_once(owner):
    answer = owner.post("/team/new", {"username": "alice"})
    assert answer.status_code == 400 and "already" in answer.content.decode()


@pytest.mark.parametrize("username", ["", "a b", "a<b>", "x" * 151])
def test_a_name_that_is_none_is_refused(owner, username):
    assert owner.post("/team/new", {"username": username}).status_code == 400
    assert Operator.objects.count() == 1


def test_the_last_owner_stays(owner):
    alice = Operator.objects.get(username="alice")
    answer = owner.post(f"/team/{alice.pk}", {"roles": ["member"]})
    assert answer.status_code == 409 and "remain owner" in answer.content.decode()
    assert owner.post(f"/team/{alice.pk}/deactivate").status_code == 409
    assert Operator.objects.get(pk=alice.pk).is_superuser


def test_who_is_locked_out_is_out_at_once(owner):
    from django.test import Client

    bob, other = operator("member", name="bob"), Client()
    other.force_login(bob)
    assert other.get("/people").status_code == 200
    owner.post(f"/team/{bob.pk}/deactivate")
    assert other.get("/people").status_code == 302
    owner.post(f"/team/{bob.pk}/reactivate")
    assert Operator.objects.get(pk=bob.pk).is_active


def test_a_new_password_ends_the_old_one(owner):
    bob = operator("member", name="bob")
    owner.post(f"/team/{bob.pk}/password")
    assert not Operator.objects.get(pk=bob.pk).check_password(PASSWORD)


def test_the_trail_says_who_did_what(owner):
    owner.post("/team/new", {"username": "bob", "roles": ["member"]})
    deeds = queries.trail()
    assert {(deed.who, deed.did, deed.thing) for deed in deeds} >= {("alice", "created", "bob")}
    page = owner.get("/audit").content.decode()
    assert "bob" in page and "Signed in" in page
    assert "bob" not in re.sub(r"<select.*?</select>", "", owner.get("/audit?did=signed_in").content.decode())


def test_failed_sign_ins_stand_in_the_trail(client):
    operator("member", name="alice")
    client.post("/sign-in", {"username": "alice", "password": "wrong"})
    client.post("/sign-in", {"username": "my password by mistake", "password": "wrong"})
    assert [(d.did, d.thing, d.address) for d in queries.trail(did="sign_in_failed")] == [
        ("sign_in_failed", "alice", "127.0.0.1")
    ]


def test_secrets_do_not_stand_in_the_trail(owner):
    bob = operator("member", name="bob")
    owner.post(f"/team/{bob.pk}/password")
    ApiKey.objects.create(name="shop", prefix="abc", digest="d" * 64, made_by=bob, made_at=NOON)
    bob.refresh_from_db()
    said = str([entry.changes for entry in LogEntry.objects.all()])
    assert "••••" in said
    assert not any(secret in said for secret in ("md5$", "d" * 16, bob.password[-12:]))


def test_a_forged_address_is_not_believed(client):
    operator("member", name="alice")
    form = {"username": "alice", "password": PASSWORD}
    client.post("/sign-in", form, headers={"X-Forwarded-For": "nonsense, 1.2.3.4"})
    assert [deed.address for deed in queries.trail(did="signed_in")] == ["127.0.0.1"]


def test_the_trail_is_paged(owner):
    for n in range(queries.PAGE + 5):
        actions.create_operator(username=f"operator{n}", at=NOON)
    first = owner.get("/audit?kind=operator&did=created").content.decode()
    older = re.search(r'href="(\?[^"]*before=[^"]*)"', first)[1].replace("&amp;", "&")
    assert "operator0<" in owner.get("/audit" + older).content.decode()
