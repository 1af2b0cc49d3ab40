"""People come in from files with all that they are known as, and nobody is joined to somebody else by guess."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from siyu.core.eventlog.drain import drain_all
from siyu.core.eventlog.imports import Options, carry
from siyu.core.eventlog.models import Entry
from siyu.core.insight.facts import open_facts
from siyu.core.people import namespaces
from siyu.core.people.imports import people
from siyu.core.people.models import Consent, Identity, Person, Trait

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
NOW = datetime(2026, 5, 1, tzinfo=UTC)
HEAD = "customer_id,phone,email,name,city,kids,updated_at"


def take(folder: Path, *rows: str, head: str = HEAD, name: str = "people.csv", **said):
    path = folder / name
    path.write_text("\n".join([head, *rows, ""]))
    return carry(people, path, options=Options(**said), at=NOW)


def who(namespace: str, value: str) -> int:
    return Identity.objects.get(namespace=namespace, value=value).person_id


def traits(name: str) -> list:
    return list(Trait.objects.filter(name=name).values_list("value", flat=True))


def test_it_works(tmp_path):
    report = take(
        tmp_path, "a1,+86 138 0000 0001,Alice@Shop.cn,林悦,上海,2,2026-01-01", "b2,,bob@shop.cn,周然,北京,0,2026-01-01"
    )
    assert (report.rows, report.taken, report.refused) == (2, 2, 0)
    assert who("shop", "a1") == who("phone", "13800000001") == who("email", "alice@shop.cn") != who("shop", "b2")
    assert Person.objects.count() == 2
    assert sorted(traits("kids")) == [0, 2]
    drain_all()
    with open_facts() as db:
        assert db.execute("SELECT count(*) FROM persons").fetchall() == [(2,)]
        names = {row[0] for row in db.execute("SELECT DISTINCT name FROM traits").fetchall()}
    assert names == {"city", "kids"}


def test_the_newest_word_wins_whatever_the_order(tmp_path):
    take(tmp_path, "a1,,,,上海,1,2026-03-01")
    assert take(tmp_path, "a1,,,,北京,1,2026-01-01", name="older.csv").unchanged == 1
    assert traits("city") == ["上海"]
    assert take(tmp_path, "a1,,,,广州,1,2026-04-01", name="newer.csv").taken == 1
    assert traits("city") == ["广州"]


def test_the_same_rows_again_change_nothing(tmp_path):
    row = "a1,13800000001,,林悦,上海,2,2026-01-01"
    take(tmp_path, row)
    entries = Entry.objects.count()
    assert take(tmp_path, row, "", name="copy.csv").unchanged == 1
    assert Entry.objects.count() == entries


def test_one_phone_makes_two_known_buyers_one_person(tmp_path):
    take(tmp_path, "a1,,,,,,", "b2,13800000001,,,,,")
    assert take(tmp_path, "a1,13800000001,,,上海,,", name="both.csv").taken == 1
    assert who("shop", "a1") == who("phone", "13800000001") == who("shop", "b2")


def test_two_members_are_never_joined(tmp_path):
    head = "member_no,phone,updated_at"
    take(tmp_path, "m1,13800000001,2026-01-01", "m2,13800000002,2026-01-01", head=head)
    report = take(tmp_path, "m2,13800000001,2026-02-01", head=head, name="both.csv")
    assert report.reasons == {"contested": 1}
    assert who("member", "m1") == who("phone", "13800000001") != who("member", "m2") == who("phone", "13800000002")


def test_placeholders_and_masked_numbers_identify_nobody(tmp_path):
    report = take(tmp_path, "a1,138****1234,undefined,,,,", ",00000000000,null,,,,", "0,13800000001,,,,,")
    assert report.reasons == {"person_missing": 1, "identity_unusable": 2}
    assert sorted(Identity.objects.values_list("namespace", "value")) == [("phone", "13800000001"), ("shop", "a1")]
    assert "reason_code" in Path(report.refused_file).read_text()


@pytest.mark.parametrize(
    ("namespace", "text", "value"),
    [
        ("phone", "+86 138-0000-0001", "13800000001"),
        ("phone", "０１３８", None),
        ("phone", "0086 13800000001", "13800000001"),
        ("phone", "+44 20 7946 0000", "+442079460000"),
        ("phone", "11111111111", None),
        ("email", " Bob@Shop.CN ", "bob@shop.cn"),
        ("email", "bob", None),
        ("shop", "1", "1"),
        ("shop", "0", None),
        ("shop", "Undefined", None),
        ("member", "M-17", "M-17"),
    ],
)
def test_a_value_is_written_in_one_way(namespace, text, value):
    assert namespaces.normal(namespace, text) == value


def test_consents_come_with_people(tmp_path):
    head = "customer_id,consent_sms,consent_email_service,updated_at"
    report = take(tmp_path, "a1,yes,否,2026-01-01", "b2,perhaps,,2026-01-01", "c3,0,,2026-01-01", head=head)
    assert (report.taken, report.mended, report.reasons) == (2, 1, {"consent_unreadable": 1})
    words = Consent.objects.order_by("pk").values_list("identity__value", "channel", "purpose", "granted")
    assert set(words) == {
        ("a1", "sms", "marketing", True),
        ("a1", "email", "service", False),
        ("c3", "sms", "marketing", False),
    }
    assert traits("consent_sms") == []
    assert take(tmp_path, "a1,no,,2025-01-01", name="older.csv", head=head).unchanged == 1
