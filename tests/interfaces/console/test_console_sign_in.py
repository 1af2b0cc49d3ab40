"""Into the console, and out of it."""

from datetime import timedelta

import pytest
from django.conf import settings

from siyu.core.team import signin
from siyu.core.team.models import Knock, Operator
from siyu.core.team.signin import TooManyTries, knock, welcome
from tests.interfaces.console.team import NOON, PASSWORD, operator

pytestmark = pytest.mark.django_db


def enter(client, username="alice", password=PASSWORD, **more):
    return client.post("/sign-in", {"username": username, "password": password, **more})


def test_it_works(client):
    operator("member", name="alice")
    assert client.get("/people")["Location"] == "/sign-in?next=/people"
    assert enter(client, next="/people")["Location"] == "/people"
    assert client.get("/people").status_code == 200
    assert client.post("/sign-out")["Location"] == "/sign-in"
    assert client.get("/people").status_code == 302


def test_a_stranger_learns_nothing(client):
    operator("member", name="alice")
    wrong, unknown = enter(client, password="wrong"), enter(client, username="bob")
    assert wrong.status_code == unknown.status_code == 400
    assert wrong.content.replace(b"alice", b"bob").count(b"said-no") == unknown.content.count(b"said-no") == 1


def test_who_left_stays_out(client):
    Operator.objects.filter(pk=operator("member", name="alice").pk).update(is_active=False)
    assert enter(client).status_code == 400


def test_nobody_is_sent_elsewhere(client):
    operator("member", name="alice")
    assert enter(client, next="//evil.example/")["Location"] == "/"


def test_guessing_is_made_to_wait(client):
    operator("member", name="alice")
    answers = [enter(client, password=f"guess {n}").status_code for n in range(7)]
    assert answers == [400] * 5 + [429] * 2
    assert enter(client).status_code == 429, "the right password waits too"
    assert enter(client, username="bob").status_code == 400, "another account does not"
    Knock.objects.update(due_at=NOON)
    assert enter(client).status_code == 302
    assert Knock.objects.filter(tries__gt=5).count() == 1


def test_waiting_grows_and_is_forgotten():
    waits = []
    at = NOON
    for _ in range(14):
        try:
            knock(username="alice", address="192.0.2.1", at=at)
        except TooManyTries as wait:
            waits.append(int((wait.until - at).total_seconds()))
            at = wait.until
    assert waits == [15, 30, 60, 120, 240]
    knock(username="alice", address="192.0.2.1", at=at + timedelta(hours=2))
    knock(username="alice", address="192.0.2.1", at=at + timedelta(hours=2))


def test_an_address_that_tries_every_account_waits():
    with pytest.raises(TooManyTries):
        for n in range(40):
            knock(username=f"operator{n}", address="192.0.2.1", at=NOON)
    knock(username="operator99", address="192.0.2.2", at=NOON)


def test_an_office_that_signs_in_all_day_never_waits():
    for n in range(100):
        knock(username=f"operator{n}", address="192.0.2.1", at=NOON)
        welcome(username=f"operator{n}", address="192.0.2.1")


def test_pauses_have_an_end():
    assert signin.pause(500) == signin.LONGEST


def test_a_new_password_ends_other_sessions(client):
    from django.test import Client

    operator("member", name="alice")
    other = Client()
    enter(client)
    enter(other)
    new = "amber-harbour-seven"
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert client.post("/account", form).status_code == 302
    assert client.get("/account").status_code == 200
    assert other.get("/account").status_code == 302


def test_both_languages_are_equal(client):
    operator("member", name="alice")
    enter(client)
    assert "Sign out" in client.get("/account").content.decode()
    client.post("/language", {"language": "zh-hans", "next": "/account"})
    answer = client.get("/account")
    assert "退出" in answer.content.decode() and 'lang="zh-hans"' in answer.content.decode()
    client.post("/sign-out")
    client.cookies.pop(settings.LANGUAGE_COOKIE_NAME)
    enter(client)
    assert "退出" in client.get("/account").content.decode()


def test_a_language_nobody_speaks_changes_nothing(client):
    client.post("/language", {"language": "xx", "next": "/sign-in"})
    assert settings.LANGUAGE_COOKIE_NAME not in client.cookies


def test_the_policy_is_strict_and_pages_keep_to_it(client):
    operator(owner=True, name="alice")
    enter(client)
    answer = client.get("/team")
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy and "default-src 'self'" in policy
    page = answer.content.decode()
    assert "<style" not in page and "style=" not in page and "onclick" not in page
    assert "<script>" not in page
