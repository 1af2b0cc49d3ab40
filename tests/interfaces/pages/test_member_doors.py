"""Every member's address knows whose it is."""

import pytest
from django.test import Client

from siyu.core.team.models import Knock
from siyu.interfaces.pages.access import ANYBODY, MEMBER
from tests.interfaces.console.test_console_roles import ALL
from tests.interfaces.pages.visiting import visitor

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
PAGES = [(address, pattern) for address, route, pattern in ALL if route.startswith("/m/")]
CHANGES = {"/m/sign-out", "/m/sign-out/everywhere", "/m/language", "/m/me/consents/say", "/m/me/data"}


def test_every_address_says_whose_it_is():
    assert PAGES and {getattr(pattern.callback, "door", None) for _, pattern in PAGES} == {ANYBODY, MEMBER}


def test_a_stranger_is_asked_to_sign_in():
    for address, pattern in PAGES:
        if pattern.callback.door == MEMBER:
            for answer in (Client().get(address), Client().post(address)):
                assert answer.status_code == 405 or answer["Location"].startswith("/m/sign-in"), address


def test_a_stranger_with_htmx_is_sent_there_whole():
    answer = Client().post("/m/me/consents/say", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/m/sign-in")


def test_a_member_finds_no_page_broken():
    for address, _ in PAGES:
        client = visitor("lin@example.cn")
        for answer in (client.get(address), client.post(address)):
            assert answer.status_code in (200, 302, 404, 405, 422), f"{address}: {answer.status_code}"
        Knock.objects.all().delete()


def test_state_never_changes_by_get():
    client = visitor("lin@example.cn")
    for address in CHANGES:
        assert client.get(address).status_code == 405, address


def test_no_page_is_kept_by_anybody():
    client = visitor("lin@example.cn")
    for address in ("/m/me", "/m/sign-in", "/m/me/consents"):
        assert "no-store" in client.get(address)["Cache-Control"]


def test_what_is_not_there_says_so_in_the_same_look():
    answer = Client().get("/m/nothing/here")
    assert answer.status_code == 404 and 'class="member door"' in answer.content.decode()
    assert b'class="member' not in Client().get("/nothing").content


def test_what_breaks_says_so_in_the_same_look(monkeypatch):
    client = Client(raise_request_exception=False)
    monkeypatch.setattr("siyu.core.people.members.sessions.who", lambda *_, **__: 1 / 0)
    client.cookies["siyu_member"] = "x"
    answer = client.get("/m/me")
    assert answer.status_code == 500 and 'class="member door"' in answer.content.decode()


def test_the_policy_is_strict_and_pages_keep_to_it():
    client = visitor("lin@example.cn")
    for address in ("/m/me", "/m/me/consents", "/m/me/erase", "/m/sign-in", "/m/offline", "/m/nothing"):
        answer = client.get(address)
        assert "unsafe" not in answer["Content-Security-Policy"]
        page = answer.content.decode()
        assert "<style" not in page and "style=" not in page and "onclick" not in page and "<script>" not in page
