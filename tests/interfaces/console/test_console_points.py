"""Operators write what earns points, fill the mall, and read the books."""

import pytest
from django.test import Client

from siyu.core.ledger import wallets
from siyu.core.ledger.models import Account, Proof, Transfer
from siyu.features.loyalty.models import Earning, EarnRule, MallItem, Redemption
from siyu.features.loyalty.points import mall
from siyu.kit import clock
from tests.features.loyalty.people import member
from tests.interfaces.console.team import operator

pytestmark = pytest.mark.django_db(databases="__all__")
RULE = {"title": "A point a yuan", "event": "order.placed", "points": "1", "per": "100", "op": ">="}


@pytest.fixture
def desk() -> Client:
    client = Client()
    client.force_login(operator("member"))
    return client


def give(desk, points: str = "500", key: str = "abc"):
    return desk.post("/points/give", {"member": "alice", "points": points, "memo": "sorry", "key": key}, follow=True)


def test_a_rule_is_tried_written_published_and_closed(desk):
    tried = desk.post("/points/new", {**RULE, "try": "yes"})
    assert tried.status_code == 200 and "0 points to 0 people" in tried.content.decode()
    assert not EarnRule.objects.exists()
    assert desk.post("/points/new", RULE).status_code == 302
    rule = EarnRule.objects.get()
    for verb, state in (("publish", "published_at"), ("close", "closed_at")):
        desk.post(f"/points/{rule.pk}/{verb}")
        rule.refresh_from_db()
        assert getattr(rule, state)
    assert "A point a yuan" in desk.get("/points").content.decode()
    assert desk.get(f"/points/{rule.pk}").status_code == 200


@pytest.mark.parametrize("wrong", [{"points": "0"}, {"points": "x"}, {"event": "nonsense"}, {"title": ""},
    {"field": "amount", "op": "?"}, {"begins_at": "soon"}])  # fmt: skip
def test_nonsense_is_refused_with_a_sentence(desk, wrong):
    answer = desk.post("/points/new", RULE | wrong)
    assert answer.status_code == 422 and 'role="alert"' in answer.content.decode()
    assert not EarnRule.objects.exists()


def test_points_by_hand_are_given_once_for_a_form(desk):
    alice = member("alice")
    for _ in range(2):
        give(desk)
    assert wallets.balances(alice).available == 500
    assert Earning.objects.get().memo == "sorry"
    assert "key" in give(desk, points="600").content.decode()
    assert wallets.balances(alice).available == 500


def test_every_figure_leads_down_to_its_entries(desk):
    alice = member("alice")
    give(desk)
    account = Account.objects.get(owner=alice, kind="available")
    assert "500" in desk.get("/ledger").content.decode()
    listed = desk.get("/ledger/accounts?unit=points&kind=available").content.decode()
    assert f"/ledger/accounts/{account.pk}" in listed
    transfer = Transfer.objects.get()
    assert f"/ledger/transfers/{transfer.pk}" in desk.get(f"/ledger/accounts/{account.pk}").content.decode()
    assert transfer.key in desk.get(f"/ledger/transfers/{transfer.pk}").content.decode()
    assert desk.get("/ledger/accounts/999999").status_code == 404
    desk.post("/ledger/prove")
    assert Proof.objects.get().findings == []


def test_the_mall_is_filled_and_its_goods_are_sent(desk):
    alice = member("alice")
    give(desk)
    desk.post("/mall/write", {"title": "Cup", "points": "200", "left": "2", "cost": "3.50"})
    cup = MallItem.objects.get()
    assert (cup.left, cup.cost) == (2, 350)
    home = dict.fromkeys(mall.ADDRESS, "here")
    made = [mall.redeem(item=cup.pk, identity=alice, key=key, address=home, at=clock.now()) for key in "ab"]
    desk.post(f"/mall/{cup.pk}/restock", {"pieces": "5"})
    desk.post(f"/mall/exchanges/{made[0].pk}/send", {"carrier": "SF", "tracking": "1"})
    desk.post(f"/mall/exchanges/{made[1].pk}/reverse")
    sent, called_off = Redemption.objects.order_by("pk")
    assert sent.sent_at and called_off.reversed_at
    cup.refresh_from_db()
    assert cup.left == 6 and wallets.balances(alice).available == 300
    assert desk.get("/mall?all=1").status_code == 200
    desk.post(f"/mall/{cup.pk}/close")
    assert MallItem.objects.get().closed_at


@pytest.mark.parametrize("wrong", [{"cost": "NaN"}, {"cost": "x"}, {"points": "0"}, {"most_a_member": "99999"}])
def test_nonsense_is_not_put_into_the_mall(desk, wrong):
    answer = desk.post("/mall/write", {"title": "Cup", "points": "200", **wrong}, follow=True)
    assert answer.status_code == 200 and not MallItem.objects.exists()


def test_a_day_that_is_none_is_called_that(desk):
    said = desk.post("/mall/write", {"title": "Cup", "points": "200", "begins_at": "soon"}, follow=True)
    assert "That is no day and time." in said.content.decode() and not MallItem.objects.exists()
