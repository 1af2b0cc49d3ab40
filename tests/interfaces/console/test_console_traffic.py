"""Operators grow the tree, enter spend, make rules of what is unknown, and see what people cost."""

import pytest
from django.test import Client

from siyu.core.eventlog.drain import drain_all
from siyu.core.insight import refresh
from siyu.core.links import writing
from siyu.core.links.models import Domain
from siyu.core.links.writing import Wish
from siyu.core.people.codes import code
from siyu.features.traffic import returns, ruling, starting
from siyu.features.traffic.models import Channel, Platform, Rule, Spend, Terms
from siyu.features.traffic.spending import record
from tests.features.traffic.world import NOON, buys, campaign, later, number_of, sees, source, tree  # noqa: F401
from tests.interfaces.console.team import operator
from tests.selling import listed, order, sell

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


@pytest.fixture
def desk(monkeypatch) -> Client:
    monkeypatch.setattr("siyu.kit.clock.now", lambda: later(10))
    client = Client()
    client.force_login(operator("media"))
    return client


def text(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_tree_is_planted_changed_and_retired(desk):
    assert "Plant it" in text(desk.get("/traffic"))
    desk.post("/traffic/plant")
    assert Platform.objects.count() == len(starting.PLATFORMS)
    desk.post("/traffic/open", {"kind": "platform", "code": "tv", "name": "Television", "domain": "commercial"})
    desk.post("/traffic/open", {"kind": "channel", "code": "spot", "name": "Spot", "platform": "tv"})
    desk.post("/traffic/open", {"kind": "campaign", "code": "Spring", "name": "Spring", "begins_on": "2026-03-01"})
    desk.post("/traffic/places/channel/spot", {"do": "rename", "name": "Evening spot"})
    desk.post("/traffic/places/channel/spot", {"do": "move", "platform": "store"})
    page = text(desk.get("/traffic"))
    assert "Evening spot" in page and "Television" in page and "Spring" in page
    assert "from the beginning" in text(desk.get("/traffic/places/channel/spot"))
    said = desk.post("/traffic/places/channel/spot", {"do": "retire"}, follow=True)
    assert "Changed." in text(said) and Channel.objects.get(code="spot").retired_at
    again = desk.post("/traffic/open", {"kind": "channel", "code": "spot", "name": "x", "platform": "tv"}, follow=True)
    assert "There is one of that code already." in text(again)


@pytest.mark.usefixtures("tree")
def test_spend_is_entered(desk):
    day = {"day": "2026-03-02", "channel": "red", "amount": "1,250.50", "currency": ""}
    assert "Entered." in text(desk.post("/traffic/spend/enter", day, follow=True))
    assert Spend.objects.get().cost == 125050
    assert "1,250.50" in text(desk.get("/traffic/spend?channel=red"))
    for wrong in ({"amount": "nan"}, {"day": "soon"}, {"amount": "-1"}, {"currency": "EUR"}):
        desk.post("/traffic/spend/enter", day | wrong)
    assert Spend.objects.count() == 1


@pytest.mark.usefixtures("source", "tree")
def test_a_rule_is_made_of_what_is_unknown(desk):
    sees("alice", later(0), **campaign("xhs"))
    drain_all()
    assert "1 touch came from nobody knows where" in text(desk.get("/traffic/rules"))
    desk.post("/traffic/rules/write", {"utm_source": "xhs", "channel": "red"})
    assert "Every touch has its channel." in text(desk.get("/traffic/rules"))
    desk.post(f"/traffic/rules/{Rule.objects.get().pk}/close")
    assert Rule.objects.get().closed_at
    desk.post("/traffic/terms", {"window": "30", "margin": "25.5"})
    assert list(Terms.objects.values_list("window_days", "margin")) == [(30, 2550)]
    assert 'value="25.5"' in text(desk.get("/traffic/rules"))


@pytest.mark.usefixtures("source", "tree")
def test_cost_and_return_open_down_to_people(desk):
    assert "Nobody was acquired yet." in text(desk.get("/traffic/return"))
    ruling.write(channel="red", utm_source="red", by="op", at=NOON)
    sees("alice", later(0), **campaign("red"))
    buys("alice", 1, later(1), 5000)
    buys("bob", 2, later(2), 700)
    record(day=NOON.date(), channel="red", amount=2600, by="op", at=later(10))
    drain_all()
    returns.refresh(later(10))
    for cut in ("channel", "platform", "domain", "campaign", "creator", "cohort"):
        page = text(desk.get(f"/traffic/return?by={cut}"))
        assert "26.00" in page, cut
    behind = text(desk.get("/traffic/return/behind?by=channel&key=red&from=2026-03-01&until=2026-03-31"))
    assert "Who came by Xiaohongshu" in behind and "50.00" in behind and "7.00" not in behind
    ways = text(desk.get(f"/people/{code(number_of('alice'))}/touches"))
    assert "Xiaohongshu" in ways and "Visit" in ways
    told = text(desk.get(f"/people/{code(number_of('alice'))}"))
    assert "Public domain · Xiaohongshu" in told, "the touch says by which way it came"
    product, member = Client(), Client()
    product.force_login(operator("product"))
    assert product.get("/traffic/return/people.csv?by=channel&key=red").status_code == 403
    member.force_login(operator("member"))
    sheet = text(member.get("/traffic/return/people.csv?by=channel&key=red")).splitlines()
    assert sheet[1].endswith(",2026-03-02,red,,,1,50.00,50.00") and len(sheet) == 2
    assert member.post("/traffic/spend/enter", {}).status_code == 403


@pytest.mark.usefixtures("tree")
def test_nonsense_is_read_as_nothing(desk):
    for asked in ("?by=weather&from=x&until=9999-12-31", "?from=%00", "?until=0000-00-00"):
        assert desk.get(f"/traffic/return{asked}").status_code == 200
    assert desk.get("/traffic/places/river/xyz").status_code == 404
    assert desk.get("/traffic/places/channel/xyz").status_code == 404


@pytest.mark.usefixtures("source", "tree")
def test_tables_are_files_too(desk):
    ruling.write(channel="red", utm_source="red", by="op", at=NOON)
    sees("alice", later(0), **campaign("red"))
    buys("alice", 1, later(1), 5000)
    record(day=NOON.date(), channel="red", amount=2600, by="op", at=later(10))
    drain_all()
    returns.refresh(later(10))
    link = writing.make(Wish(targets="https://shop.example/"), by="lin", at=NOON)
    expected = {
        "/traffic": "Search ads", "/traffic/spend": "2026-03-01", "/traffic/rules": "utm_source=red",
        "/traffic/return": "26.0", "/links": link.code, f"/links/{link.code}": "Visitor", "/live-codes": "Scans",
    }  # fmt: skip
    for address, word in expected.items():
        sheet = desk.get(f"{address}?as=csv")
        assert sheet["Content-Type"].startswith("text/csv"), address
        assert word in text(sheet) or address == "/live-codes", address
        assert desk.get(f"{address}?as=xlsx").content[:2] == b"PK", address


def test_a_domain_on_which_nobody_arrives_is_an_alarm_in_the_cockpit(desk):
    sell(listed(1), order(1, 1, later(5).date(), (1, 100)))
    refresh.refresh_derived(later(10))
    Domain.objects.create(host="go.example", by="lin", added_at=NOON, quiet_at=later(9))
    assert "clicks on go.example no longer arrive" in text(desk.get("/cockpit"))
    Domain.objects.update(quiet_at=None)
    assert "no longer arrive" not in text(desk.get("/cockpit"))
