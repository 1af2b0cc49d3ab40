"""Attribution, the three domains, what is bought twice and reach, as an operator sees them."""

import csv
import hashlib
import io

import pytest
from django.test import Client

from siyu.core.eventlog.drain import drain_all
from siyu.core.insight.actions import save_audience
from siyu.core.people import consent, erasure
from siyu.core.people.numbers import number
from siyu.features.traffic import ruling, seeds
from siyu.interfaces.console.views.audiences import codes, settings
from siyu.kit import clock
from tests.features.traffic.world import NOON, buys, campaign, later, number_of, sees, source, tree  # noqa: F401
from tests.interfaces.console.team import operator

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
MARCH = "from=2026-03-01&until=2026-03-31&window=30"
PAGES = ("attribution", "attribution/behind", "flow", "flow/behind", "twice", "twice/behind", "reach", "reach/sms")


@pytest.fixture
def march(source, tree) -> None:  # noqa: F811
    ruling.write(channel="red", by="alice", at=NOON, utm_source="red")
    ruling.write(channel="search", by="alice", at=NOON, utm_source="search")
    sees("alice", later(0), **campaign("red"))
    sees("alice", later(1), "Contact Added")
    sees("alice", later(7), **campaign("search"))
    buys("alice", 1, later(7.5), 3000)
    drain_all()


def signed_in(*roles: str, owner: bool = False) -> Client:
    client = Client()
    client.force_login(operator(*roles, owner=owner))
    return client


@pytest.mark.usefixtures("march")
@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("page", PAGES)
def test_it_works(page, language):
    client = signed_in("media")
    client.cookies["django_language"] = language
    answer = client.get(f"/traffic/{page}?{MARCH}")
    assert answer.status_code == 200
    if page == "attribution":
        assert "Search ads" in answer.text and "Xiaohongshu" in answer.text


def test_before_anything_happened_pages_say_what_to_do():
    client = signed_in(owner=True)
    for page in PAGES:
        assert client.get(f"/traffic/{page}").status_code == 200, page


@pytest.mark.usefixtures("march")
def test_nonsense_in_the_address_is_read_as_nothing():
    client = signed_in(owner=True)
    for page in PAGES:
        answer = client.get(f"/traffic/{page}?from=yesterday&until=9999-99-99&window=-1&start=x&measure=y&channel=%00")
        assert answer.status_code == 200, page
    assert client.get("/traffic/reach/moon").status_code == 404
    assert client.get("/traffic/flow?from=2026-04-01&until=2026-03-01").status_code == 422


@pytest.mark.usefixtures("march")
@pytest.mark.parametrize("page", ["attribution", "attribution/behind", "flow", "flow/behind", "twice", "reach"])
def test_tables_are_files_too(page):
    client = signed_in("media")
    table = client.get(f"/traffic/{page}?{MARCH}&as=csv")
    assert table.status_code == 200 and table.content.startswith(b"\xef\xbb\xbf")
    assert len(list(csv.reader(io.StringIO(table.content.decode())))) >= 2
    assert client.get(f"/traffic/{page}?{MARCH}&as=xlsx").content.startswith(b"PK")


@pytest.mark.usefixtures("march")
def test_files_of_people_are_for_those_who_may_export_them(monkeypatch):
    from siyu.core.team import roles

    few = roles.ROLES["member"].permissions - {"audiences.export"}
    monkeypatch.setitem(roles.ROLES, "member", roles.Role("member", "", "", few))
    client = signed_in("member")
    assert client.get(f"/traffic/flow?{MARCH}&as=csv").status_code == 200
    assert client.get(f"/traffic/flow/behind?{MARCH}&as=csv").status_code == 403


# Lists for ad platforms


@pytest.fixture
def everybody(source) -> str:  # noqa: F811
    """Alice and Bob have phones; Alice agreed to be matched, Bob did and took it back."""
    from django.db import transaction

    for phone, who in (("13800001111", "alice"), ("13800002222", "bob")):
        with transaction.atomic():
            known = number({("phone", phone): NOON}, source="desk")[("phone", phone)]
        consent.give(person=known, channel="ads", source="desk", at=later(1))
        if who == "bob":
            consent.withdraw(person=known, channel="ads", source="desk", at=later(2))
    drain_all()
    made = save_audience(name="All", definition={"version": 1, "where": {"all": []}}, by="alice", at=NOON)
    return codes.encode("aud", made.pk, settings.SECRET_KEY)


def taken(client: Client, audience: str, format: str) -> list[str]:
    said = {"audience": audience, "format": format, "use": "exclusion"}
    answer = client.post("/traffic/twice/list", said)
    assert answer.status_code == 200, answer
    return b"".join(answer.streaming_content).decode().split()


def test_a_list_has_those_who_agreed_hashed_as_the_platform_wants(everybody):
    from auditlog.models import LogEntry

    client = signed_in(owner=True)
    sha = hashlib.sha256
    assert taken(client, everybody, "ocean-engine-phone-sha256") == ["MOBILE_SHA256", sha(b"13800001111").hexdigest()]
    assert taken(client, everybody, "google-phone") == ["Phone", sha(b"+8613800001111").hexdigest()]
    assert taken(client, everybody, "meta-phone") == ["phone", sha(b"8613800001111").hexdigest()]
    md5 = hashlib.md5(b"13800001111", usedforsecurity=False).hexdigest()
    assert taken(client, everybody, "tencent-ads-phone-md5") == ["HASH_MOBILE_PHONE", md5]
    notes = LogEntry.objects.filter(additional_data__did="exported").order_by("pk")
    assert next(note.additional_data["format"] for note in notes) == "ocean-engine-phone-sha256"


def test_who_was_forgotten_is_on_no_list(everybody):
    asked = erasure.request(person=number_of("13800001111", "phone"), by="alice", at=clock.now())
    erasure.carry_out(asked, at=clock.now())
    assert taken(signed_in(owner=True), everybody, "ocean-engine-phone-sha256") == ["MOBILE_SHA256"]


def test_what_is_asked_for_must_be_there(everybody):
    client = signed_in(owner=True)
    said = {"audience": everybody, "format": "google-email", "use": "exclusion"}
    for wrong in ({"format": "moon"}, {"use": "fun"}, {"audience": "aud_nobody"}):
        assert client.post("/traffic/twice/list", said | wrong).status_code == 404


def test_values_are_written_as_each_platform_writes_them():
    assert seeds.undotted("A.lice+shop@Gmail.com") == "alice@gmail.com"
    assert seeds.undotted("a.b@example.com") == "a.b@example.com"
    assert seeds.mainland("+4420123456") is None and seeds.international("020123456") is None
