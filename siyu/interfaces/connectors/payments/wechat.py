"""WeChat Pay, API v3: https://pay.weixin.qq.com/doc/v3/merchant/4012791832.

A payment is begun by QR code (native), inside WeChat (jsapi), or in a phone's browser (h5). Every request is signed
with the merchant's key; every answer and notice must be signed by WeChat Pay, or it counts as forged. The wallet closes
by itself when the order's hold ends.
"""

import base64
import binascii
import hashlib
import json
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import httpx
import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from siyu.core.people.models import Identity
from siyu.features.commerce.models import Payment
from siyu.features.commerce.payments import PAYER, Begun, Money, StillOpen
from siyu.interfaces.connectors.payments.keys import genuine, private_key, public_key, settings_of, signed
from siyu.interfaces.connectors.payments.refusals import (
    BadNotice,
    Forged,
    GatewayRefused,
    NotForThisWay,
    OtherMerchant,
    Unreachable,
)

HOUSE = "https://api.mch.weixin.qq.com"
PATIENCE = 10.0
"""Seconds for an answer."""
FRESH = 300
"""Seconds that a signature is believed."""
SHORTEST = timedelta(minutes=2)
"""WeChat lets no wallet stand open for less than a minute."""
WAYS = {"wechat": "native", "wechat_jsapi": "jsapi", "wechat_h5": "h5"}


@dataclass(frozen=True)
class Account:
    """The merchant. `platform`: WeChat Pay's public keys by their ids, more than one while it changes them."""

    merchant: str
    app: str
    serial: str
    key: RSAPrivateKey
    v3_key: bytes
    platform: Mapping[str, RSAPublicKey]
    house: str = HOUSE


def account(path: str) -> Account:
    said = settings_of(path, ("merchant", "app", "serial", "key", "v3_key", "platform"))
    return Account(
        str(said["merchant"]), said["app"], said["serial"], private_key((said["folder"] / said["key"]).read_bytes()),
        said["v3_key"].encode(),
        {number: public_key((said["folder"] / file).read_bytes()) for number, file in said["platform"].items()},
        said.get("house", HOUSE),
    )  # fmt: skip


class Answer(NamedTuple):
    status: int
    said: dict[str, Any]


class WeChat:
    by_hand = False

    def __init__(self, name: str, account: Account) -> None:
        self.name, self.account, self.trade = name, account, WAYS[name]

    def begin(self, payment: Payment, *, at: datetime) -> Begun:
        """Begun again with the same number, it is the same wallet."""
        if payment.currency != "CNY":
            raise NotForThisWay(f"WeChat Pay takes CNY here, not {payment.currency}")
        asked = self.wish(payment, at) | self.payer(payment)
        answer = self.ask_for("POST", f"/v3/pay/transactions/{self.trade}", asked)
        if answer.status == 400 and answer.said.get("code") == "ORDERPAID":
            raise GatewayRefused("this payment was made already", code="already_paid")
        said = self.good(answer)
        if self.trade == "jsapi":
            return Begun(parameters=self.wallet(said["prepay_id"]))
        return Begun(url=said["code_url" if self.trade == "native" else "h5_url"])

    def wish(self, payment: Payment, at: datetime) -> dict[str, Any]:
        until = max(payment.order.until or at, at + SHORTEST).replace(microsecond=0)
        return {
            "mchid": self.account.merchant,
            "appid": self.account.app,
            "description": f"{settings.SIYU.brand} {payment.order.number}"[:120],
            "out_trade_no": payment.number,
            "time_expire": until.isoformat(),
            "notify_url": f"{settings.SIYU.address}/hooks/payments/{self.name}",
            "amount": {"total": payment.amount, "currency": payment.currency},
        }

    def payer(self, payment: Payment) -> dict[str, Any]:
        if self.trade == "jsapi":
            return {"payer": {"openid": openid_of(payment)}}
        if self.trade == "h5":
            scene = {"payer_client_ip": PAYER.get() or "127.0.0.1", "h5_info": {"type": "Wap"}}
            return {"scene_info": scene}
        return {}

    def wallet(self, prepay: str) -> dict[str, str]:
        """What the page in WeChat hands to its bridge."""
        moment, nonce, package = str(int(time.time())), secrets.token_hex(16), f"prepay_id={prepay}"
        sign = signed(f"{self.account.app}\n{moment}\n{nonce}\n{package}\n", self.account.key)
        return {"appId": self.account.app, "timeStamp": moment, "nonceStr": nonce, "package": package,
                "signType": "RSA", "paySign": sign}  # fmt: skip

    def ask(self, payment: Payment) -> Money | None:
        path = f"/v3/pay/transactions/out-trade-no/{payment.number}?mchid={self.account.merchant}"
        try:
            answer = self.ask_for("GET", path)
        except Unreachable:
            raise StillOpen from None
        return None if answer.status == 404 else self.money(self.good(answer))

    def close(self, payment: Payment) -> None:
        """Nobody can pay it any more."""
        path = f"/v3/pay/transactions/out-trade-no/{payment.number}/close"
        self.good(self.ask_for("POST", path, {"mchid": self.account.merchant}))

    def give_back(self, payment: Payment, *, key: str, amount: int) -> str:
        """Asked for by its number first: what was given in a life before this one is not given again."""
        number = fit(key)
        try:
            answer = self.ask_for("GET", f"/v3/refund/domestic/refunds/{number}")
            if answer.status == 404:
                answer = self.ask_for("POST", "/v3/refund/domestic/refunds", self.back(payment, number, amount))
        except Unreachable:
            raise StillOpen from None
        said = self.good(answer)
        if said.get("status") == "PROCESSING":
            raise StillOpen
        if said.get("status") != "SUCCESS":
            raise GatewayRefused(f"WeChat Pay could not give it back: {said.get('status')}", code="refund_failed")
        if part(said, "amount").get("refund") != amount:
            raise GatewayRefused("WeChat Pay has another refund under this number", code="refund_failed")
        return str(said["refund_id"])

    def back(self, payment: Payment, key: str, amount: int) -> dict[str, Any]:
        money = {"refund": amount, "total": payment.amount, "currency": payment.currency}
        return {"out_trade_no": payment.number, "out_refund_no": key, "amount": money}

    def hear(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> Money | None:
        """A notice. None: nothing to book."""
        self.check(headers, body, at.timestamp())
        notice = opened(body)
        if notice.get("event_type") != "TRANSACTION.SUCCESS":
            return None
        return self.money(opened(self.unsealed(part(notice, "resource"))))

    def money(self, said: Mapping[str, Any]) -> Money | None:
        """Of a transaction that is paid, and ours."""
        if said.get("mchid") != self.account.merchant or said.get("appid") != self.account.app:
            raise OtherMerchant("this payment is another merchant's, or another app's")
        if said.get("trade_state") != "SUCCESS":
            return None
        amount = part(said, "amount")
        total, currency = amount.get("total"), amount.get("currency", "CNY")
        number, reference = said.get("out_trade_no"), said.get("transaction_id")
        if not isinstance(total, int) or not all(isinstance(one, str) for one in (currency, number, reference)):
            raise BadNotice("the payment says no amount, number or reference")
        return Money(str(number), total, str(currency), str(reference))

    def unsealed(self, resource: Mapping[str, Any]) -> bytes:
        return unsealed(self.account.v3_key, resource)

    def ask_for(self, method: str, path: str, said: dict[str, Any] | None = None) -> Answer:
        body = json.dumps(said, ensure_ascii=False, separators=(",", ":")) if said is not None else ""
        headers = {"Authorization": self.authorization(method, path, body), "Accept": "application/json",
                   "Content-Type": "application/json", "User-Agent": "siyu",
                   "Wechatpay-Serial": list(self.account.platform)[-1]}  # fmt: skip
        try:
            answer = httpx.request(
                method, self.account.house + path, content=body.encode(), headers=headers, timeout=PATIENCE
            )
        except httpx.HTTPError as gone:
            raise Unreachable(f"WeChat Pay did not answer: {type(gone).__name__}") from gone
        if answer.status_code >= 500 or answer.status_code == 429:
            raise Unreachable(f"WeChat Pay answered {answer.status_code}")
        if answer.is_success:
            self.check(answer.headers, answer.content, time.time())
        return Answer(answer.status_code, opened(answer.content) if answer.content else {})

    def authorization(self, method: str, path: str, body: str) -> str:
        moment, nonce = str(int(time.time())), secrets.token_hex(16)
        sign = signed(f"{method}\n{path}\n{moment}\n{nonce}\n{body}\n", self.account.key)
        told = {"mchid": self.account.merchant, "nonce_str": nonce, "timestamp": moment,
                "serial_no": self.account.serial, "signature": sign}  # fmt: skip
        return "WECHATPAY2-SHA256-RSA2048 " + ",".join(f'{name}="{value}"' for name, value in told.items())

    def check(self, headers: Mapping[str, str], body: bytes, now: float) -> None:
        """Of an answer or a notice: fresh, and signed by a key of WeChat Pay that we know."""
        moment, nonce = headers.get("Wechatpay-Timestamp", ""), headers.get("Wechatpay-Nonce", "")
        key = self.account.platform.get(headers.get("Wechatpay-Serial", ""))
        fresh = moment.isascii() and moment.isdigit() and len(moment) < 12 and abs(now - int(moment)) <= FRESH
        message = f"{moment}\n{nonce}\n".encode() + body + b"\n"
        if key is None or not fresh or not genuine(message, headers.get("Wechatpay-Signature", ""), key):
            raise Forged("this is not signed by WeChat Pay")

    def good(self, answer: Answer) -> dict[str, Any]:
        if answer.status >= 400:
            code, message = answer.said.get("code", ""), answer.said.get("message", "")
            raise GatewayRefused(f"WeChat Pay refused: {code} {message}"[:300])
        return answer.said


def fit(key: str) -> str:
    """As a number of a refund may be written."""
    return key if re.fullmatch(r"[\w@*|-]{1,64}", key, re.ASCII) else hashlib.sha256(key.encode()).hexdigest()


def openid_of(payment: Payment) -> str:
    """How WeChat knows the buyer in this app."""
    person = payment.order.identity.person_id if payment.order.identity else None
    known = Identity.objects.filter(namespace="openid", person=person) if person else Identity.objects.none()
    openid = known.order_by("-seen_at", "pk").values_list("value", flat=True).first()
    if openid is None:
        raise NotForThisWay("nobody knows this buyer's WeChat account; pay by QR code instead", code="no_openid")
    return openid


def unsealed(v3_key: bytes, resource: Mapping[str, Any]) -> bytes:
    """AEAD_AES_256_GCM, the tag at the end of the text."""
    try:
        nonce, data = resource["nonce"].encode(), (resource.get("associated_data") or "").encode()
        return AESGCM(v3_key).decrypt(nonce, base64.b64decode(resource["ciphertext"], validate=True), data)
    except (InvalidTag, KeyError, AttributeError, TypeError, ValueError, binascii.Error) as wrong:
        raise BadNotice("the notice cannot be unsealed with our key") from wrong


def opened(body: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
        raise BadNotice(f"this is no JSON object: {wrong}") from wrong


def part(said: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = said.get(name)
    return found if isinstance(found, dict) else {}


def yes() -> tuple[int, str, bytes]:
    return 200, "application/json", b'{"code":"SUCCESS"}'


def no(code: str) -> bytes:
    return json.dumps({"code": "FAIL", "message": code}).encode()
