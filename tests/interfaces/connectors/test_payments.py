"""WeChat Pay and Alipay over the wire: asked, told, told twice, told lies, and killed between any two steps."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from cryptography.hazmat.primitives import serialization
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.test import Client

from siyu.core.eventlog.models import Entry
from siyu.core.people.numbers import number
from siyu.features.commerce import checkout, payments, refunds
from siyu.features.commerce.models import MoneyBack, Order, Payment
from siyu.interfaces.connectors.payments import alipay, wechat
from siyu.interfaces.connectors.payments.alipay import Alipay
from siyu.interfaces.connectors.payments.by_hand import ByHand
from siyu.interfaces.connectors.payments.refusals import Forged, NotForThisWay, Unreachable
from siyu.interfaces.connectors.payments.wechat import WeChat, unsealed
from siyu.kit import clock
from siyu.kit.codes import encode
from tests.features.shop.brand import NOW, Shop, open_shop, order
from tests.interfaces.connectors import peers
from tests.interfaces.connectors.peers import AlipayPeer, WeChatPeer
from tests.interfaces.console.team import operator

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
SHARED = Path(os.environ.get("SIYU_SHARED", Path(__file__).parents[3] / ".." / "shared"))
VECTORS = SHARED / "data" / "wechat_vectors" / "vectors.json"


@pytest.fixture
def shop(db) -> Shop:
    return open_shop()


@pytest.fixture
def pay() -> Iterator[WeChatPeer]:
    peer = WeChatPeer()
    account = wechat.Account(
        peers.MERCHANT, peers.APP, peers.SERIAL, peers.OURS, peers.V3_KEY,
        {peers.PLATFORM: peers.THEIRS.public_key()}, peer.house,
    )  # fmt: skip
    with ExitStack() as stack:
        stack.callback(peer.close)
        for name in wechat.WAYS:
            payments.add(WeChat(name, account))
            stack.callback(payments.GATEWAYS.pop, name)
        yield peer


@pytest.fixture
def ali() -> Iterator[AlipayPeer]:
    peer = AlipayPeer()
    account = alipay.Account(peers.APP, peers.SELLER, peers.OURS, peers.THEIRS.public_key(), peer.house)
    payments.add(Alipay("alipay", account))
    yield peer
    del payments.GATEWAYS["alipay"]
    peer.close()


def begun(shop: Shop, gateway: str = "wechat", key: str = "k", pieces: int = 1) -> tuple[Order, Payment]:
    made = order(shop, (shop.tea, pieces), key=key, at=clock.now())
    payment, _ = payments.begin(order=made, gateway=gateway, at=clock.now())
    return made, payment


def tell(body: bytes, headers: dict[str, str], gateway: str = "wechat") -> tuple[int, str]:
    sent = Client().post(f"/hooks/payments/{gateway}", body, "application/json", headers=headers)
    said = sent.content.decode()
    return sent.status_code, sent.headers.get("Siyu-Outcome") or json.loads(said)["message"]


def fresh(made: Order) -> Order:
    return Order.objects.get(pk=made.pk)


def test_it_works(shop, pay):
    made = order(shop, at=clock.now())
    payment, wallet = payments.begin(order=made, gateway="wechat", at=clock.now())
    assert wallet.url == "weixin://pay/1" and pay.orders[payment.number]["amount"] == {"total": 900, "currency": "CNY"}
    assert pay.orders[payment.number]["notify_url"].endswith("/hooks/payments/wechat")
    assert tell(*pay.pay(payment.number)) == (200, "settled")
    assert fresh(made).placed_at
    assert Payment.objects.get().reference == f"T{payment.number}"


def test_inside_wechat_and_on_a_phone(shop, pay):
    made = order(shop, at=clock.now())
    with pytest.raises(NotForThisWay):
        payments.begin(order=made, gateway="wechat_jsapi", at=clock.now())
    both = number({("openid", "o-alice"): NOW}, source="siyu")
    made.identity.__class__.objects.filter(pk__in=both.values()).update(person=made.identity.person)
    payment, wallet = payments.begin(order=made, gateway="wechat_jsapi", at=clock.now())
    assert pay.orders[payment.number]["payer"] == {"openid": "o-alice"}
    said = wallet.parameters
    peers.check(
        f"{said['appId']}\n{said['timeStamp']}\n{said['nonceStr']}\n{said['package']}\n".encode(), said["paySign"]
    )
    payments.PAYER.set("203.0.113.9")
    payment, wallet = payments.begin(order=made, gateway="wechat_h5", at=clock.now())
    assert wallet.url == "https://h5" and pay.orders[payment.number]["scene_info"]["payer_client_ip"] == "203.0.113.9"


def test_told_twice_it_is_booked_once(shop, pay):
    _, payment = begun(shop)
    notice = pay.pay(payment.number)
    assert [tell(*notice), tell(*notice), tell(*pay.pay(payment.number))] == [
        (200, "settled"), (200, "known"), (200, "known")]  # fmt: skip
    assert Entry.objects.filter(name="payment.settled").count() == 1


def test_forged_notices_are_refused(shop, pay):
    made, payment = begun(shop)
    body, headers = pay.pay(payment.number)
    lies = {
        "another key": (body, pay.sealed(body, key=peers.STRANGERS)),
        "another body": (body.replace(b"TRANSACTION", b"transaction"), headers),
        "long ago": (body, pay.sealed(body, at=clock.now().timestamp() - 3600)),
        "unknown serial": (body, headers | {"Wechatpay-Serial": "OTHER"}),
        "a probe": (body, headers | {"Wechatpay-Signature": "WECHATPAY/SIGNTEST/" + headers["Wechatpay-Signature"]}),
        "nothing": (body, {}),
        "no number": (body, headers | {"Wechatpay-Timestamp": "１２３"}),
    }
    for name, lie in lies.items():
        assert tell(*lie) == (401, "bad_signature"), name
    assert tell(*pay.notice(pay.state(payment.number), key=b"x" * 32)) == (400, "bad_notice")
    assert fresh(made).placed_at is None
    assert tell(body, headers) == (200, "settled")


def test_signed_and_yet_not_what_was_asked_for(shop, pay):
    made, payment = begun(shop)
    pay.pay(payment.number)
    true = pay.state(payment.number)
    for otherwise, code in (
        ({"amount": {"total": 1, "currency": "CNY"}}, "wrong_amount"),
        ({"amount": {"total": 900, "currency": "USD"}}, "wrong_amount"),
        ({"amount": {"total": "900", "currency": "CNY"}}, "bad_notice"),
        ({"mchid": "1900000002"}, "other_merchant"),
        ({"appid": "wx2"}, "other_merchant"),
        ({"out_trade_no": "nobody"}, "no_such_payment"),
    ):
        status, said = tell(*pay.notice(true | otherwise))
        assert (status >= 400, said) == (True, code)
    assert tell(*pay.notice(true | {"trade_state": "CLOSED"})) == (200, "nothing")
    assert tell(*pay.notice({"refund_status": "SUCCESS"}, event="REFUND.SUCCESS")) == (200, "nothing")
    assert fresh(made).placed_at is None


def test_a_notice_of_another_way_or_of_none(shop, pay):
    _, payment = begun(shop)
    assert tell(*pay.pay(payment.number), gateway="wechat_h5") == (404, "no_such_payment")
    assert tell(b"{}", {}, gateway="cash") == (404, "no_such_gateway")
    assert tell(b"{}", {}, gateway="nowhere") == (404, "no_such_gateway")
    assert Client().get("/hooks/payments/wechat").status_code == 405
    assert tell(b" " * 70_000, {}) == (413, "too_large")


def test_a_lost_notice_is_asked_for(shop, pay):
    made, payment = begun(shop)
    later = clock.now() + timedelta(minutes=1)
    assert payments.ask_again(later) == 0
    pay.pay(payment.number)
    pay.lose = ["GET"]
    assert payments.ask_again(later) == 0
    assert payments.ask_again(later) == 1 and fresh(made).placed_at


def test_a_lie_in_an_answer_is_not_believed(shop, pay):
    made, payment = begun(shop)
    pay.pay(payment.number)
    pay.key = peers.STRANGERS
    with pytest.raises(Forged):
        payments.gateway_of("wechat").ask(payment)
    assert payments.ask_again(clock.now() + timedelta(minutes=1)) == 0 and fresh(made).placed_at is None


def test_a_gateway_that_is_down_says_so(shop, pay):
    made = order(shop, at=clock.now())
    pay.lose = ["POST"]
    with pytest.raises(Unreachable):
        payments.begin(order=made, gateway="wechat", at=clock.now())
    payments.begin(order=made, gateway="wechat", at=clock.now())
    assert Payment.objects.count() == 1


def test_a_payment_can_be_closed(shop, pay):
    _, payment = begun(shop)
    payments.gateway_of("wechat").close(payment)
    assert payments.gateway_of("wechat").ask(payment) is None


def too_late(shop: Shop) -> tuple[Order, Payment]:
    """The order has lapsed and its goods are another's."""
    made, payment = begun(shop, pieces=5)
    later = clock.now() + timedelta(hours=1)
    checkout.lapse(later)
    order(shop, (shop.tea, 5), who=shop.bob, key="other", at=later)
    return made, payment


def test_money_that_comes_too_late_goes_back_once(shop, pay):
    _, payment = too_late(shop)
    notice = pay.pay(payment.number)
    assert [tell(*notice), tell(*notice)] == [(200, "returned"), (200, "known")]
    for hours in range(1, 4):
        payments.give_back_due(clock.now() + timedelta(hours=hours))
    assert [one["amount"]["refund"] for one in pay.refunds.values()] == [payment.amount]
    assert MoneyBack.objects.get().done_at and Entry.objects.filter(name="money.returned").count() == 1


def test_a_refund_whose_answer_is_lost_or_slow_is_given_once(shop, pay):
    made, payment = begun(shop, pieces=2)
    tell(*pay.pay(payment.number))
    refunds.refund(order=made.pk, pieces={0: 1}, key="a b/c", reason="broken", by="lin", at=clock.now())
    at = clock.now()
    for trouble in ("GET", "POST", "slow"):
        pay.slow, pay.lose = trouble == "slow", [trouble]
        at += timedelta(hours=7)
        payments.give_back_due(at)
        assert MoneyBack.objects.get().done_at is None, trouble
    pay.slow = False
    payments.give_back_due(at + timedelta(hours=7))
    assert MoneyBack.objects.get().done_at and len(pay.refunds) == 1
    assert pay.asked.count("POST /v3/refund/domestic/refunds") == 1


class Killed(BaseException):
    """Like kill -9: nobody catches it."""


def killing(after: int, do: Callable[[], object]) -> bool:
    """Do it, and die before the statement of that number; whether it came so far."""
    left = iter(range(after))

    def wrapper(execute, sql, params, many, context):
        if next(left, None) is None:
            raise Killed
        return execute(sql, params, many, context)

    with connections["default"].execute_wrapper(wrapper):
        try:
            do()
        except Killed:
            return True
    return False


def test_killed_between_any_two_steps_the_money_goes_back_once(shop, pay):
    """Hearing the notice, and giving back: each dies before its first statement, before its second …"""
    made, payment = too_late(shop)
    notice = pay.pay(payment.number)
    deaths = 0
    while killing(deaths, lambda: tell(*notice)):
        deaths += 1
        assert deaths < 200
    assert tell(*notice) == (200, "known") and MoneyBack.objects.count() == 1
    at, more = clock.now(), 0
    while killing(more, lambda at=at: payments.give_back_due(at)):
        more, at = more + 1, at + timedelta(hours=7)
        assert more < 200
    payments.give_back_due(at + timedelta(hours=7))
    assert deaths > 5 and more > 3
    assert [one["amount"]["refund"] for one in pay.refunds.values()] == [payment.amount]
    assert MoneyBack.objects.get().done_at and Entry.objects.filter(name="money.returned").count() == 1
    assert fresh(made).placed_at is None


@pytest.mark.skipif(not VECTORS.exists(), reason="the folder of WeChat's known-good vectors is not on this machine")
def test_the_vector_of_wechat_pay():
    (known,) = [one for one in json.loads(VECTORS.read_text()) if one["id"] == "wxpay-v3-aes-gcm"]
    assert unsealed(known["api_v3_key"].encode(), known) == known["expect"].encode()


def test_alipay(shop, ali):
    made = order(shop, at=clock.now())
    payment, page = payments.begin(order=made, gateway="alipay", at=clock.now())
    assert page.url.startswith(ali.house) and "alipay.trade.wap.pay" in page.url
    notice = ali.pay(payment.number, "9.00")
    assert hear(notice) == (200, "success") and fresh(made).placed_at
    assert hear(notice) == (200, "success")
    assert Entry.objects.filter(name="payment.settled").count() == 1
    refunds.refund(order=made.pk, pieces={0: 1}, key="a", reason="", by="lin", at=clock.now())
    ali.slow = True
    payments.give_back_due(clock.now())
    ali.slow, ali.lose = False, ["POST"]
    payments.give_back_due(clock.now() + timedelta(hours=7))
    payments.give_back_due(clock.now() + timedelta(hours=14))
    assert [one["refund_amount"] for one in ali.refunds.values()] == ["9.00"] and MoneyBack.objects.get().done_at


def hear(body: bytes) -> tuple[int, str]:
    sent = Client().post("/hooks/payments/alipay", body, "application/x-www-form-urlencoded")
    return sent.status_code, sent.content.decode()


def test_alipay_lies(shop, ali):
    made, payment = begun(shop, "alipay")
    assert hear(ali.pay(payment.number, "9.00", key=peers.STRANGERS)) == (401, "fail")
    assert hear(ali.pay(payment.number, "9.00").replace(b"9.00", b"0.01")) == (401, "fail")
    for wrong in ("0.01", "9.001", "NaN"):
        assert hear(ali.pay(payment.number, wrong))[1] == "fail"
    assert hear(ali.pay(payment.number, "9.00", seller_id="2088x"))[1] == "fail"
    assert hear(ali.pay(payment.number, "9.00", app_id="other"))[1] == "fail"
    assert hear(ali.pay(payment.number, "9.00", trade_status="WAIT_BUYER_PAY")) == (200, "success")
    assert hear(b"\xff") == (400, "fail") and hear(b"") == (401, "fail")
    assert fresh(made).placed_at is None


def test_alipay_sends_its_payer_back_to_the_order(shop, ali):
    made = order(shop)
    _, away = payments.begin(order=made, gateway="alipay", at=clock.now())
    back = dict(parse_qsl(urlsplit(away.url).query))["return_url"]
    assert back.endswith(f"/m/orders/{encode('ord', made.pk, settings.SECRET_KEY)}")


def test_alipay_is_asked_for_what_it_did_not_tell(shop, ali):
    made, payment = begun(shop, "alipay")
    later = clock.now() + timedelta(minutes=1)
    assert payments.ask_again(later) == 0
    ali.pay(payment.number, "9.00")
    ali.key = peers.STRANGERS
    assert payments.ask_again(later) == 0
    ali.key = peers.THEIRS
    assert payments.ask_again(later) == 1 and fresh(made).placed_at


def test_accounts_stand_in_files(tmp_path):
    pem = peers.OURS.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = peers.THEIRS.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (tmp_path / "key.pem").write_bytes(pem)
    (tmp_path / "theirs.txt").write_text("".join(public.decode().splitlines()[1:-1]))
    file = tmp_path / "pay.toml"
    file.write_text(
        'merchant = "1"\napp = "wx1"\nserial = "S"\nkey = "key.pem"\nv3_key = "k"\n[platform]\nP1 = "theirs.txt"\n'
    )
    assert wechat.account(str(file)).platform["P1"] == peers.THEIRS.public_key()
    assert wechat.account(str(file)).house == wechat.HOUSE
    file.write_text('app = "1"\nseller = "2"\nkey = "key.pem"\nplatform = "theirs.txt"\n')
    assert alipay.account(str(file)).app == "1"
    with pytest.raises(ImproperlyConfigured, match="merchant"):
        wechat.account(str(file))


@pytest.fixture
def bank() -> Iterator[None]:
    payments.add(ByHand("offline"))
    yield
    del payments.GATEWAYS["offline"]


def test_a_transfer_is_booked_when_an_operator_has_seen_it(shop, bank):
    made, payment = begun(shop, "offline")
    assert payments.gateway_of("offline").ask(payment) is None and payments.ask_again(clock.now()) == 0
    said = {"order": made.pk, "payment": payment.pk, "reference": "bank 1"}
    assert payments.came_by_hand(**said, at=clock.now()) == "settled"
    assert payments.came_by_hand(**said, at=clock.now()) == "known"
    assert fresh(made).placed_at
    other, second = begun(shop, "offline", key="other")
    with pytest.raises(payments.ReferenceUsed):
        payments.came_by_hand(order=other.pk, payment=second.pk, reference="bank 1", at=clock.now())
    with pytest.raises(payments.NoSuchPayment):
        payments.came_by_hand(order=made.pk, payment=second.pk, reference="", at=clock.now())


def test_no_operator_books_what_a_gateway_says_itself(shop, pay):
    made, payment = begun(shop)
    with pytest.raises(payments.NoSuchPayment):
        payments.came_by_hand(order=made.pk, payment=payment.pk, reference="", at=clock.now())
    assert "cash" in payments.GATEWAYS


def test_the_desk_sees_a_transfer_come(shop, bank):
    made, payment = begun(shop, "offline")
    page = f"/orders/{encode('ord', made.pk, settings.SECRET_KEY)}"
    client = Client()
    client.force_login(operator(owner=True))
    assert "The money came" in client.get(page).content.decode()
    client.post(f"{page}/came", {"payment": payment.pk, "reference": "bank 7"})
    assert fresh(made).placed_at and Payment.objects.get().reference == "bank 7"
    assert "The money came" not in client.get(page).content.decode()
    stranger = Client()
    stranger.force_login(operator("guide"))
    assert stranger.post(f"{page}/came", {}).status_code == 403
