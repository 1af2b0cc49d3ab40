"""Keys, errors, repetition: what all operations share."""

import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client

from siyu.core.people.models import Person
from siyu.core.team import answers, keys
from siyu.core.team.models import Answer, ApiKey
from siyu.interfaces.api import desk
from siyu.kit import clock
from tests.interfaces.api.conftest import NOON, Caller, told

pytestmark = pytest.mark.django_db(databases="__all__")
ALICE = {"identity": {"namespace": "phone", "value": "13800000001"}, "source": "crm", "at": NOON.isoformat()}


def test_a_key_opens_what_its_scopes_say(caller):
    reader = caller("people:read")
    assert reader.get("/people")["items"] == []
    assert reader.post("/people", ALICE, 403)["code"] == "scope_missing"


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer sk_", "Basic eDp5", "Bearer sk_00000000_x", "Bearer sk_é_\xff", "sk_{}", "Bearer {}x"],
)
def test_no_other_key_opens_anything(shop, header):
    secret = shop.secret
    response = shop.http.get("/api/people", headers={"authorization": header.format(secret)} if header else {})
    assert told(response, 401)["code"] in ("unauthorized", "bad_key")
    assert response["WWW-Authenticate"] == "Bearer"


def test_a_revoked_key_opens_nothing(shop):
    keys.revoke(key=ApiKey.objects.get(), at=clock.now())
    assert shop.get("/people", 401)["code"] == "bad_key"


def test_the_secret_is_not_kept(shop):
    secret = shop.secret.split("_", 2)[2]
    assert not any(secret in str(value) for row in ApiKey.objects.values_list() for value in row)


def test_its_use_is_written_at_most_once_a_minute(shop):
    (key,) = ApiKey.objects.all()
    at = clock.now()
    uses = [at, at + timedelta(seconds=59), at + timedelta(seconds=61)]
    seen = []
    for use in uses:
        keys.check(f"Bearer {shop.secret}", scope="people:read", at=use)
        key.refresh_from_db()
        seen.append(key.used_at)
    assert seen == [at, at, at + timedelta(seconds=61)]


def test_a_key_needs_scopes_that_there_are(owner):
    for scopes in ([], ["people:burn"]):
        with pytest.raises(keys.UnknownScope):
            keys.make(name="x", scopes=scopes, by=owner, at=NOON)


def test_the_same_key_and_request_is_done_once_and_answered_alike(shop):
    first = shop.ask("POST", "/people", ALICE, idempotency_key="a")
    again = shop.ask("POST", "/people", ALICE, idempotency_key="a")
    assert (first.status_code, first.content) == (again.status_code, again.content) == (200, again.content)
    assert again["Idempotent-Replay"] == "true" and "Idempotent-Replay" not in first
    assert Person.objects.count() == Answer.objects.count() == 1


def test_the_same_key_with_another_request_is_a_conflict(shop, caller):
    shop.post("/people", ALICE, idempotency_key="a")
    other = ALICE | {"source": "app"}
    assert shop.post("/people", other, 409, idempotency_key="a")["code"] == "idempotency_conflict"
    caller().post("/people", other, idempotency_key="a")


def test_what_was_refused_may_be_sent_again(shop):
    for _ in range(2):
        wrong = ALICE | {"traits": {'"': 1}}
        assert shop.post("/people", wrong, 422, idempotency_key="a")["code"] == "bad_trait"
    shop.post("/people", ALICE, idempotency_key="a")
    assert shop.post("/people", ALICE, 422, idempotency_key="é" * 3)["code"] == "bad_idempotency_key"


@pytest.mark.django_db(databases="__all__", transaction=True)
def test_of_two_at_once_one_is_done(shop):
    """Two threads with the same idempotency key: one write, one answer."""
    got, start = [], threading.Barrier(2)

    def send() -> None:
        start.wait()
        got.append(Caller(shop.secret, Client()).ask("POST", "/people", ALICE, idempotency_key="a").content)
        connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(got)) == 1 and b"per_" in got[0]
    assert Answer.objects.count() == 1


def test_answers_are_forgotten_in_time(shop):
    shop.post("/people", ALICE, idempotency_key="a")
    assert answers.forget(clock.now() + timedelta(days=29)) == 0
    assert answers.forget(clock.now() + timedelta(days=31)) == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "bad_json"),
        (b'{"a": NaN}', 400, "bad_json"),
        (b'"\\ud800"', 400, "bad_json"),
        (b'{"source": "\\u0000"}', 400, "bad_json"),
        (b"[" * 100_000, 400, "bad_json"),
        (b"\xff", 400, "bad_json"),
        (b"[]", 422, "invalid"),
        (b"", 422, "invalid"),
        (b" " * (8 * 2**20 + 1), 413, "too_large"),
    ],
)
def test_what_is_no_body_is_refused(shop, body, status, code):
    assert told(shop.ask("POST", "/people", body), status)["code"] == code


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "", 404, "not_found"),
        ("DELETE", "/people", 405, "method_not_allowed"),
        ("GET", "/people?limit=201", 422, "invalid"),
        ("GET", "/people?limit=0", 422, "invalid"),
        ("GET", "/people?after=x", 422, "bad_cursor"),
        ("GET", "/people?after=zz.cur_000000000000", 422, "bad_cursor"),
        ("GET", "/people?tag=per_000000000000", 404, "not_found"),
        ("GET", "/people?search=%00", 422, "invalid"),
        ("GET", "/people/%00", 404, "no_such_person"),
    ],
)
def test_every_no_is_json_with_a_code(shop, method, path, status, code):
    answer = told(shop.ask(method, f"/{path.lstrip('/')}"), status)
    assert answer["code"] == code and answer["message"]


def test_a_key_that_asks_too_often_waits(shop, monkeypatch):
    monkeypatch.setattr(desk.Pace, "BURST", 3)
    monkeypatch.setattr(desk.Pace, "RATE", 0)
    statuses = [shop.ask("GET", "/tags").status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    last = shop.ask("GET", "/tags")
    assert told(last, 429)["code"] == "too_many_requests" and last["Retry-After"] == "1"


def test_the_docs_load_nothing_from_elsewhere(client):
    page = client.get("/api/docs")
    assert page.status_code == 200 and b"//" not in page.content.replace(b"<!--", b"")
    assert "'unsafe-inline'" not in page["Content-Security-Policy"].partition("style-src")[0]
    schema = client.get("/api/openapi.json").json()
    assert schema["openapi"].startswith("3.1")
    for asset in ("swagger-ui.css", "swagger-ui-bundle.js", "swagger-ui-init.js"):
        assert client.get(f"/static/ninja/{asset}").status_code == 200
