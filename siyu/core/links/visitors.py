"""Who clicks: whose cookie it is, else whom a signed word names, else a hash of where from and with what.

A cookie of our own comes first, since thousands share one address behind a carrier's network and many of them hold the
same phone. The hash is keyed and salted by the day: nobody can be followed by it into tomorrow, and no address is kept.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, unquote

from django.conf import settings

from siyu.core.links.routing.agents import by_program
from siyu.kit.clock import day_of

COOKIE = "siyu_visitor"
LASTS = 365 * 86_400
ANONYMOUS = "device"
"""The namespace of whom only a browser is known."""
SAID = ("openid", "external_userid", "unionid")
"""What a signed word may name: who opened a page that a platform told us of."""
MADE = re.compile(r"v[0-9a-f]{32}")


class Visitor(NamedTuple):
    """`known`: by cookie, by word, new (its cookie is on the way), or by hash."""

    namespace: str
    value: str
    known: str
    trace: str
    """The hash: where a browser keeps no cookies, its clicks of a day are told from others' by it."""

    @property
    def claim(self) -> tuple[str, str]:
        return self.namespace, self.value


def who(*, cookie: str, word: str, address: str, agent: str, at: datetime) -> Visitor:
    hashed = trace(address, agent, at)
    if MADE.fullmatch(cookie):
        return Visitor(ANONYMOUS, cookie, "cookie", hashed)
    if word and (named := heard(word)):
        return Visitor(*named, "word", hashed)
    if by_program(agent):  # it keeps no cookies: one identity a day, and not one a click
        return Visitor(ANONYMOUS, f"h{hashed}", "hash", hashed)
    return Visitor(ANONYMOUS, f"v{secrets.token_hex(16)}", "new", hashed)


def browser(cookies: Mapping[str, str]) -> str:
    """By what a browser is known that came by a link; nothing for any other."""
    said = cookies.get(COOKIE, "")
    return said if MADE.fullmatch(said) else ""


def trace(address: str, agent: str, at: datetime) -> str:
    salt = daily(day_of(at, settings.SIYU.zone).isoformat())
    return hashlib.blake2b(f"{address}\0{agent}".encode(), key=salt, digest_size=16).hexdigest()


@lru_cache(4)
def daily(day: str) -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), f"links trace {day}".encode(), "sha256")


def word(namespace: str, value: str) -> str:
    """What `?w=` of a link may say, so that a click is known to be of whom a platform named to us."""
    assert namespace in SAID
    said = f"{namespace}~{quote(value, safe='')}"
    return f"{said}~{seal(said)}"


def heard(text: str) -> tuple[str, str] | None:
    said, _, sealed = text.rpartition("~")
    namespace, _, value = said.partition("~")
    if namespace not in SAID or len(text) > 300 or not hmac.compare_digest(sealed.encode(), seal(said).encode()):
        return None
    return namespace, unquote(value)


def seal(said: str) -> str:
    return hmac.digest(settings.SECRET_KEY.encode(), f"links word {said}".encode(), "sha256").hex()[:32]


def cookie(visitor: Visitor) -> str:
    """The header's value that keeps a new visitor known on every page of the domain."""
    safe = "; Secure" if settings.SIYU.secure else ""
    return f"{COOKIE}={visitor.value}; Max-Age={LASTS}; Path=/; HttpOnly; SameSite=Lax{safe}"
