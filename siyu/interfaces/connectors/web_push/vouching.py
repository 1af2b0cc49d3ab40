"""By what a push service knows who posts: a signed word for its house, good for half a day."""

from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from django.conf import settings

from siyu.core.outreach import web_push
from siyu.kit import base64url

LASTS = timedelta(hours=12)


def voucher(endpoint: str, at: datetime) -> str:
    """The header `Authorization`; the same one for an hour, since signing takes longer than all else."""
    parts = urlsplit(endpoint)
    ends = at.replace(minute=0, second=0, microsecond=0) + LASTS
    return signed(f"{parts.scheme}://{parts.netloc}", int(ends.timestamp()), settings.SECRET_KEY)


@lru_cache(64)
def signed(house: str, ends: int, secret: str) -> str:
    """`secret` is whose key it is."""
    said = [{"typ": "JWT", "alg": "ES256"}, {"aud": house, "exp": ends, "sub": contact()}]
    text = ".".join(base64url.encoded(msgspec.json.encode(part)) for part in said)
    r, s = decode_dss_signature(web_push.private_key().sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    seal = base64url.encoded(r.to_bytes(32) + s.to_bytes(32))
    return f"vapid t={text}.{seal}, k={web_push.public_key()}"


def contact() -> str:
    """Whom a push service can write to."""
    address = settings.SIYU.address
    return address if address.startswith("https://") else f"mailto:{settings.SIYU.mail_from}"
