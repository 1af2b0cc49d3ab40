"""What members see and change of themselves; nobody sees anything of another."""

import io
import json
import zipfile

import pytest

from siyu.core.people import consent, erasure, queries
from siyu.core.people.models import Erasure, Member
from siyu.kit import clock
from tests.interfaces.pages.visiting import me, visitor

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
ALICE, BOB = "13812345678", "bob@example.cn"


def read(client, address: str) -> str:
    return client.get(address).content.decode()


def test_it_works():
    alice = visitor(ALICE)
    assert alice.post("/m/me/name", {"name": "悦悦"}).status_code == 302
    page = read(alice, "/m/me")
    assert "悦悦" in page and "138••••5678" in page and ALICE not in page and "Saved." in page
    assert queries.person(me(alice).identity).name == "悦悦"


def test_another_member_sees_their_own_only():
    alice, bob = visitor(ALICE), visitor(BOB)
    alice.post("/m/me/name", {"name": "悦悦"})
    page = read(bob, "/m/me")
    assert "b•••@example.cn" in page and "悦悦" not in page and "5678" not in page
    with zipfile.ZipFile(io.BytesIO(bob.post("/m/me/data").content)) as archive:
        told = "".join(archive.read(name).decode() for name in archive.namelist())
    assert BOB in told and ALICE not in told and "悦悦" not in told


def test_a_name_that_is_none_is_refused_beside_the_field():
    answer = visitor(ALICE).post("/m/me/name", {"name": "   "})
    assert answer.status_code == 422 and "1 to 50" in answer.content.decode()


def test_switches_say_what_may_be_sent():
    alice = visitor(ALICE)
    who = queries.person(me(alice).identity).number
    said = {"channel": "sms", "purpose": "marketing", "granted": "yes"}
    answer = alice.post("/m/me/consents/say", said, headers={"HX-Request": "true"})
    assert 'aria-checked="true"' in answer.content.decode() and "<html" not in answer.content.decode()
    assert consent.allowed({who}, "sms", "marketing") == {who}
    assert "1 allowed" in read(alice, "/m/me")
    assert alice.post("/m/me/consents/say", {**said, "granted": "no"})["Location"] == "/m/me/consents"
    assert not consent.allowed({who}, "sms", "marketing")
    assert alice.post("/m/me/consents/say", {**said, "channel": "smoke"}).status_code == 422


def test_a_member_takes_all_that_is_known_of_them():
    answer = visitor(ALICE).post("/m/me/data")
    assert "attachment" in answer["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert json.loads(archive.read("contacts.json"))[0]["identity_value"] == ALICE


def test_a_member_is_forgotten_after_a_tick():
    alice, again = visitor(ALICE), visitor(ALICE)
    assert alice.post("/m/me/erase").status_code == 422 and Member.objects.exists()
    answer = alice.post("/m/me/erase", {"sure": "yes"})
    wish = Erasure.objects.get()
    assert erasure.code_of(wish) in answer.content.decode() and ALICE not in answer.content.decode()
    assert not Member.objects.exists()
    assert alice.get("/m/me").status_code == again.get("/m/me").status_code == 302
    assert erasure.carry_out(wish, at=clock.now()).finished_at
    assert wish.receipt["outbox"]["erased"]["messages"] == 2, "the codes that were sent"


def test_pages_ask_the_database_a_few_times(django_assert_max_num_queries):
    alice = visitor(ALICE)
    for address in ("/m/me", "/m/me/consents", "/m/me/name", "/m/me/erase"):
        with django_assert_max_num_queries(7):
            assert alice.get(address).status_code == 200
