"""A broadcast by mail, from the operator's words to the reader's mailbox and back: over a real mail server."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest
from django.test import Client

from siyu.conf.settings import _smtp
from siyu.core.eventlog.drain import drain
from siyu.core.outreach import broadcasts, channels
from siyu.core.outreach.models import Receipt
from siyu.core.outreach.posting import ticking
from siyu.core.people import consent
from siyu.interfaces.connectors.email.sender import Smtp
from siyu.kit import clock
from tests.core.outreach.people import NOON, known
from tests.core.outreach.saying import write
from tests.interfaces.pages.test_links_answered import ask, forget
from tests.serving import free_port

controller = pytest.importorskip("aiosmtpd.controller")
__all__ = ["forget"]
pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
WORDS = {
    "subject": "May, {name|you}", "text": "See https://shop.example/may or {unsubscribe}",
    "html": "<body><a href='https://shop.example/may'>May</a> <a href='{unsubscribe}'>no more</a></body>",
}  # fmt: skip


class Mailbox:
    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, server, session, envelope) -> str:
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 taken"


@pytest.fixture
def mailbox(settings, monkeypatch):
    box = Mailbox()
    port = free_port()
    server = controller.Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    settings.MAILERS = {"default": _smtp(f"smtp://127.0.0.1:{port}")}
    monkeypatch.setattr("siyu.core.insight.trials.controls.SHARE", 0)
    monkeypatch.setitem(channels._senders, "email", Smtp())
    yield box
    server.stop()


def test_from_words_to_the_mailbox_and_back(mailbox):
    bob = known("email", "bob@example.com")
    consent.give(person=bob, channel="email", source="test", at=NOON)
    version = write(code="may", channels=["email"], bodies={"en": WORDS}).pk
    wish = broadcasts.Wish(title="May", channel="email", variants=[{"version": version}], people=[bob], holdout=0)
    one = broadcasts.draft(wish=wish, by="lin", at=clock.now())
    broadcasts.plan(broadcast=one.pk, by="lin", at=clock.now())
    while broadcasts.work_off(clock.now()):
        pass
    ticking.tick("email", at=clock.now())
    [mail] = mailbox.mails
    assert (mail["To"], mail["Subject"]) == ("bob@example.com", "May, you")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    html = mail.get_body(("html",)).get_content()

    point = urlsplit(re.findall(r'src="([^"]+)"', html)[0])
    assert ask(point.path).status == 200
    drain()
    assert kinds() == {"opened"}
    link = urlsplit(re.findall(r"href='([^']+/l/[^']+)'", html)[0])
    assert ask(f"{link.path}?{link.query}").headers["Location"] == "https://shop.example/may"
    drain()
    assert kinds() == {"opened", "clicked"}
    out = urlsplit(mail["List-Unsubscribe"].strip("<>"))
    assert Client(enforce_csrf_checks=True).post(out.path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert kinds() == {"opened", "clicked", "unsubscribed"}
    assert not any(word.granted for word in consent.standing(bob))


def kinds() -> set[str]:
    return set(Receipt.objects.values_list("kind", flat=True))
