"""Into the members' pages with a code, and out of them."""

import logging

import pytest
from django.test import Client

from siyu.core.outreach import channels
from siyu.core.people.models import Member, MemberSession
from siyu.core.team.models import Knock
from siyu.interfaces.pages.access import COOKIE
from tests.interfaces.console.team import operator
from tests.interfaces.pages.visiting import code_sent, me, visitor

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
PHONE = "13812345678"


def test_it_works():
    client = Client()
    assert client.get("/m/me/name")["Location"] == "/m/sign-in?next=%2Fm%2Fme%2Fname"
    answer = client.post("/m/sign-in", {"contact": PHONE, "next": "/m/me/name"})
    assert answer["Location"] == "/m/sign-in/code?next=%2Fm%2Fme%2Fname"
    assert "138••••5678" in client.get(answer["Location"]).content.decode()
    assert client.post(answer["Location"], {"code": code_sent(), "next": "/m/me/name"})["Location"] == "/m/me/name"
    assert client.get("/m/me").status_code == 200
    assert client.post("/m/sign-out")["Location"] == "/m/sign-in"
    assert client.get("/m/me").status_code == 302 and Member.objects.count() == 1


def test_the_cookie_is_for_these_pages_and_no_script():
    cookie = visitor(PHONE).cookies[COOKIE]
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["path"] == "/m/" and not cookie["secure"]
    assert MemberSession.objects.get().digest != cookie.value


def test_over_https_cookies_are_marked(settings):
    settings.SIYU.secure = True
    try:
        assert visitor(PHONE).cookies[COOKIE]["secure"]
    finally:
        settings.SIYU.secure = False


def test_an_answer_does_not_tell_who_is_known():
    visitor(PHONE)
    known, unknown = (Client().post("/m/sign-in", {"contact": one}) for one in (PHONE, "13900000000"))
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


def test_a_wrong_code_says_so_and_asks_again():
    client = Client()
    client.post("/m/sign-in", {"contact": PHONE})
    answer = client.post("/m/sign-in/code", {"code": "x"})
    assert answer.status_code == 403 and "wrong or too old" in answer.content.decode()
    assert client.post("/m/sign-in/code", {"code": code_sent()}).status_code == 302


def test_what_reaches_nobody_is_said_beside_the_field():
    answer = Client().post("/m/sign-in", {"contact": "hello"})
    assert answer.status_code == 422 and 'value="hello"' in answer.content.decode()


def test_asking_too_often_is_made_to_wait():
    answers = [Client().post("/m/sign-in", {"contact": PHONE}).status_code for _ in range(4)]
    assert answers == [302, 302, 302, 429] and Knock.objects.exists()


def test_a_lost_code_is_asked_for_again():
    class Broken:
        name = "broken"

        def send(self, channel, message, *, at):
            raise channels.NotSent("no way out")

        def latest(self, limit):
            return []

    client = Client()
    kept = dict(channels._senders)
    try:
        channels.serve("sms", Broken())
        answer = client.post("/m/sign-in", {"contact": PHONE})
        assert answer.status_code == 503 and "Please ask again" in answer.content.decode()
    finally:
        channels._senders.update(kept)
    assert client.post("/m/sign-in", {"contact": PHONE}).status_code == 302
    assert client.post("/m/sign-in/code", {"code": code_sent()}).status_code == 302


def test_no_code_stands_in_the_log(caplog):
    with caplog.at_level(logging.DEBUG):
        visitor(PHONE)
    assert code_sent() not in caplog.text and PHONE not in caplog.text


def test_nobody_is_sent_elsewhere():
    for where in ("//evil.example/", "https://evil.example/m/", "/people"):
        client = Client()
        client.post("/m/sign-in", {"contact": PHONE})
        assert client.post("/m/sign-in/code", {"code": code_sent(), "next": where})["Location"] == "/m/"


def test_members_and_operators_are_strangers_to_each_other():
    client = visitor(PHONE)
    assert client.get("/people")["Location"].startswith("/sign-in")
    desk = Client()
    desk.force_login(operator(owner=True))
    assert desk.get("/m/me")["Location"].startswith("/m/sign-in")
    client.force_login(operator("member"))
    assert client.get("/m/me").status_code == 200 and client.get("/people").status_code == 200
    client.post("/m/sign-out")
    assert client.get("/people").status_code == 200


def test_signing_out_everywhere():
    one, other = visitor(PHONE), visitor(PHONE)
    assert me(one) == me(other)
    assert one.post("/m/sign-out/everywhere").status_code == 302
    assert other.get("/m/me").status_code == 302


def test_a_form_from_elsewhere_changes_nothing():
    client = visitor(PHONE, enforce_csrf_checks=False)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies.update(client.cookies)
    answer = strict.post("/m/sign-out")
    assert answer.status_code == 403 and "nothing was changed" in answer.content.decode()
    assert "member" in answer.content.decode() and client.get("/m/me").status_code == 200


def test_both_languages_are_equal():
    client = visitor(PHONE)
    assert "Sign out" in client.get("/m/me").content.decode()
    assert client.post("/m/language", {"next": "/m/me"})["Location"] == "/m/me"
    assert "退出" in client.get("/m/me").content.decode()
    other = visitor(PHONE)
    assert "退出" in other.get("/m/me").content.decode(), "a member's language follows the member"
