"""The file that says who carries what."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

CARRIED = ("sms", "email", "web_push", "webhook")


@dataclass(frozen=True)
class House:
    channel: str
    url: str
    secret: str = field(repr=False)
    per_second: int | None = None
    batch: int | None = None


def houses(path: str) -> list[House]:
    try:
        said = tomllib.loads(Path(path).read_text())
        return [sound(House(channel, **table)) for channel, table in sorted(said.items())]
    except (OSError, tomllib.TOMLDecodeError, TypeError) as wrong:
        raise ImproperlyConfigured(f"{path} cannot be read: {wrong}") from wrong


def sound(one: House) -> House:
    if one.channel not in CARRIED:
        raise ImproperlyConfigured(f"{one.channel[:40]!r} is carried by nobody on the web; {', '.join(CARRIED)} are")
    there = urlsplit(one.url)
    safe = there.scheme == "https" or (there.scheme == "http" and there.hostname in ("127.0.0.1", "localhost"))
    if not (safe and there.hostname) or len(one.secret) < 16:
        raise ImproperlyConfigured(f"{one.channel} needs an https address, and a secret of at least 16 characters")
    return one
