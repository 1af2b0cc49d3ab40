"""Whatever comes to the doors: never a 500, and never a drain that stops."""

import base64
import gzip
import json

import pytest
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from siyu.core.eventlog import sources
from siyu.core.eventlog.drain import drain_all
from siyu.core.eventlog.models import Source
from siyu.kit import clock

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
WORDS = st.sampled_from(
    ["type", "track", "identify", "event", "userId", "messageId", "properties", "traits", "timestamp", "context",
     "distinct_id", "time", "profile_set", "identities", "x" * 300, "", "\0", "\ud800", "9999-99-99", "order.placed"]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=6),
    max_leaves=20,
)
MESSAGES = st.lists(
    st.fixed_dictionaries({"type": st.sampled_from(["track", "identify", "profile_set", "alias", 5])}, optional={
        "event": JSON, "userId": JSON, "messageId": JSON, "timestamp": JSON, "properties": JSON, "traits": JSON,
        "context": JSON, "distinct_id": JSON, "time": JSON, "identities": JSON, "previousId": JSON,
    }) | JSON,
    max_size=5,
)  # fmt: skip
HELD = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
"""The same two sources stand at the doors all the while."""
GOOD = b'{"batch": [{"type": "track", "event": "a", "userId": "u"}]}'


@pytest.fixture
def doors() -> tuple[Source, Source]:
    made = clock.now()
    return (
        sources.create(name="app", protocol="segment", at=made),
        sources.create(name="mini", protocol="sensors", at=made),
    )


def knock(path: str, body: bytes, key: str = "", **headers: str) -> None:
    auth = {"authorization": "Basic " + base64.b64encode(key.encode()).decode()} if key else {}
    response = Client().generic("POST", path, body, "text/plain", headers=auth | headers)
    assert response.status_code in (200, 400, 401, 413), (path, body[:200], response.content)
    if response.status_code != 200:
        assert response.json().keys() == {"code", "message"}


@settings(max_examples=20, suppress_health_check=HELD)
@given(body=st.binary(max_size=200), zipped=st.booleans())
@example(body=gzip.compress(b"0" * 50_000_000)[:], zipped=False)
@example(body=b'{"batch":[' + b'{"a":' * 5_000 + b"1" + b"}" * 5_000 + b"]}", zipped=True)
@example(body=b'{"batch":[{"a":1,"a":2,"type":"track","type":"page"}],"batch":[{}]}', zipped=False)
@example(body=b'{"batch":[{"n":1' + b"0" * 5_000 + b"}]}", zipped=False)
@example(body=b'{"batch":[{"n":NaN,"m":1' + b"0" * 5_000 + b"}]}", zipped=False)
@example(body=b'{"sentAt":"\\u0000","context":{"a":1e999},"batch":[{"\\u0000":"\\u0000"}]}', zipped=False)
@example(body=b'{"batch":[{"x":"' + b"\xff" * 100 + b'"}]}', zipped=False)
@example(body=b'{"type":"track","n":1e999}', zipped=False)
@example(body=GOOD.replace(b" ", b"\r\n"), zipped=True)
def test_bytes_of_any_kind(doors, body, zipped):
    app, mini = doors
    sent = gzip.compress(body) if zipped else body
    for path in ("/v1/batch", "/v1/track", "/v1/p"):
        knock(path, sent, app.key)
    packed = base64.b64encode(sent).replace(b"+", b"%2B")
    for path in ("/sa", "/sa.gif", "/debug"):
        knock(f"{path}?token={mini.key}", sent)
        knock(f"{path}?token={mini.key}", b"data_list=" + packed + b"&gzip=1")


@settings(max_examples=25, suppress_health_check=HELD)
@given(messages=MESSAGES, head=JSON)
def test_messages_of_any_shape_never_stop_the_drain(doors, messages, head):
    app, mini = doors
    knock("/v1/batch", json.dumps({"batch": messages, "context": head, "sentAt": head}).encode(), app.key)
    for message in messages[:2]:
        knock("/v1/identify", json.dumps(message).encode(), app.key)
    packed = base64.b64encode(json.dumps(messages).encode()).replace(b"+", b"%2B")
    knock(f"/sa?token={mini.key}&project=x", b"data_list=" + packed)
    drain_all()


@settings(max_examples=20, suppress_health_check=HELD)
@given(key=st.text(max_size=30), query=st.text(max_size=50), retry=st.text(max_size=8))
def test_keys_and_addresses_of_any_kind(doors, key, query, retry):
    response = Client().generic("POST", "/v1/batch", GOOD, headers={"authorization": f"Basic {key}"})
    assert response.status_code in (400, 401)
    headers = {"x-retry-count": retry.replace("\n", "").replace("\r", "")}
    knock("/v1/batch", GOOD, doors[0].key, **headers)
    assert Client().generic("GET", "/sa.gif", QUERY_STRING=query.encode().decode("latin-1")).status_code in (400, 401)
    assert Client().generic("GET", f"/v1/projects/{key}/settings").status_code in (401, 404)
