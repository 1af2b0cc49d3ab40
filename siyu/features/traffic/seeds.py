"""Seed and exclusion lists for ad platforms: identities of an audience, hashed as each platform wants them.

Only of people who said yes to being matched with ad platforms (channel `ads`, purpose marketing) and never no since, on
any identity; who is erased has no identity left. A hash of a phone can be guessed back by trying all phones, so a list
is still personal data: it is streamed, kept nowhere here, and whoever takes it says so in the audit trail.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import batched
from typing import Any

from siyu.core.insight import audiences
from siyu.core.people import consent
from siyu.core.people.models import Identity
from siyu.kit.refusals import Refused

CHUNK = 2_000
CHANNEL = "ads"


class NoSuchFormat(Refused):
    code = "no_such_format"
    status = 404


def mainland(phone: str) -> str | None:
    """Eleven digits; other countries' numbers are none of this platform's."""
    return phone if re.fullmatch(r"1\d{10}", phone) else None


def international(phone: str) -> str | None:
    """With a plus and the country; a number that names no country could be anybody's."""
    return phone if phone.startswith("+") else f"+86{phone}" if mainland(phone) else None


def digits(phone: str) -> str | None:
    """The country and the number, digits only."""
    found = international(phone)
    return found and found[1:]


def small(email: str) -> str:
    return email.strip().lower()


def undotted(email: str) -> str:
    """Google takes a Gmail address without its dots and without what follows a plus."""
    name, _, domain = small(email).rpartition("@")
    if domain in ("gmail.com", "googlemail.com"):
        name = name.partition("+")[0].replace(".", "")
    return f"{name}@{domain}"


@dataclass(frozen=True)
class Format:
    """What a platform takes in a list, in words as `said`. They change: see theirs before a first use."""

    platform: str
    namespace: str
    hash: str
    normal: Callable[[str], str | None]
    column: str
    said: str


FORMATS = {
    "ocean-engine-phone-sha256": Format("Ocean Engine 巨量引擎", "phone", "sha256", mainland, "MOBILE_SHA256",
        "11 digits, SHA-256 in small hex"),
    "ocean-engine-phone-md5": Format("Ocean Engine 巨量引擎", "phone", "md5", mainland, "MOBILE_MD5",
        "11 digits, MD5 in small hex"),
    "tencent-ads-phone-sha256": Format("Tencent Ads 腾讯广告", "phone", "sha256", mainland, "HASH_SHA256_MOBILE_PHONE",
        "11 digits, SHA-256 in small hex"),
    "tencent-ads-phone-md5": Format("Tencent Ads 腾讯广告", "phone", "md5", mainland, "HASH_MOBILE_PHONE",
        "11 digits, MD5 in small hex"),
    "alimama-phone-md5": Format("Alimama 阿里妈妈", "phone", "md5", mainland, "mobile_md5", "11 digits, MD5"),
    "google-email": Format("Google Ads", "email", "sha256", undotted, "Email",
        "small letters, Gmail without dots, SHA-256"),
    "google-phone": Format("Google Ads", "phone", "sha256", international, "Phone", "E.164 with plus, SHA-256"),
    "meta-email": Format("Meta", "email", "sha256", small, "email", "small letters, SHA-256"),
    "meta-phone": Format("Meta", "phone", "sha256", digits, "phone", "country and digits, no plus, SHA-256"),
    "tiktok-email": Format("TikTok", "email", "sha256", small, "EMAIL_SHA256", "small letters, SHA-256"),
    "tiktok-phone": Format("TikTok", "phone", "sha256", international, "PHONE_SHA256",
        "E.164 with plus, SHA-256"),
}  # fmt: skip


def of(name: str) -> Format:
    if name not in FORMATS:
        raise NoSuchFormat(f"{name[:40]!r} is no format; there are {', '.join(FORMATS)}")
    return FORMATS[name]


def hashed(format: Format, value: str) -> str | None:
    """None: the platform could not know the value."""
    normal = format.normal(value)
    return hashlib.new(format.hash, normal.encode(), usedforsecurity=False).hexdigest() if normal else None


def listed(definition: Any, format: Format) -> Iterator[str]:
    """The lines of the list, each once; asked of the database chunk by chunk, so that any number of people will do."""
    seen: set[str] = set()
    for some in batched(audiences.members(definition).tolist(), CHUNK):
        allowed = consent.allowed(some, CHANNEL, "marketing")
        values = Identity.objects.filter(person__in=allowed, namespace=format.namespace).order_by("person", "pk")
        for value in values.values_list("value", flat=True):
            line = hashed(format, value)
            if line and line not in seen:
                seen.add(line)
                yield line


def csv_lines(definition: Any, format: Format) -> Iterator[str]:
    yield f"{format.column}\r\n"
    for line in listed(definition, format):
        yield f"{line}\r\n"
