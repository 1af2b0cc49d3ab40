"""Whoever gets a message can say that they want no more of it, and what they look at is told."""

import re

import pytest
from django.test import Client

from siyu.core.eventlog.drain import drain
from siyu.core.outreach import tokens
from siyu.core.outreach.models import Receipt
from siyu.core.people import consent
from tests.core.links.clicks import CHROME, a_link, landed
from tests.core.outreach.people import dispatch, somebody
from tests.core.outreach.saying import message
from tests.interfaces.pages.test_links_answered import ask, forget

__all__ = ["forget"]
pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


@pytest.fixture
def sent():
    return message(dispatch(), somebody("Alice"))


@pytest.fixture
def sign(sent) -> str:
    return tokens.token(sent.pk, sent.person)


def may(sent) -> bool:
    return any(one.granted for one in consent.standing(sent.person))


def test_it_asks_and_does_and_undoes(sent, sign):
    browser = Client(enforce_csrf_checks=True)
    page = browser.get(f"/u/{sign}")
    assert page.status_code == 200 and "no-store" in page["Cache-Control"] and may(sent)
    assert "No more over this channel" in page.content.decode()
    done = browser.post(f"/u/{sign}", {"what": "one"})
    assert done.status_code == 200 and not may(sent) and "Undo" in done.content.decode()
    assert browser.post(f"/u/{sign}/undo").status_code == 200 and may(sent)


def test_a_mail_program_does_it_with_one_click(sent, sign):
    answer = Client(enforce_csrf_checks=True).post(f"/u/{sign}", {"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, answer.content) == (200, b"") and not may(sent)
    assert Receipt.objects.get().kind == "unsubscribed"


def test_it_speaks_both_languages(sign):
    browser = Client()
    browser.cookies["django_language"] = "zh-hans"
    assert re.search("[一-鿿]", browser.get(f"/u/{sign}").content.decode())
    answer = browser.post("/m/language", {"next": f"/u/{sign}"})
    assert answer["Location"] == f"/u/{sign}"


def test_a_sign_that_is_none_is_told_so(sent):
    for path in ("/u/xxxx", f"/u/{'A' * 22}"):
        for answer in (Client().get(path), Client().post(path), Client().post(f"{path}/undo")):
            assert answer.status_code == 404
            assert "no such message" in answer.content.decode()
    assert may(sent)


def test_a_click_says_whose_message_it_was(sent, sign):
    told = ask(f"/l/{a_link().code}?m={sign}")
    assert told.status == 302 and "m=" not in told.headers["Location"].replace("utm=", "")
    [click] = landed()
    assert (click["properties"]["message"], click["properties"]["recipient"]) == (sent.pk, sent.person)
    drain()
    assert set(Receipt.objects.values_list("kind", flat=True)) == {"clicked", "opened"}


def test_a_forged_sign_leads_on_and_says_nothing_of_anybody(sent, sign):
    forged = ("B" if sign[0] == "A" else "A") + sign[1:]
    assert ask(f"/l/{a_link().code}?m={forged}").status == 302
    [click] = landed()
    assert "message" not in click["properties"] and click["properties"]["forged"]
    drain()
    assert not Receipt.objects.exists()


def test_what_a_browser_loads_ahead_is_no_click(sign):
    ask(f"/l/{a_link().code}?m={sign}", HTTP_SEC_PURPOSE="prefetch;prerender")
    drain()
    assert not Receipt.objects.exists()


def test_a_shown_picture_is_an_opening(sent, sign):
    told = ask(f"/o/{sign}.gif", agent=CHROME)
    assert (told.status, told.headers["Content-Type"]) == (200, "image/gif")
    assert "no-store" in told.headers["Cache-Control"] and "Set-Cookie" not in told.headers
    drain()
    assert Receipt.objects.get().kind == "opened" and Receipt.objects.get().message == sent


def test_a_picture_that_we_never_sent_is_none():
    told = ask("/o/xxxxxxxxxxxxxxxxxxxxxx.gif")
    assert told.status == 404 and "no such message" in told.body
    assert landed() == []
