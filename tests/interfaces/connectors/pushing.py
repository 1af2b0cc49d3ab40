"""A push service at the other end of the wire, and browsers that can read what it brings."""

import json
import os
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from siyu.kit.base64url import decoded, encoded
from tests.interfaces.connectors.peers import Peer


class PushBrowser:
    """Reads by RFC 8291, step by step, and not by our own code."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint, self.key, self.auth = endpoint, ec.generate_private_key(ec.SECP256R1()), os.urandom(16)
        self.point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.shown: list[dict[str, Any]] = []

    def promise(self) -> dict[str, Any]:
        keys = {"p256dh": encoded(self.point), "auth": encoded(self.auth)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    def read(self, body: bytes) -> bytes:
        salt, size, length = body[:16], int.from_bytes(body[16:20]), body[20]
        theirs, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(body) <= size == 4096
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
        shared = self.key.exchange(ec.ECDH(), point)
        secret = hkdf(shared, self.auth, b"WebPush: info\0" + self.point + theirs, 32)
        key, nonce = (hkdf(secret, salt, b"Content-Encoding: " + what, n) for what, n in KINDS)
        plain = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")
        assert plain[-1:] == b"\2", "the last record"
        return plain[:-1]


KINDS = ((b"aes128gcm\0", 16), (b"nonce\0", 12))


def hkdf(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


class PushService(Peer):
    """Takes what the house signs, for browsers that it knows; a later message under a topic takes the place of one."""

    def __init__(self, now: float) -> None:
        super().__init__()
        self.now, self.key = now, ""
        self.browsers: dict[str, PushBrowser] = {}
        self.statuses: list[int] = []

    def browser(self, name: str) -> PushBrowser:
        return self.browsers.setdefault(f"/push/{name}", PushBrowser(f"{self.house}/push/{name}"))

    def answer(self, method, path, headers, body):
        assert (method, headers["Content-Encoding"]) == ("POST", "aes128gcm") and int(headers["TTL"]) > 0
        self.genuine(headers["Authorization"])
        if self.statuses:
            return self.statuses.pop(0), {}, b"no"
        if path not in self.browsers:
            return 410, {}, b""
        one = self.browsers[path]
        one.shown = [said for said in one.shown if said["topic"] != headers["Topic"]]
        one.shown.append(json.loads(one.read(body)) | {"topic": headers["Topic"]})
        return 201, {}, b""

    def genuine(self, said: str) -> None:
        kind, _, rest = said.partition(" ")
        told = dict(part.strip().split("=", 1) for part in rest.split(","))
        head, claims, seal = told["t"].split(".")
        assert kind == "vapid" and json.loads(decoded(head)) == {"typ": "JWT", "alg": "ES256"}
        claimed, seal = json.loads(decoded(claims)), decoded(seal)
        assert claimed["aud"] == self.house and self.now < claimed["exp"] <= self.now + 86_400
        assert claimed["sub"].startswith(("mailto:", "https://")) and self.key in ("", told["k"])
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(told["k"]))
        pair = encode_dss_signature(int.from_bytes(seal[:32]), int.from_bytes(seal[32:]))
        key.verify(pair, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
