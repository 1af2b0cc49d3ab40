"""The pair of keys by which push services know this house (VAPID, RFC 8292): made of its secret, as signs are, so that
there is nothing more to keep. With another secret browsers have to be asked again."""

import hmac
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from siyu.kit import base64url

CURVE = ec.SECP256R1()


def private_key() -> ec.EllipticCurvePrivateKey:
    return derived(settings.SECRET_KEY)


def public_key() -> str:
    """As browsers want it when they subscribe."""
    return base64url.encoded(private_key().public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


@lru_cache(4)
def derived(secret: str) -> ec.EllipticCurvePrivateKey:
    """512 bits, so that no key is likelier than another."""
    number = int.from_bytes(hmac.digest(secret.encode(), b"web push", "sha512"))
    return ec.derive_private_key(number % (CURVE.group_order - 1) + 1, CURVE)
