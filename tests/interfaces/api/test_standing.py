"""A sender is answered before Django is asked, and hears the same as one who came in through it."""

import base64
import gzip
import io
import json
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client

from siyu.conf import wsgi
from siyu.core.eventlog import land, sources
from siyu.core.eventlog.models import Batch
from siyu.core.eventlog.pressure import gauge
from siyu.interfaces.api.ingest import standing
from siyu.kit import clock

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
LINE = {"type": "track", "event": "Product Viewed", "userId": "u1", "messageId": "m1"}
BATCH = json.dumps({"batch": [LINE, {**LINE, "messageId": "m2"}]}).encode()


@pytest.fixture
def key() -> str:
    return sources.create(name="app", protocol="segment", at=clock.now()).key


def knock(method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """As a server asks: no test client in between."""
    address, _, query = path.partition("?")
    told: dict[str, Any] = {}
    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": address, "QUERY_STRING": query, "SCRIPT_NAME": "",
        "SERVER_NAME": "testserver", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "testserver",
        "wsgi.url_scheme": "http", "wsgi.input": Pieces(body), "wsgi.errors": io.StringIO(),
        "CONTENT_LENGTH": str(len(body)), **headers,
    }  # fmt: skip
    found = wsgi.application(environ, lambda status, headers, *_: told.update(status=status, headers=dict(headers)))
    return int(told["status"].split()[0]), told["headers"], b"".join(found)


class Pieces(io.BytesIO):
    """A server need not hand over a body at once."""

    def read(self, size: int = -1) -> bytes:
        return super().read(min(size, 7) if size >= 0 else size)


def basic(key: str) -> str:
    return "Basic " + base64.b64encode(f"{key}:".encode()).decode()


def test_it_works(key):
    status, headers, body = knock("POST", "/v1/batch", BATCH, HTTP_AUTHORIZATION=basic(key), HTTP_X_RETRY_COUNT="3")
    assert (status, json.loads(body)) == (200, {"success": True})
    assert headers["Content-Length"] == str(len(body)) and headers["Access-Control-Allow-Origin"] == "*"
    [batch] = Batch.objects.all()
    assert (batch.count, batch.retries, batch.source) == (2, 3, "app")


def test_django_hears_nothing_of_it(key, monkeypatch):
    monkeypatch.setattr(wsgi.application, "house", None)
    assert knock("POST", "/v1/track", json.dumps(LINE).encode(), HTTP_AUTHORIZATION=basic(key))[0] == 200


def test_everybody_else_is_asked_in():
    status, headers, _ = knock("GET", "/sign-in")
    assert status == 200 and "Content-Security-Policy" in headers


CASES = [
    ("POST", "/v1/batch", BATCH, {}),
    ("POST", "/v1/batch/", gzip.compress(BATCH), {}),
    ("POST", "/v1/batch", b"no json", {}),
    ("POST", "/v1/batch", BATCH, {"HTTP_AUTHORIZATION": "Basic nobody"}),
    ("POST", "/v1/batch", b" " * (4 * 2**20 + 1), {}),
    ("POST", "/v1/t", json.dumps(LINE).encode(), {}),
    ("POST", "/batch/", json.dumps({"batch": [{"event": "a", "distinct_id": "u"}]}).encode(), {}),
    ("GET", "/v1/batch", b"", {}),
    ("OPTIONS", "/v1/batch", b"", {}),
    ("POST", "/v1/nothing", b"", {}),
    ("GET", "/v1/projects/KEY/settings", b"", {}),
    ("GET", "/v1/projects/KEY/settings", b"", {"HTTP_HOST": "elsewhere.example"}),
    ("POST", "/sa?token=nobody", b"data=e30=", {}),
    ("GET", "/sa.gif?token=nobody", b"", {}),
]


@pytest.mark.parametrize(("method", "path", "body", "said"), CASES)
def test_both_ways_in_say_the_same(key, method, path, body, said):
    path, said = path.replace("KEY", key), {"HTTP_AUTHORIZATION": basic(key), **said}
    status, headers, found = knock(method, path, body, **said)
    other = Client().generic(method, path, body, content_type="", **said)
    assert (status, found) == (other.status_code, other.content)
    assert headers.items() <= dict(other.items()).items()


def test_what_a_database_cannot_take_is_said_so_and_the_next_asks_anew(key, monkeypatch, caplog):
    def full(*_: Any, **__: Any) -> None:
        raise land.NotStored("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(land.committer, "commit", full)
        status, headers, body = knock("POST", "/v1/batch", BATCH, HTTP_AUTHORIZATION=basic(key))
    assert (status, headers["Retry-After"], json.loads(body)["code"]) == (503, "5", "not_stored")
    assert "the disk is full" in caplog.text
    assert knock("POST", "/v1/batch", BATCH, HTTP_AUTHORIZATION=basic(key))[0] == 200


def test_a_connection_that_broke_is_not_asked_twice(key):
    assert knock("POST", "/v1/batch", BATCH, HTTP_AUTHORIZATION=basic(key))[0] == 200
    connection.connection.close()  # as a database that was started again leaves it
    sources.forget_keys()
    gauge.__init__()
    if connection.vendor == "postgresql":
        assert knock("POST", "/v1/batch", BATCH, HTTP_AUTHORIZATION=basic(key))[0] == 503
        assert knock("POST", "/v1/batch", BATCH, HTTP_AUTHORIZATION=basic(key))[0] == 200
    connections.close_all()


def test_a_fault_of_the_house_is_no_silence(key, monkeypatch, caplog):
    monkeypatch.setattr(standing, "served", lambda *_: 1 / 0)
    status, _, body = knock("POST", "/v1/batch", BATCH, HTTP_AUTHORIZATION=basic(key))
    assert (status, json.loads(body)["code"]) == (500, "internal") and "ZeroDivisionError" in caplog.text
