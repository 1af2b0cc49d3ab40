"""Somebody wishes to be forgotten: no file and no table names them any more, the books still add up, and neither a late
message nor an old file brings them back."""

import gzip
import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pyarrow.parquet as pq
import pytest
import zstandard
from django.apps import apps
from django.conf import settings
from django.db import connections

from siyu.conf import doctor
from siyu.core.eventlog import lake
from siyu.core.eventlog.dialects import Message
from siyu.core.eventlog.drain import drain_all
from siyu.core.eventlog.imports import Options, carry, uploads
from siyu.core.eventlog.land import Fault, land
from siyu.core.eventlog.models import Entry, FailedMessage, Upload
from siyu.core.insight import audiences
from siyu.core.insight.facts import open_facts
from siyu.core.insight.screening import candidates
from siyu.core.people import consent, erasure, queries
from siyu.core.people.actions import WasErased, describe, introduce, make_tag, tag
from siyu.core.people.codes import NoSuchPerson
from siyu.core.people.holdings import all_holdings
from siyu.core.people.imports import people
from siyu.core.people.models import Erasure, Identity, Person, Tombstone
from siyu.core.people.numbers import number
from siyu.features.commerce.imports import orders
from siyu.features.commerce.models import Order
from siyu.features.commerce.receiving import Goods, receive_order
from tests.home import HOME

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
PHONE, EMAIL, NAME, MEMBER = "13812345678", "lin.yue@example.cn", "林悦悦", "M-90017-Q"
ADDRESS, OLD_NAME = "上海市静安区南京西路1788号", "林小悦"
VALUES = (PHONE, EMAIL, NAME, MEMBER, ADDRESS, OLD_NAME)


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def alice(tmp_path: Path) -> int:
    """Known from a file, an app, orders and operators, under all her values."""
    head = "member_no,phone,email,name,address,city,consent_sms,updated_at"
    row = f"{MEMBER},{PHONE},{EMAIL},{OLD_NAME},{ADDRESS},上海,yes,2026-04-01"
    broken = f"{MEMBER},{PHONE},{EMAIL},{NAME},{ADDRESS},上海,yes,someday"
    imported(tmp_path, head, row, broken)
    who = Identity.objects.get(namespace="member", value=MEMBER).person_id
    assert who
    describe(identity=who, traits={"plan": "gold"}, private={"name": NAME}, source="crm", at=at(0))
    tag(tag=make_tag("价值", "高"), identities=[who], by="owner", at=at(0))
    order("o-1", at(1))
    behave(
        Message("Page Viewed", at(1), "m1", ("member", MEMBER), {"url": "/me", "q": f"for {PHONE}"}, {"email": EMAIL}),
        Message("Page Viewed", at(1), "m2", None, {"form": json.dumps({"name": NAME})}, {}),
    )
    fail(json.dumps({"userId": MEMBER, "traits": {"name": NAME}}), json.dumps({"phone": PHONE}))
    drain_all()
    return who


def imported(folder: Path, head: str, *rows: str, name: str = "people.csv"):
    path = folder / name
    path.write_text("\n".join([head, *rows, ""]))
    return carry(people, path, options=Options(source="crm"), at=at(0))


def order(name: str, placed_at: datetime, claim=("member", MEMBER)) -> int:
    goods = [Goods("tea", 2, 9900, 100, "Tea")]
    return receive_order(
        source="shop", number=name, claim=claim, placed_at=placed_at, currency="CNY", goods=goods, at=placed_at
    ).number


def behave(*messages: Message, received_at: datetime = NOON) -> None:
    body = b"\n".join(map(msgspec.json.encode, messages))
    land(body, count=len(messages), source="app", dialect="siyu", received_at=received_at)


def fail(*bodies: str) -> None:
    for n, body in enumerate(bodies):
        FailedMessage.objects.using(settings.LANDING).create(
            source="app", dialect="siyu", batch=None, ordinal=n, received_at=NOON, code="x", reason="x", body=body
        )


def erase(who: int, hour: float = 5) -> Erasure:
    wish = erasure.request(person=who, reason=f"asked by phone from {PHONE}", by="owner", at=at(hour))
    return erasure.carry_out(wish, at=at(hour))


def found(values: tuple[str, ...] = VALUES) -> dict[str, list[str]]:
    """{value: where it is still written}: bytes of every file of the house, opened where they are packed; and of all
    tables, where a database server has them."""
    places: dict[str, list[str]] = {}
    for place, said in [*written(), *tables()]:
        for value in values:
            forms = (value, json.dumps(value)[1:-1], value.replace("-", ""))
            if any(form.encode() in said or form.encode("gb18030") in said for form in forms):
                places.setdefault(value, []).append(place)
    return places


def written():
    for path in HOME.rglob("*"):
        if not path.is_file() or "postgresql" in path.parts:
            continue
        said = path.read_bytes()
        yield str(path), said
        yield str(path), opened(path, said)


def opened(path: Path, said: bytes) -> bytes:
    if said[:4] == b"PAR1":
        return str(pq.ParquetFile(path).read().to_pylist()).encode()
    if said[:2] == b"\x1f\x8b":
        return gzip.decompress(said)
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as book:
            return b"".join(book.read(name) for name in book.namelist())
    return b""


def tables():
    """All rows of all tables; packed columns are unpacked."""
    for model in apps.get_models(include_auto_created=True):
        alias = settings.LANDING if getattr(model, "lands", False) else "default"
        with connections[alias].cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
            for row in cursor.fetchall():
                packed = [bytes(cell) for cell in row if isinstance(cell, bytes | memoryview)]
                texts = [zstandard.decompress(cell) for cell in packed if cell[:4] == b"\x28\xb5\x2f\xfd"]
                yield model._meta.db_table, str(row).encode() + b"".join(texts)


def test_it_works(tmp_path):
    who = alice(tmp_path)
    assert set(found()) == set(VALUES)
    done = erase(who)
    assert done.finished_at and done.subject == {}
    assert found() == {}
    receipt = erasure.receipt(done)
    assert set(receipt["holdings"]) == {holding.name for holding in all_holdings()}
    assert receipt["holdings"]["people"]["erased"]["identities"] == 3
    assert (
        receipt["holdings"]["commerce"]["kept"] == {"orders": 1} and "art. 31" in receipt["holdings"]["commerce"]["law"]
    )
    assert receipt["holdings"]["imports"]["erased"]["files"] == 1
    assert not any(value in str(receipt) for value in VALUES)


def test_the_books_still_add_up(tmp_path):
    who = alice(tmp_path)
    member = Identity.objects.get(namespace="member").pk
    with open_facts() as db:
        before = db.execute("SELECT count(*), sum(amount) FROM log").fetchall()
        sold = db.execute("SELECT sum(amount), count(DISTINCT person) FROM sales").fetchall()
    erase(who)
    drain_all()
    with open_facts() as db:
        [(rows, amount)] = db.execute("SELECT count(*), sum(amount) FROM log WHERE name <> 'person.erased'").fetchall()
        assert [(rows, amount)] == before
        assert db.execute("SELECT sum(amount), count(DISTINCT person) FROM sales").fetchall() == sold
        assert db.execute("SELECT count(*) FROM persons").fetchall() == [(0,)]
        assert db.execute("SELECT count(*) FROM traits").fetchall() == [(0,)]
    assert Order.objects.get().identity_id == member
    assert [
        finding
        for finding in doctor.examine()
        if not finding.well and finding.check != "Only the owner can read the key"
    ] == []


def test_nobody_finds_them_any_more(tmp_path):
    who = alice(tmp_path)
    erase(who)
    drain_all()
    assert Person.objects.count() == 0 and queries.find(PHONE) == [] and queries.people().rows == []
    with pytest.raises(NoSuchPerson):
        queries.person(who)
    with pytest.raises(NoSuchPerson):
        consent.withdraw(person=who, channel="sms", source="x", at=at(6))
    assert audiences.count({"version": 1, "where": {"all": []}}) == 0


def test_twice_is_refused_and_going_on_changes_nothing(tmp_path):
    who = alice(tmp_path)
    done = erase(who)
    assert erasure.carry_out(done, at=at(9)).finished_at == at(5)
    with pytest.raises(NoSuchPerson):
        erasure.request(person=who, by="owner", at=at(6))


@pytest.mark.parametrize("holding", ["log", "lake", "landing", "commerce", "database"])
def test_killed_in_the_middle_it_goes_on(tmp_path, monkeypatch, holding):
    who = alice(tmp_path)
    one = next(one for one in all_holdings() if one.name == holding)
    monkeypatch.setattr(one, "erase", killed)
    with pytest.raises(KeyboardInterrupt):
        erase(who)
    monkeypatch.undo()
    assert erasure.carry_on(at(6)) == 1
    assert found() == {} and Erasure.objects.get().finished_at == at(6)


def test_files_that_a_killed_process_left_in_the_lake_go_too(tmp_path):
    who = alice(tmp_path)
    with lake.connect() as db:
        for name in lake.SCHEMAS:
            db.execute(f"CREATE OR REPLACE TEMP TABLE left_{name} AS SELECT * FROM {lake.scan(name)}")
            assert lake.written(name, f"left_{name}", db)
    erase(who)
    assert found() == {}


def killed(who):
    raise KeyboardInterrupt


def test_late_messages_do_not_bring_them_back(tmp_path):
    erase(alice(tmp_path))
    assert number({("member", MEMBER): at(2), ("phone", PHONE): at(5)}, source="app") == {}
    with pytest.raises(WasErased):
        introduce(claim=("phone", PHONE), source="app", at=at(4))
    order("o-2", at(2))
    assert Order.objects.get(number="o-2").identity is None
    assert found() == {}


def test_an_old_file_does_not_bring_them_back(tmp_path):
    erase(alice(tmp_path))
    again = imported(
        tmp_path, "member_no,phone,name,city", f"{MEMBER},,{NAME},北京", f"B2,{PHONE},,", "C3,,周然,", name="2.csv"
    )
    assert (again.taken, again.refused, again.reasons) == (1, 2, {"erased": 2})
    assert [row.name for row in queries.people().rows] == ["周然"]


def test_what_fails_later_is_not_kept_as_it_came(tmp_path):
    erase(alice(tmp_path))
    wrong = [
        json.dumps(
            {"type": "track", "userId": "x", "event": "", "properties": {"tel": "+86 138-1234-5678", "to": NAME}}
        ),
        f'{{"broken {MEMBER} of {NAME}',
        json.dumps({"type": "track", "event": "A", "traits": {"email": EMAIL.upper()}}),
        json.dumps({"type": "track", "userId": "x", "event": "", "properties": {"tel": "13899990000"}}),
    ]
    faults = [Fault(0, "message_too_large", "too large", f"{ADDRESS} {PHONE}")]
    land("\n".join(wrong).encode(), count=4, source="app", dialect="segment", received_at=at(8), faults=faults)
    drain_all()
    bodies = list(FailedMessage.objects.using(settings.LANDING).order_by("pk").values_list("body", flat=True))
    assert bodies == ["", "", "", "", wrong[3]]
    erasure.carry_on(at(9))
    assert found() == {}


def test_rows_refused_for_another_reason_are_not_written_out(tmp_path):
    erase(alice(tmp_path))
    rows = [f"{MEMBER},{PHONE},{EMAIL},{NAME},{ADDRESS},上海,yes,someday", "B9,13900000009,,周然,,,,someday"]
    again = imported(tmp_path, "member_no,phone,email,name,address,city,consent_sms,updated_at", *rows, name="2.csv")
    assert again.refused == 2
    written = Path(again.refused_file).read_text()
    assert "周然" in written and found() == {}


def test_a_file_that_waits_goes_and_says_why(tmp_path):
    who = alice(tmp_path)
    for text in (f"order_id,customer_id\n1,{MEMBER}\n", "order_id,customer_id\n1,B2\n"):
        uploads.send(
            kind="orders", source="shop", currency="CNY", file="o.csv", by="owner", at=at(4),
            move=lambda place, text=text: place.write_text(text),
        )  # fmt: skip
    erase(who)
    assert found() == {}
    assert list(Upload.objects.order_by("pk").values_list("code", flat=True)) == ["erased", ""]


def test_the_receipt_names_the_folders_of_copies(tmp_path, monkeypatch):
    who = alice(tmp_path)
    (tmp_path / "copies").mkdir()
    (tmp_path / "copies" / "monday.tar").write_text("all of it")
    known = settings.SIYU.model_copy(update={"backups": f"{tmp_path}/copies, s3://elsewhere", "backup_days": 30})
    monkeypatch.setattr(settings, "SIYU", known)
    wish = erasure.request(person=who, by="owner", at=datetime(2030, 1, 1, tzinfo=UTC))
    said = erasure.receipt(erasure.carry_out(wish, at=at(6)))["holdings"]["backups"]
    assert said["kept"] == {f"{tmp_path}/copies": 1, "s3://elsewhere": 0}
    assert "delete them by 2030-01-31" in said["law"]


def test_their_orders_said_again_are_no_correction(tmp_path):
    """The file is as it was; only whose the order is cannot be said any more."""
    head = "order_id,customer_id,phone,ordered_at,product,quantity,amount"
    rows = [f"{n},{MEMBER},{PHONE},2026-04-0{n} 10:00:00,milk,1,10.00" for n in (1, 2)]
    path = tmp_path / "orders.csv"
    path.write_text("\n".join([head, *rows, ""]))
    carry(orders, path, options=Options(source="shop", namespace="member"), at=at(0))
    drain_all()
    buyer = Order.objects.first().identity_id
    erase(Identity.objects.get(namespace="member", value=MEMBER).person_id)
    path.write_text("\n".join([head, *rows, "3,C3,,2026-04-03 10:00:00,milk,1,10.00", ""]))
    again = carry(orders, path, options=Options(source="shop", namespace="member"), at=at(6))
    assert (again.orders, again.taken, again.unchanged) == (1, 1, 2)
    drain_all()
    assert not Entry.objects.filter(name="order.corrected").exists()
    assert list(Order.objects.order_by("number").values_list("identity", flat=True))[:2] == [buyer, buyer]


def test_no_later_screening_invites_a_number_without_a_name(tmp_path):
    who = alice(tmp_path)
    bob = number({("member", "B-2"): at(0)}, source="shop")["member", "B-2"]
    order("o-9", at(2), claim=("member", "B-2"))
    drain_all()
    assert {one["person"] for one in candidates(as_of=at(50))} == {who, bob}
    erase(who)
    drain_all()
    assert {one["person"] for one in candidates(as_of=at(50))} == {bob}


def test_who_registers_anew_is_somebody_new(tmp_path):
    who = alice(tmp_path)
    member = Identity.objects.get(namespace="member").pk
    erase(who)
    new, _ = introduce(claim=("phone", PHONE), source="app", at=at(6), private={"name": "新林"})
    assert new != who and queries.person(new).name == "新林"
    order("o-3", at(3), claim=("phone", PHONE))
    order("o-4", at(7), claim=("phone", PHONE))
    assert dict(Order.objects.values_list("number", "identity")) == {"o-1": member, "o-3": None, "o-4": new}
    older = imported(tmp_path, "phone,city,updated_at", f"{PHONE},北京,2026-05-01", name="old.csv")
    newer = imported(tmp_path, "phone,city,updated_at", f"{PHONE},广州,2026-05-03", name="new.csv")
    assert (older.refused, newer.refused) == (1, 0)
    assert [trait.value for trait in queries.person(new).traits if trait.name == "city"] == ["广州"]
    again = erase(new, 48)
    assert again.finished_at and Tombstone.objects.filter(erased_at=at(48)).count() == 1


def test_others_keep_what_is_theirs(tmp_path):
    bob = number({("phone", "13800000002"): at(0)}, source="crm")["phone", "13800000002"]
    describe(identity=bob, traits={"plan": "free"}, private={"name": "周然"}, source="crm", at=at(0))
    erase(alice(tmp_path))
    assert queries.person(bob).name == "周然"
    with open_facts() as db:
        assert db.execute("SELECT value ->> '$' FROM traits WHERE name = 'plan'").fetchall() == [("free",)]
        assert db.execute(f"SELECT count(*) FROM {lake.scan('payloads')} WHERE identity = {bob}").fetchall() == [(1,)]


def test_a_tombstone_tells_nothing():
    erasure.request(person=number({("phone", PHONE): at(0)}, source="crm")["phone", PHONE], by="owner", at=at(1))
    stone = Tombstone.objects.get()
    assert len(bytes(stone.digest)) == 32 and stone.erased_at == at(1)
