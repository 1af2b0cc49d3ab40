"""What the SDKs of Sensors Analytics send is kept, and none of them is ever told that something went wrong."""

import base64
import gzip
import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.conf import settings
from django.test import Client

from siyu.core.eventlog import sources
from siyu.core.eventlog.land import unpack
from siyu.core.eventlog.models import Batch, FailedMessage, Source
from siyu.core.eventlog.pressure import gauge
from siyu.interfaces.api.ingest import sensors
from siyu.kit import clock

pytestmark = pytest.mark.django_db(databases="__all__")
VIEW = {
    "type": "track",
    "event": "ViewProduct",
    "distinct_id": "u1",
    "time": 1777636800000,
    "properties": {"product_name": "苹果"},
}


@pytest.fixture
def mini() -> Source:
    return sources.create(name="mini", protocol="sensors", at=clock.now())


def address(source: Source, path: str = "/sa", **more: str) -> str:
    return f"{path}?{urlencode({'project': source.name, 'token': source.key} | more)}"


def packed(records: Any, *, zipped: bool = True) -> str:
    body = json.dumps(records, ensure_ascii=False).encode()
    return base64.b64encode(gzip.compress(body, mtime=0) if zipped else body).decode()


def post(url: str, body: str | bytes, kind: str = "application/x-www-form-urlencoded", **headers: str):
    data = body if isinstance(body, bytes) else body.encode()
    return Client().generic("POST", url, data, kind, headers={n.replace("_", "-"): v for n, v in headers.items()})


def landed() -> list[Batch]:
    return list(Batch.objects.using(settings.LANDING).order_by("id"))


def lines() -> list[Any]:
    return [json.loads(line) for batch in landed() for line in unpack(batch).split(b"\n")]


def failed() -> list[str]:
    return list(FailedMessage.objects.using(settings.LANDING).order_by("id").values_list("code", flat=True))


def test_it_works(mini):
    response = post(address(mini), urlencode({"data_list": packed([VIEW, VIEW]), "gzip": 1}))
    assert response.status_code == 200
    (batch,) = landed()
    assert (batch.source, batch.dialect, batch.count, batch.head) == ("mini", "sensors", 2, {"project": "mini"})
    assert lines() == [VIEW, VIEW]


def test_one_record_alone(mini):
    post(address(mini), urlencode({"data": packed(VIEW), "gzip": 1}))
    assert lines() == [VIEW]


@pytest.mark.parametrize("kind", ["text/plain", "", "application/json"])
def test_the_mini_program_sends_text_without_gzip(mini, kind):
    post(address(mini), f"data_list={quote(packed([VIEW], zipped=False))}", kind)
    assert lines() == [VIEW]


def test_a_plus_that_nobody_escaped(mini):
    record = VIEW | {"event": "".join(map(chr, range(0x3E0, 0x420)))}
    text = packed([record], zipped=False)
    assert "+" in text or "/" in text
    post(address(mini), f"data_list={text}")
    assert lines() == [record]


def test_bare_json_and_a_zipped_form(mini):
    post(address(mini), json.dumps([VIEW]))
    post(address(mini), gzip.compress(f"data_list={quote(packed([VIEW]))}".encode()))
    assert lines() == [VIEW, VIEW]


def test_a_browser_asks_for_a_picture(mini):
    data = packed(VIEW, zipped=False)
    response = Client().get(address(mini, "/sa.gif", data=data, ext=f"crc={sensors.hashed(data)}"))
    assert response.status_code == 200 and response["Content-Type"] == "image/gif"
    assert response.content.startswith(b"GIF89a")
    assert lines() == [VIEW]


def test_the_hash_is_javascripts():
    assert sensors.hashed("") == 0
    assert sensors.hashed("hello") == 99162322
    assert sensors.hashed("The quick brown fox jumps over the lazy dog") == -609428141


def test_a_wrong_checksum_is_kept_apart(mini):
    response = Client().get(address(mini, "/sa.gif", data=packed(VIEW), ext="crc=17"))
    assert response.status_code == 200 and response.content.startswith(b"GIF89a")
    assert failed() == ["crc_wrong"] and not landed()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "empty_request"),
        ("gzip=1", "empty_request"),
        ("data=x", "bad_base64"),
        ("data=%E7%A7%98", "bad_base64"),
        (f"data={base64.b64encode(b'no json').decode()}", "bad_json"),
        (f"data={quote(base64.b64encode(gzip.compress(b'[]', mtime=0)[:-4]).decode())}", "bad_gzip"),
        (f"data={quote(base64.b64encode(gzip.compress(b' ' * (17 * 2**20), mtime=0)).decode())}", "too_large"),
        (b"data=" + b"A" * (17 * 2**20), "too_large"),
        (f"data_list={quote(base64.b64encode(b'[]').decode())}", "empty_request"),
        (f"data_list={quote(base64.b64encode(b'[' * 100_000).decode())}", "bad_json"),
        (b"\x1f\x8bnonsense", "bad_gzip"),
        (b"\xff\xfe\x00", "empty_request"),
        (b"&".join(b"a=b" for _ in range(99)), "bad_form"),
        (f"data={quote(packed(5))}", "no_object"),
    ],
)
def test_what_cannot_be_taken_is_kept_and_answered_with_200(mini, body, code):
    assert post(address(mini), body).status_code == 200
    assert failed() == [code] and not landed()


def test_bad_records_cost_only_themselves(mini):
    body = b'[{"type": "track", "price": NaN}, 7, %b]' % json.dumps(VIEW).encode()
    post(address(mini), urlencode({"data_list": base64.b64encode(body).decode()}))
    assert lines() == [VIEW]
    assert failed() == ["bad_json", "no_object"]


def test_a_token_that_opens_nothing(mini):
    app = sources.create(name="app", protocol="segment", at=clock.now())
    for token in ("", "nobody", app.key):
        response = post(f"/sa?project=mini&token={token}", urlencode({"data": packed(VIEW)}))
        assert (response.status_code, response.json()["code"]) == (401, "bad_write_key")
    assert post("/sa", "").status_code == 401
    assert not landed() and not failed()


def test_debug_says_what_is_wrong(mini):
    url = address(mini, "/debug")
    assert post(url, urlencode({"data": packed(VIEW)})).status_code == 200
    assert lines() == [VIEW]
    for wrong in ({**VIEW, "type": "tracked"}, {**VIEW, "event": None}, {"type": "track", "event": "x"}, 5):
        response = post(url, urlencode({"data": packed(wrong)}))
        assert response.status_code == 400 and response.json()["message"]
    assert len(landed()) == 1 and not failed()


def test_a_dry_run_keeps_nothing(mini):
    assert post(address(mini, "/debug"), urlencode({"data": packed(VIEW)}), dry_run="true").status_code == 200
    assert not landed()


def test_who_comes_too_fast_waits_for_the_answer(mini, monkeypatch):
    waited: list[float] = []
    monkeypatch.setattr(gauge, "behind", lambda: True)
    monkeypatch.setattr(sensors.time, "sleep", waited.append)
    assert post(address(mini), urlencode({"data": packed(VIEW)})).status_code == 200
    assert waited == [sensors.BREATH] and len(landed()) == 1


def test_senders_that_wait_leave_threads_for_everybody_else(mini, monkeypatch):
    monkeypatch.setattr(gauge, "behind", lambda: True)
    waited: list[float] = []

    def send():
        assert post(address(mini), urlencode({"data": packed(VIEW)})).status_code == 200

    def sleep(seconds):
        """Meanwhile another one sends."""
        waited.append(seconds)
        send()

    monkeypatch.setattr(sensors.time, "sleep", sleep)
    send()
    assert len(waited) == sensors.AT_ONCE and len(landed()) == sensors.AT_ONCE + 1
