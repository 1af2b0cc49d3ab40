"""Gateways as they are at the other end of the wire: small servers on loopback that check every signature and sign.

They keep what they were asked to do, and can be told to lose an answer after they did it, to be slow, or to lie.
"""

import base64
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

OURS, THEIRS, STRANGERS = (rsa.generate_private_key(65537, 2048) for _ in range(3))
V3_KEY = b"0123456789abcdef0123456789abcdef"
MERCHANT, APP, SERIAL, PLATFORM = "1900000001", "wx0000000000000001", "SERIAL1", "PUB_KEY_ID_1"
SELLER = "2088000000000001"


def sign(message: bytes, key: rsa.RSAPrivateKey = THEIRS) -> str:
    return base64.b64encode(key.sign(message, padding.PKCS1v15(), hashes.SHA256())).decode()


def check(message: bytes, signature: str) -> None:
    OURS.public_key().verify(base64.b64decode(signature), message, padding.PKCS1v15(), hashes.SHA256())


class Peer:
    """A server with orders and refunds."""

    def __init__(self) -> None:
        self.orders: dict[str, dict[str, Any]] = {}
        self.paid: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.lose: list[str] = []
        """Methods whose next answer is lost after the thing was done."""
        self.slow = False
        self.key = THEIRS
        peer = self

        class Handler(Desk):
            owner = peer

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    @property
    def house(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def answer(self, method: str, path: str, headers: Any, body: bytes) -> tuple[int, dict[str, str], bytes]:
        raise NotImplementedError


class Desk(BaseHTTPRequestHandler):
    owner: ClassVar[Peer]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.owner.asked.append(f"{self.command} {self.path.partition('?')[0]}")
        status, headers, said = self.owner.answer(self.command, self.path, self.headers, body)
        if self.command in self.owner.lose:
            self.owner.lose.remove(self.command)
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(said))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(said)

    do_GET = do_POST

    def log_message(self, *_: Any) -> None:
        pass


class WeChatPeer(Peer):
    def answer(self, method, path, headers, body):
        kind, _, said = headers["Authorization"].partition(" ")
        told = dict(pair.split("=", 1) for pair in said.split(","))
        told = {name: value.strip('"') for name, value in told.items()}
        assert (kind, told["mchid"], told["serial_no"]) == ("WECHATPAY2-SHA256-RSA2048", MERCHANT, SERIAL)
        check(
            f"{method}\n{path}\n{told['timestamp']}\n{told['nonce_str']}\n{body.decode()}\n".encode(), told["signature"]
        )
        status, found = self.done(method, urlsplit(path).path, json.loads(body) if body else {})
        text = json.dumps(found).encode() if found is not None else b""
        return status, self.sealed(text), text

    def done(self, method: str, path: str, said: dict) -> tuple[int, dict | None]:
        *_, last = path.split("/")
        if path.startswith("/v3/pay/transactions/out-trade-no/"):
            if last == "close":
                self.orders.pop(path.split("/")[-2])
                return 204, None
            return (200, self.state(last)) if last in self.orders else (404, {"code": "ORDER_NOT_EXIST"})
        if path.startswith("/v3/pay/transactions/"):
            self.orders[said["out_trade_no"]] = said
            ways = {
                "native": {"code_url": "weixin://pay/1"},
                "jsapi": {"prepay_id": "wx1"},
                "h5": {"h5_url": "https://h5"},
            }
            return 200, ways[last]
        if method == "GET":
            return (200, self.back(last)) if last in self.refunds else (404, {"code": "RESOURCE_NOT_EXISTS"})
        number = said["out_trade_no"]
        assert number in self.paid and said["amount"]["total"] == self.total(number)
        self.refunds.setdefault(said["out_refund_no"], said)
        return 200, self.back(said["out_refund_no"])

    def back(self, number: str) -> dict:
        amount = {"refund": self.refunds[number]["amount"]["refund"]}
        return {"refund_id": f"R{number}", "status": "PROCESSING" if self.slow else "SUCCESS", "amount": amount}

    def total(self, number: str) -> int:
        return self.orders[number]["amount"]["total"]

    def state(self, number: str) -> dict:
        state = "SUCCESS" if number in self.paid else "NOTPAY"
        paid = {"transaction_id": f"T{number}"} | self.paid.get(number, {})
        amount = {"total": self.total(number), "currency": "CNY"}
        known = {"mchid": MERCHANT, "appid": APP, "out_trade_no": number, "trade_state": state, "amount": amount}
        return known | (paid if state == "SUCCESS" else {})

    def pay(self, number: str, **otherwise: Any) -> tuple[bytes, dict[str, str]]:
        """The buyer pays; the notice that WeChat Pay sends of it."""
        self.paid[number] = otherwise
        return self.notice(self.state(number))

    def notice(
        self, said: dict, event: str = "TRANSACTION.SUCCESS", key: bytes = V3_KEY
    ) -> tuple[bytes, dict[str, str]]:
        nonce = secrets.token_hex(6)
        sealed = AESGCM(key).encrypt(nonce.encode(), json.dumps(said).encode(), b"transaction")
        resource = {"algorithm": "AEAD_AES_256_GCM", "ciphertext": base64.b64encode(sealed).decode(), "nonce": nonce,
                    "associated_data": "transaction", "original_type": "transaction"}  # fmt: skip
        body = json.dumps({"id": secrets.token_hex(8), "event_type": event, "resource": resource}).encode()
        return body, self.sealed(body)

    def sealed(self, body: bytes, at: float | None = None, key: rsa.RSAPrivateKey | None = None) -> dict[str, str]:
        moment, nonce = str(int(time.time() if at is None else at)), secrets.token_hex(8)
        return {
            "Wechatpay-Timestamp": moment,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Serial": PLATFORM,
            "Wechatpay-Signature": sign(f"{moment}\n{nonce}\n".encode() + body + b"\n", key or self.key),
        }


class AlipayPeer(Peer):
    def answer(self, method, path, headers, body):
        said = dict(parse_qsl(body.decode(), keep_blank_values=True))
        signature = said.pop("sign")
        check("&".join(f"{name}={said[name]}" for name in sorted(said)).encode(), signature)
        wish = json.loads(said["biz_content"])
        node = json.dumps({"code": "10000", "msg": "Success"} | self.done(said["method"], wish), ensure_ascii=False)
        name = said["method"].replace(".", "_") + "_response"
        text = f'{{"{name}":{node},"sign":"{sign(node.encode(), self.key)}"}}'
        return 200, {"Content-Type": "text/html;charset=utf-8"}, text.encode()

    def done(self, method: str, wish: dict) -> dict:
        number = wish["out_trade_no"]
        if method == "alipay.trade.query":
            if number not in self.paid:
                return {"code": "40004", "sub_code": "ACQ.TRADE_NOT_EXIST"}
            return self.state(number)
        if method == "alipay.trade.refund":
            self.refunds.setdefault(wish["out_request_no"], wish)
            return {"fund_change": "Y", "trade_no": f"T{number}"}
        found = self.refunds.get(wish["out_request_no"])
        if not found or self.slow:
            return {}
        return {"refund_status": "REFUND_SUCCESS", "refund_amount": found["refund_amount"], "trade_no": f"T{number}"}

    def state(self, number: str) -> dict:
        known = {"out_trade_no": number, "trade_no": f"T{number}", "trade_status": "TRADE_SUCCESS"}
        return known | self.paid[number]

    def pay(self, number: str, amount: str, *, key: rsa.RSAPrivateKey | None = None, **otherwise: str) -> bytes:
        self.paid[number] = {"total_amount": amount}
        said = {"app_id": APP, "seller_id": SELLER, "charset": "utf-8", "notify_id": secrets.token_hex(8), "body": "",
                "subject": "茶 & 杯=1", **self.state(number), **otherwise}  # fmt: skip
        message = "&".join(f"{name}={said[name]}" for name in sorted(said))
        return urlencode(said | {"sign_type": "RSA2", "sign": sign(message.encode(), key or self.key)}).encode()
