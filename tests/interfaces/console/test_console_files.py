"""Operators take away the tables of any page, as the page shows them and with all of its pages to come."""

import csv
import io
import re
from html import unescape
from zipfile import ZipFile

import pytest
from auditlog.models import LogEntry
from django.test import Client

from siyu.core.ledger.models import Account
from siyu.interfaces.console import page_tables
from tests.features.loyalty.people import member
from tests.interfaces.console.team import operator

pytestmark = pytest.mark.django_db(databases="__all__")


def signed_in(*roles: str) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(operator(*roles))
    return client


def files(client: Client, page: str) -> dict[str, str]:
    """{title of the table: the address of its CSV}"""
    text = client.get(page).content.decode()
    below = re.findall(r'<li>(.*?) <a class="link" href="(\?[^"]*file=csv[^"]*)"', text)
    return {unescape(title): page.partition("?")[0] + unescape(address) for title, address in below}


def lines(answer) -> list[list[str]]:
    assert answer.status_code == 200 and "attachment" in answer["Content-Disposition"]
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_a_table_is_a_file_with_figures_as_numbers_and_nothing_of_its_buttons():
    desk = signed_in("member")
    desk.post("/mall/write", {"title": "=Cup", "points": "1500", "left": "2", "cost": "3.50"})
    address = files(desk, "/mall")["What points are exchanged for"]
    head, row = lines(desk.get(address))
    assert head == ["Item", "Points", "Left", "Had"] and row[1] == "1500" and row[0].startswith("'=Cup")

    book = ZipFile(io.BytesIO(desk.get(address.replace("csv", "xlsx")).content))
    assert "<v>1500</v>" in book.read("xl/worksheets/sheet1.xml").decode()
    assert LogEntry.objects.filter(additional_data__did="exported").count() == 2


def test_pages_to_come_are_in_the_file_once():
    member("alice")
    desk = signed_in("member")
    for n in range(120):
        desk.post("/points/give", {"member": "alice", "points": str(1 + n), "memo": "sorry", "key": f"gift-{n}"})
    account = Account.objects.get(kind="available", owner__isnull=False)
    [address] = files(desk, f"/ledger/accounts/{account.pk}").values()
    head, *rows = lines(desk.get(address))
    amounts = [int(row[head.index("Amount")]) for row in rows]
    assert amounts == list(range(120, 0, -1))


def test_who_may_not_open_the_page_gets_no_file_of_it():
    address = "/points?table=0&file=csv"
    assert signed_in("product").get(address).status_code == 403
    assert Client().get(address).status_code == 302
    assert not LogEntry.objects.filter(additional_data__did="exported").exists()


def test_a_file_of_people_is_for_those_who_may_export_them():
    member("alice")
    guide, keeper = signed_in("guide"), signed_in("member")
    assert guide.get("/people").status_code == 200 and files(guide, "/people") == {}
    assert guide.get("/people?table=0&file=csv").status_code == 403
    [address] = files(keeper, "/people").values()
    assert len(lines(keeper.get(address))) == 2
    assert LogEntry.objects.filter(additional_data__did="exported").count() == 1


def test_a_table_that_is_gone_is_the_page():
    answer = signed_in("member").get("/ledger?table=99&file=csv")
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("said", "told"),
    [("1,234", 1_234), ("¥1,234.50", 1_234.5), ("−¥5.00", -5.0), ("CN¥3", 3), ("V5", "V5"), ("12.5%", "12.5%"),
     ("2026-01-02", "2026-01-02"), ("3 / 40", "3 / 40"), ("1.2万", "1.2万")],
)  # fmt: skip
def test_figures_are_numbers_and_other_words_stay(said, told):
    assert page_tables.figure(said) == told
