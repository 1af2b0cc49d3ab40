"""Houses on the web carry channels: a real one at the other end of the wire, which checks every signature."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.core.exceptions import ImproperlyConfigured

from siyu.core.insight.trials import controls
from siyu.core.outreach import channels, gate, posting
from siyu.core.outreach.models import Outgoing, Receipt, Suppression
from siyu.interfaces.connectors.hooks import signing
from siyu.interfaces.connectors.hooks.account import House, houses
from siyu.interfaces.connectors.hooks.sender import Hook
from siyu.kit import clock
from tests.core.outreach.people import NOON, dispatch, somebody
from tests.interfaces.connectors.peers import Peer

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
SECRET = "sixteen letters!"


class Carrier(Peer):
    """Carries a message once for a key, and answers with the statuses it was told first."""

    def __init__(self) -> None:
        super().__init__()
        self.carried: dict[str, dict] = {}
        self.statuses: list[int] = []

    def answer(self, method, path, headers, body):
        signing.genuine(SECRET, headers[signing.HEADER], body, NOON)
        if self.statuses:
            return self.statuses.pop(0), {}, b"no"
        said = json.loads(body)
        assert headers["Idempotency-Key"] == said["key"]
        self.carried[said["key"]] = said
        return 200, {}, json.dumps({"id": f"sms-{said['key']}"}).encode()


@pytest.fixture
def carrier(monkeypatch, settings, tmp_path) -> Iterator[Carrier]:
    controls.change(share=0, by="lin", at=NOON - timedelta(days=1))
    made = Carrier()
    file = tmp_path / "hooks.toml"
    file.write_text(f'[sms]\nurl = "{made.house}/siyu"\nsecret = "{SECRET}"\n')
    monkeypatch.setattr(settings.SIYU, "hooks", str(file))
    [house] = houses(str(file))
    monkeypatch.setitem(channels._senders, "sms", Hook(house))
    yield made
    made.close()


def sent(*names: str) -> None:
    gate.let_through(dispatch(), np.array([somebody(name) for name in names]), at=NOON)
    posting.tick("sms", at=NOON)


def told(client, body: list[dict], *, secret: str = SECRET, at: datetime | None = None):
    raw = json.dumps(body).encode()
    seal = signing.signature(secret, raw, at or clock.now())
    return client.post("/hooks/messages/sms", raw, "application/json", headers={signing.HEADER: seal})


def test_it_works(carrier, client):
    sent("13900000001")
    [said] = carrier.carried.values()
    assert (said["to"], said["text"], said["channel"], said["kind"]) == ("13900000001", "Hello", "sms", "marketing")
    one = Outgoing.objects.get()
    assert (one.state, one.reference) == ("sent", f"sms-{said['key']}")
    news = {"reference": one.reference, "kind": "delivered", "at": "2026-05-01T12:00:00+08:00"}
    assert told(client, [news, news | {"reference": "other"}]).json() == {"taken": 1, "known": 0, "unknown": 1}
    assert told(client, [news]).json() == {"taken": 0, "known": 1, "unknown": 0}
    assert Receipt.objects.get().at == datetime(2026, 5, 1, 4, tzinfo=UTC)


def test_a_lost_answer_is_asked_for_again_and_carried_once(carrier):
    carrier.lose.append("POST")
    sent("13900000001")
    assert Outgoing.objects.get().state == "queued" and len(carrier.carried) == 1
    posting.tick("sms", at=NOON + timedelta(minutes=2))
    assert Outgoing.objects.get().state == "sent" and len(carrier.carried) == 1


@pytest.mark.parametrize(("status", "state"), [(400, "failed"), (404, "failed"), (429, "queued"), (503, "queued")])
def test_what_is_refused_for_good_is_not_asked_again(carrier, status, state):
    carrier.statuses.append(status)
    sent("13900000001")
    assert Outgoing.objects.get().state == state


def test_a_hard_bounce_shuts_the_address(carrier, client):
    sent("13900000001")
    reference = Outgoing.objects.get().reference
    bounced = {"reference": reference, "kind": "bounced", "at": NOON.isoformat(), "detail": "hard: no such phone"}
    assert told(client, [bounced]).json()["taken"] == 1
    assert Suppression.objects.get().reason == "bounced"


def test_only_the_house_itself_is_heard(carrier, client):
    news = [{"reference": "x", "kind": "delivered", "at": NOON.isoformat()}]
    assert told(client, news, secret="somebody else's!").status_code == 401
    assert told(client, news, at=clock.now() - timedelta(minutes=6)).status_code == 401
    assert client.post("/hooks/messages/sms", "[]", "application/json").status_code == 401
    assert client.post("/hooks/messages/email", "[]", "application/json").status_code == 401
    assert client.get("/hooks/messages/sms").status_code == 405


@pytest.mark.parametrize(
    "body", [{"reference": "x"}, [{"reference": "x", "kind": "delivered", "at": "2026-05-01"}], [7]]
)
def test_nonsense_is_refused(carrier, client, body):
    assert told(client, body).status_code == 422


def test_an_unknown_receipt_is_refused(carrier, client):
    sent("13900000001")
    news = {"reference": Outgoing.objects.get().reference, "kind": "delivered", "at": NOON.isoformat()}
    assert told(client, [news, news | {"kind": "loved"}]).status_code == 422
    assert not Receipt.objects.exists()


@pytest.mark.parametrize("text", [
    '[pigeon]\nurl = "https://x"\nsecret = "sixteen letters!"', '[sms]\nurl = "ftp://x"\nsecret = "sixteen letters!"',
    '[sms]\nurl = "http://localhost.evil.example"\nsecret = "sixteen letters!"',
    '[sms]\nurl = "https://x"\nsecret = "short"', '[sms]\nurl = "https://x"', "[sms",
])  # fmt: skip
def test_a_wrong_file_says_so_at_the_start(tmp_path, text):
    file = tmp_path / "hooks.toml"
    file.write_text(text)
    with pytest.raises(ImproperlyConfigured):
        houses(str(file))


def test_a_house_says_nothing_of_its_secret():
    assert SECRET not in repr(House("sms", "https://x", SECRET))
