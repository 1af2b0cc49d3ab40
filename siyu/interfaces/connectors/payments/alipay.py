"""Alipay's open platform, gateway.do with RSA2: https://opendocs.alipay.com/open/270.

A payment is an address that the buyer's browser opens, signed by us; nothing is asked of Alipay to begin one. Notices
are forms, answers are JSON whose node is signed as it stands in the text. Amounts are in yuan.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

import httpx
import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from django.conf import settings
from django.urls import reverse

from siyu.features.commerce.models import Payment
from siyu.features.commerce.payments import Begun, Money, StillOpen
from siyu.interfaces.connectors.payments.keys import genuine, private_key, public_key, settings_of, signed
from siyu.interfaces.connectors.payments.refusals import (
    BadNotice,
    Forged,
    GatewayRefused,
    NotForThisWay,
    OtherMerchant,
    Unreachable,
)
from siyu.kit import clock, codes, money

HOUSE = "https://openapi.alipay.com/gateway.do"
PATIENCE = 10.0
SHORTEST = timedelta(minutes=2)
SHANGHAI = ZoneInfo("Asia/Shanghai")
WAYS = {
    "alipay": ("alipay.trade.wap.pay", "QUICK_WAP_WAY"),
    "alipay_page": ("alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY"),
}
PAID = ("TRADE_SUCCESS", "TRADE_FINISHED")


@dataclass(frozen=True)
class Account:
    app: str
    seller: str
    key: RSAPrivateKey
    platform: RSAPublicKey
    house: str = HOUSE


def account(path: str) -> Account:
    said = settings_of(path, ("app", "seller", "key", "platform"))
    return Account(
        str(said["app"]), str(said["seller"]), private_key((said["folder"] / said["key"]).read_bytes()),
        public_key((said["folder"] / said["platform"]).read_bytes()), said.get("house", HOUSE),
    )  # fmt: skip


class Alipay:
    by_hand = False

    def __init__(self, name: str, account: Account) -> None:
        self.name, self.account = name, account
        self.method, self.product = WAYS[name]

    def begin(self, payment: Payment, *, at: datetime) -> Begun:
        if payment.currency != "CNY":
            raise NotForThisWay(f"Alipay takes CNY here, not {payment.currency}")
        until = max(payment.order.until or at, at + SHORTEST).astimezone(SHANGHAI)
        wish = {
            "out_trade_no": payment.number,
            "total_amount": yuan(payment.amount),
            "subject": f"{settings.SIYU.brand} {payment.order.number}"[:250],
            "product_code": self.product,
            "time_expire": f"{until:%Y-%m-%d %H:%M:%S}",
        }
        notify = f"{settings.SIYU.address}/hooks/payments/{self.name}"
        back = reverse("pages:orders-one", args=[codes.encode("ord", payment.order_id, settings.SECRET_KEY)])
        said = self.signed(self.method, wish, at, notify_url=notify, return_url=f"{settings.SIYU.address}{back}")
        return Begun(url=f"{self.account.house}?{urlencode(said)}")

    def ask(self, payment: Payment) -> Money | None:
        try:
            said = self.ask_for("alipay.trade.query", {"out_trade_no": payment.number})
        except Unreachable:
            raise StillOpen from None
        if said.get("sub_code") == "ACQ.TRADE_NOT_EXIST":  # nobody has opened the address yet
            return None
        return self.money(self.good(said))

    def close(self, payment: Payment) -> None:
        """Nobody can pay it any more."""
        self.good(self.ask_for("alipay.trade.close", {"out_trade_no": payment.number}))

    def give_back(self, payment: Payment, *, key: str, amount: int) -> str:
        """Alipay gives once for a number, whether asked once or twice, and says so only when it is done."""
        wish = {"out_trade_no": payment.number, "refund_amount": yuan(amount), "out_request_no": key}
        query = {"out_trade_no": payment.number, "out_request_no": key}
        try:
            self.good(self.ask_for("alipay.trade.refund", wish))
            said = self.good(self.ask_for("alipay.trade.fastpay.refund.query", query))
        except Unreachable:
            raise StillOpen from None
        if said.get("refund_status") != "REFUND_SUCCESS":
            raise StillOpen
        if fen(said.get("refund_amount")) != amount:
            raise GatewayRefused("Alipay has another refund under this number", code="refund_failed")
        return str(said.get("trade_no") or key)

    def hear(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> Money | None:
        """A notice. None: nothing to book."""
        try:
            said = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=100))
        except ValueError as wrong:
            raise BadNotice("this is no form") from wrong
        message = joined({name: value for name, value in said.items() if name not in ("sign", "sign_type")})
        if said.get("sign_type") != "RSA2" or not genuine(
            message.encode(), said.get("sign", ""), self.account.platform
        ):
            raise Forged("this is not signed by Alipay")
        if said.get("app_id") != self.account.app or said.get("seller_id") != self.account.seller:
            raise OtherMerchant("this payment is another merchant's, or another app's")
        return self.money(said)

    def money(self, said: Mapping[str, Any]) -> Money | None:
        if said.get("trade_status") not in PAID:
            return None
        number, reference = said.get("out_trade_no"), said.get("trade_no")
        if not isinstance(number, str) or not isinstance(reference, str):
            raise BadNotice("the payment says no number or reference")
        return Money(number, fen(said.get("total_amount")), said.get("trans_currency") or "CNY", reference)

    def signed(self, method: str, wish: dict[str, str], at: datetime, **more: str) -> dict[str, str]:
        said = {
            "app_id": self.account.app,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
            "version": "1.0",
            "biz_content": json.dumps(wish, ensure_ascii=False, separators=(",", ":")),
            **more,
        }
        said = {name: value for name, value in said.items() if value}
        return said | {"sign": signed(joined(said), self.account.key)}

    def ask_for(self, method: str, wish: dict[str, str]) -> dict[str, Any]:
        said = self.signed(method, wish, clock.now())
        try:
            answer = httpx.post(self.account.house, data=said, timeout=PATIENCE)
        except httpx.HTTPError as gone:
            raise Unreachable(f"Alipay did not answer: {type(gone).__name__}") from gone
        if not answer.is_success:
            raise Unreachable(f"Alipay answered {answer.status_code}")
        told = self.node(answer.text, method.replace(".", "_") + "_response")
        if told.get("code") == "20000":
            raise Unreachable("Alipay is not available")
        return told

    def node(self, text: str, name: str) -> dict[str, Any]:
        """The answer, signed as it stands in the text."""
        found = re.fullmatch(
            rf'\s*\{{\s*"{name}"\s*:\s*(\{{.*\}})\s*,\s*(?:"alipay_cert_sn"\s*:\s*"[^"]*"\s*,\s*)?"sign"\s*:\s*"([^"]*)"\s*\}}\s*',
            text, re.DOTALL,
        )  # fmt: skip
        if found is None or not genuine(found[1].encode(), found[2].replace("\\/", "/"), self.account.platform):
            raise Forged("the answer is not signed by Alipay")
        return msgspec.json.decode(found[1], type=dict[str, Any])

    def good(self, said: dict[str, Any]) -> dict[str, Any]:
        if said.get("code") != "10000":
            raise GatewayRefused(f"Alipay refused: {said.get('sub_code')} {said.get('sub_msg')}"[:300])
        return said


def joined(said: Mapping[str, str]) -> str:
    return "&".join(f"{name}={said[name]}" for name in sorted(said))


def yuan(amount: int) -> str:
    return str(money.major(amount, "CNY"))


def fen(said: Any) -> int:
    try:
        amount = Decimal(said)
        if not amount.is_finite() or abs(amount) >= 10**12 or amount != amount.quantize(Decimal("0.01")):
            raise InvalidOperation
    except (InvalidOperation, TypeError, ValueError):
        raise BadNotice(f"{str(said)[:30]!r} is no amount") from None
    return int(amount * 100)


def yes() -> tuple[int, str, bytes]:
    return 200, "text/plain", b"success"


def no(code: str) -> bytes:
    return b"fail"
