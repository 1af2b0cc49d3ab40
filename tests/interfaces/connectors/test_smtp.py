"""E-mail goes to a real peer on a socket; what the peer refuses is an expected no."""

import socketserver
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from siyu.conf.settings import _smtp
from siyu.core.outreach import gate
from siyu.core.outreach.channels import Message, NotSent, Receipt
from siyu.interfaces.connectors.email.sender import Smtp

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
MAIL = Message("lin@example.cn", "123456 is your code", "k1", subject="您的验证码")


class Peer(socketserver.StreamRequestHandler):
    """As much of SMTP as a client needs."""

    def handle(self) -> None:
        self.say("220 here")
        for line in self.rfile:
            verb = line[:4].strip().upper()
            if verb == b"DATA":
                self.say("354 go on")
                lines = []
                while (text := self.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(text)
                self.server.mails.append(b"".join(lines).decode())
            if verb == b"RCPT" and self.server.full:
                self.say("452 no room for lin@example.cn")
                continue
            self.say("221 bye" if verb == b"QUIT" else "250 well")

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def peer(settings) -> Iterator[socketserver.ThreadingTCPServer]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Peer) as server:
        server.mails, server.full = [], False
        settings.MAILERS = {"default": _smtp(f"smtp://127.0.0.1:{server.server_address[1]}")}
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


pytestmark = pytest.mark.django_db


def carried() -> Receipt:
    return Smtp().send(gate.decide_address(channel="email", to=MAIL.to, at=NOON), MAIL, at=NOON)


def test_it_works(peer):
    receipt = carried()
    assert receipt.reference in peer.mails[0] and "To: lin@example.cn" in peer.mails[0]
    assert "123456 is your code" in peer.mails[0]
    assert carried().reference == receipt.reference, "a mailbox knows it for the same"


def test_a_peer_that_refuses(peer, caplog):
    peer.full = True
    with pytest.raises(NotSent) as no:
        carried()
    assert "example.cn" not in no.value.message + caplog.text and "123456" not in caplog.text


def test_a_peer_that_is_not_there(settings):
    settings.MAILERS = {"default": _smtp("smtp://127.0.0.1:1")}
    with pytest.raises(NotSent):
        carried()


def test_addresses_of_servers():
    far = _smtp("smtp://lin%40example.cn:s3%3Acret@mail.example.cn")["OPTIONS"]
    assert (far["port"], far["use_tls"], far["use_ssl"]) == (587, True, False)
    assert (far["username"], far["password"]) == ("lin@example.cn", "s3:cret")
    safe = _smtp("smtps://mail.example.cn")["OPTIONS"]
    assert (safe["port"], safe["use_tls"], safe["use_ssl"]) == (465, False, True)
