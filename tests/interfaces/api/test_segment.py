"""What Segment's SDKs send is kept, and they are answered as they expect."""

import base64
import gzip
import json
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from siyu.core.eventlog import sources
from siyu.core.eventlog.land import unpack
from siyu.core.eventlog.models import Batch, FailedMessage, Source
from siyu.core.eventlog.pressure import gauge
from siyu.kit import clock

pytestmark = pytest.mark.django_db(databases="__all__")
VIEW = {"type": "track", "event": "Product Viewed", "messageId": "m1", "userId": "u1"}
YES = {"success": True}


@pytest.fixture
def app() -> Source:
    return sources.create(name="app", protocol="segment", at=clock.now())


def basic(key: str, colon: str = ":") -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{key}{colon}".encode()).decode().rstrip("=")}


def post(path: str, body: Any, key: str = "", kind: str = "application/json", **headers: str):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {name.replace("_", "-"): value for name, value in headers.items()} | (basic(key) if key else {})
    return Client().generic("POST", path, data, kind, headers=sent)


def landed() -> list[Batch]:
    return list(Batch.objects.using(settings.LANDING).order_by("id"))


def lines() -> list[Any]:
    return [json.loads(line) for batch in landed() for line in unpack(batch).split(b"\n")]


def failed() -> list[tuple]:
    return list(FailedMessage.objects.using(settings.LANDING).order_by("id").values_list("ordinal", "code", "body"))


def no(response, status: int, code: str) -> None:
    assert (response.status_code, response.json()["code"]) == (status, code), response.content
    assert response.json()["message"] and response["Content-Type"] == "application/json"


def yes(response) -> None:
    assert (response.status_code, response.json()) == (200, YES), response.content
    assert response["Access-Control-Allow-Origin"] == "*" and response["Content-Length"] == str(len(response.content))


def test_it_works(app):
    said = {"sentAt": "2026-05-01T12:00:00Z", "context": {"ip": "1.2.3.4"}, "integrations": {"All": True}}
    yes(post("/v1/batch", {"batch": [VIEW, VIEW | {"messageId": "m2"}], **said}, app.key, x_retry_count="3"))
    (batch,) = landed()
    assert (batch.source, batch.dialect, batch.count, batch.retries) == ("app", "segment", 2, 3)
    assert batch.head == said
    assert lines() == [VIEW, VIEW | {"messageId": "m2"}]


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b", "/v1/import", "/v1/batch/"])
def test_every_address_of_a_batch(app, path):
    yes(post(path, {"batch": [VIEW]}, app.key))
    assert lines() == [VIEW]


@pytest.mark.parametrize(
    ("path", "kind"),
    [(p, k) for k in ("track", "identify", "page", "screen", "group", "alias") for p in (f"/v1/{k}", f"/v1/{k[0]}")],
)
def test_the_address_says_the_type(app, path, kind):
    yes(post(path, {"event": "Product Viewed", "sentAt": "2026-05-01T12:00:00Z", "writeKey": app.key}))
    assert lines() == [{"type": kind, "event": "Product Viewed", "sentAt": "2026-05-01T12:00:00Z", "writeKey": app.key}]
    assert landed()[0].head == {"sentAt": "2026-05-01T12:00:00Z"}


def test_an_empty_message_is_still_json(app):
    yes(post("/v1/page", b" { } ", app.key))
    assert lines() == [{"type": "page"}]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "multipart/form-data"])
@pytest.mark.parametrize("zipped", [False, True])
def test_no_content_type_is_trusted(app, kind, zipped):
    body = json.dumps({"writeKey": app.key, "batch": [VIEW]}).encode()
    yes(post("/v1/b", gzip.compress(body, mtime=0) if zipped else body, kind=kind))
    assert lines() == [VIEW]


@pytest.mark.parametrize("colon", ["", ":", ":secret"])
def test_the_key_stands_in_the_header_with_or_without_colon(app, colon):
    response = Client().generic("POST", "/v1/batch", json.dumps({"batch": [VIEW]}), headers=basic(app.key, colon))
    yes(response)


def test_a_key_that_opens_nothing(app):
    wanted = sources.create(name="wx", protocol="sensors", at=clock.now())
    for key in ("nobody", "", wanted.key, "\0", "秘"):
        no(post("/v1/batch", {"batch": [VIEW], "writeKey": key}), 401, "bad_write_key")
    no(post("/v1/batch", {"batch": [VIEW], "writeKey": 5}), 401, "bad_write_key")
    no(post("/v1/batch", {"batch": [VIEW]}, "nobody"), 401, "bad_write_key")
    no(post("/v1/batch", {"batch": [VIEW]}, authorization="Basic ÿ"), 401, "bad_write_key")


def test_a_closed_source_is_shut(app):
    yes(post("/v1/batch", {"batch": [VIEW]}, app.key))
    sources.close(source=app, at=clock.now())
    sources.forget_keys()
    no(post("/v1/batch", {"batch": [VIEW]}, app.key), 401, "bad_write_key")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "bad_json"),
        (b"{", 400, "bad_json"),
        (b"[]", 400, "bad_batch"),
        (b'{"batch": {}}', 400, "bad_batch"),
        (b'{"messages": []}', 400, "bad_batch"),
        (b'{"batch": []}', 400, "empty_batch"),
        (b"\x1f\x8bnonsense", 400, "bad_gzip"),
        (gzip.compress(b'{"batch": []}', mtime=0)[:-3], 400, "bad_gzip"),
        (gzip.compress(b"{}", mtime=0) + b"more", 400, "bad_gzip"),
        (gzip.compress(b" " * (5 * 2**20), mtime=0), 413, "too_large"),
        (b" " * (5 * 2**20), 413, "too_large"),
        (b'{"batch": [' + b"{}," * 2500 + b"{}]}", 413, "too_large"),
        (b'{"batch": [' + b"[" * 100_000 + b"]" * 100_000 + b"]}", 400, "bad_json"),
        (b'{"batch": [{}], "context": {"a": "' + b"x" * 40_000 + b'"}}', 413, "too_large"),
    ],
)
def test_a_no_has_code_and_message(app, body, status, code):
    no(post("/v1/batch", body, app.key), status, code)
    assert not landed() and not failed()


def test_a_single_message_has_its_limits(app):
    no(post("/v1/track", {"event": "x" * 33_000}, app.key), 413, "too_large")
    no(post("/v1/track", b"[1]", app.key), 400, "bad_json")
    no(post("/v1/track", b'"x"', app.key), 400, "bad_json")


def test_bad_messages_are_kept_apart_and_the_good_ones_taken(app):
    good = b'{"event": "a",\r\n "n": 1}'
    body = b'{"batch": [5, %b, null, {"big": "%b"}, {"text": "\xff"}, %b]}' % (good, b"x" * 40_000, good)
    yes(post("/v1/batch", body, app.key))
    assert lines() == [{"event": "a", "n": 1}] * 2
    codes = [(ordinal, code) for ordinal, code, _ in failed()]
    assert codes == [(0, "no_object"), (2, "no_object"), (3, "too_large"), (4, "bad_text")]


def test_what_python_and_javascript_call_json_costs_only_itself(app):
    body = b'{"sentAt": "then", "batch": [{"price": NaN}, {"name": "\\ud83d"}, {"event": "a"}], "writeKey": "%b"}'
    yes(post("/v1/batch", body % app.key.encode()))
    assert lines() == [{"event": "a"}]
    assert failed() == [(0, "bad_json", '{"price":NaN}'), (1, "bad_json", '{"name":"\\ud83d"}')]
    assert landed()[0].head == {"sentAt": "then"}


def test_nothing_good_in_a_batch_is_still_kept(app):
    yes(post("/v1/batch", {"batch": [1]}, app.key))
    assert not landed() and failed() == [(0, "no_object", "1")]


def test_a_nul_in_the_head_stops_nobody(app):
    yes(post("/v1/batch", {"batch": [VIEW], "context": {"a": "x\0y"}}, app.key))
    assert landed()[0].head == {"context": {"a": "x�y"}}


def test_nothing_is_redirected_and_nothing_is_gone():
    for path in ("/v1", "/v1/nothing", "/v1/nothing/", "/v1/projects/x"):
        response = Client().get(path)
        assert response.status_code == 404 and "Location" not in response
    no(Client().get("/v1/batch"), 405, "method_not_allowed")
    no(Client().put("/v1/track"), 405, "method_not_allowed")


def test_a_browser_may_ask_first():
    response = Client().options("/v1/batch")
    assert response.status_code == 200
    allowed = response["Access-Control-Allow-Headers"]
    assert all(name in allowed for name in ("Authorization", "Content-Type", "X-Retry-Count"))


def test_a_browser_gets_its_settings(app):
    told = Client().get(f"/v1/projects/{app.key}/settings", headers={"host": "localhost"}).json()
    assert told["integrations"]["Segment.io"] == {"apiKey": app.key, "apiHost": "localhost/v1", "protocol": "http"}
    no(Client().get("/v1/projects/nobody/settings"), 401, "bad_write_key")


def test_who_comes_too_fast_is_asked_to_come_again(app, monkeypatch):
    monkeypatch.setattr(gauge, "behind", lambda: True)
    response = post("/v1/batch", {"batch": [VIEW]}, app.key)
    no(response, 429, "too_many_events")
    assert int(response["Retry-After"]) > 0 and not landed()


def test_the_house_behind_is_not_touched(client):
    assert Client().get("/healthz").status_code == 200
