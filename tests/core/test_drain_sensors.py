"""What a Sensors Analytics SDK sends stands in the lake as one event, whoever it is of."""

import json
from datetime import UTC, datetime

import pytest
from django.db.models import Q

from siyu.core.eventlog import lake
from siyu.core.eventlog.drain import drain_all
from siyu.core.eventlog.land import land
from siyu.core.eventlog.models import Drain, FailedMessage, Source
from siyu.core.people.directory import People
from siyu.core.people.models import Identity, Trait

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
MS = 1777636799123
"""11:59:59.123"""


@pytest.fixture(autouse=True)
def source():
    Source.objects.create(name="shop", protocol="sensors", key="k", namespace="member", made_at=NOON)


def send(*records: dict) -> None:
    body = b"\n".join(json.dumps(record).encode() for record in records)
    head = {"project": "default"}
    land(body, count=len(records), source="shop", dialect="sensors", received_at=NOON, head=head)


def record(**said) -> dict:
    blank = {"type": "track", "event": "ViewProduct", "distinct_id": "d1", "time": MS, "properties": {"sku": "A"}}
    return blank | {"lib": {"$lib": "python"}, "_flush_time": MS + 1, "project": "default"} | said


def whole(columns: str) -> list[tuple]:
    drain_all()
    with lake.connect() as db:
        scan = lake.scan("events")
        return db.execute(f"SELECT {columns} FROM (FROM {scan} WHERE name NOT LIKE '%.%' ORDER BY position)").fetchall()


def test_it_works():
    send(record(), record(distinct_id="u1", properties={"$is_login_id": True, "$ip": "1.2.3.4", "n": 1}))
    assert whole("name, happened_at::VARCHAR, properties") == [
        ("ViewProduct", "2026-05-01 11:59:59.123+00", '{"sku":"A"}'),
        ("ViewProduct", "2026-05-01 11:59:59.123+00", '{"n":1}'),
    ]
    assert set(Identity.objects.values_list("namespace", "value")) == {("device", "d1"), ("member", "u1")}


def test_a_repetition_is_known_by_what_it_says():
    for flush in (1, 2):
        send(record(_flush_time=flush), record(_track_id=7, _flush_time=flush), record(time=MS + 5, _flush_time=flush))
    assert whole("count(*)") == [(3,)]


@pytest.mark.parametrize(
    "time, at",
    [
        (1777636799, "2026-05-01 11:59:59+00"),
        (str(MS), "2026-05-01 11:59:59.123+00"),
        ("2026-05-01 11:00:00.5", "2026-05-01 11:00:00.5+00"),
        ("2026-05-01T11:00:00+08:00", "2026-05-01 03:00:00+00"),
    ],
)
def test_times_are_numbers_or_the_brands(time, at):
    send(record(time=time))
    assert whole("happened_at::VARCHAR") == [(at,)]


def test_signing_up_ties_the_device_to_the_login(monkeypatch):
    ties = []
    monkeypatch.setattr(People, "matched", lambda self, matches, *, imported: ties.extend(matches))
    send(record(type="track_signup", event="$SignUp", distinct_id="u1", original_id="d1"))
    assert whole("name") == [("$SignUp",)]
    numbers = {value: pk for pk, value in Identity.objects.values_list("pk", "value")}
    assert [(m.a, m.b, m.rule) for m in ties] == [(numbers["u1"], numbers["d1"], "login")]


def test_bound_parted_and_bound_again_in_one_step_is_one_person():
    for kind, minute in (("bind", 1), ("unbind", 3), ("bind", 5)):
        send(told(kind, minute, "u1", "+8613800000001"))
    for kind, minute in (("bind", 1), ("unbind", 3)):
        send(told(kind, minute, "u2", "+8613800000002"))
    drain_all()
    assert one_person("u1", "13800000001") and not one_person("u2", "13800000002")


def test_parted_before_it_was_bound_stays_two():
    for kind, minute in (("unbind", 3), ("bind", 1)):
        send(told(kind, minute, "u1", "+8613800000001"))
        drain_all()
    assert not one_person("u1", "13800000001")


def told(kind: str, minute: int, login: str, phone: str) -> dict:
    ids = {"$identity_login_id": login, "$identity_mobile": phone}
    at = int(NOON.timestamp() * 1000) + 60_000 * minute
    return record(type=f"track_id_{kind}", event=f"${kind}", distinct_id=login, identities=ids, time=at)


def one_person(login: str, phone: str) -> bool:
    found = Identity.objects.filter(Q(namespace="member", value=login) | Q(namespace="phone", value=phone))
    return len(set(found.values_list("person", flat=True))) == 1


def test_identities_of_idm_3_are_tied_and_parted(monkeypatch):
    ties, cuts = [], []
    monkeypatch.setattr(People, "matched", lambda self, matches, *, imported: ties.extend(matches))
    monkeypatch.setattr(People, "parted", lambda self, matches, *, imported: cuts.extend(matches))
    ids = {"$identity_login_id": "u1", "$identity_mobile": "+86 138 0000 0001", "$identity_cookie_id": "c1"}
    send(record(type="track_id_bind", event="$BindID", distinct_id="u1", identities=ids))
    send(record(type="track_id_unbind", event="$UnbindID", distinct_id="u1", identities={**ids, "crm": "7"}))
    drain_all()
    assert set(Identity.objects.values_list("namespace", "value")) == {
        ("member", "u1"), ("phone", "13800000001"), ("device", "c1"), ("crm", "7")}  # fmt: skip
    assert (len(ties), {m.rule for m in ties}, len(cuts), {m.rule for m in cuts}) == (2, {"bind"}, 3, {"unbind"})


def test_profiles_are_learnt_once():
    changes = [
        ("profile_set", {"city": "上海", "$name": "林悦"}),
        ("profile_set_once", {"city": "北京", "first": "a"}),
        ("profile_increment", {"visits": 2}),
        ("profile_append", {"likes": ["tea"]}),
        ("profile_unset", {"first": True}),
    ]
    sent = [record(type=t, event=None, time=MS + n, properties=p) for n, (t, p) in enumerate(changes)]
    send(*sent)
    send(*sent)
    assert whole("name") == [("Identified",)] * 5
    known = dict(Trait.objects.values_list("name", "value"))
    assert (known["city"], known["visits"], known["likes"]) == ("上海", 2, ["tea"])
    assert sum(Drain.objects.values_list("repeats", flat=True)) == 5
    with lake.connect() as db:
        text = str(db.execute(f"SELECT properties, context FROM {lake.scan('events')}").fetchall())
    assert "林悦" not in text


def test_items_are_nobodys():
    send(record(type="item_set", event=None, distinct_id=None, item_type="tea", item_id="7", properties={"p": 1}))
    assert [(n, i, json.loads(p)) for n, i, p in whole("name, identity, properties")] == [
        ("Item Described", None, {"item_type": "tea", "item_id": "7", "p": 1})
    ]


def test_what_cannot_be_taken_is_kept():
    send(record(type="dance"), record(distinct_id=None), record(event=None), record(time="soon"))
    drain_all()
    codes = list(FailedMessage.objects.order_by("ordinal").values_list("code", flat=True))
    assert codes == ["type_unknown", "user_missing", "event_missing", "time_unreadable"]
