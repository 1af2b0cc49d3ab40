"""The file that says who carries what."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

CARRIED = ("sms", "email", "web_push", "webhook")
CLOUDS = {"aliyun": "https://dysmsapi.aliyuncs.com", "tencent": "https://sms.tencentcloudapi.com"}
"""Who carries SMS in a form of their own, and where."""
LEAST = 16
"""Characters of a secret."""


@dataclass(frozen=True)
class House:
    """What stands below `batch` is for clouds."""

    channel: str
    url: str = ""
    secret: str = field(default="", repr=False)
    per_second: int | None = None
    batch: int | None = None

    provider: str = "own"
    key: str = ""
    """Whose secret it is."""
    sign: str = ""
    """The brand before each message, as it was approved."""
    templates: Sequence[Mapping[str, str]] = ()
    """{code, words}: what was approved, as the cloud shows it."""
    app: str = ""
    region: str = "ap-guangzhou"
    receipts: str = field(default="", repr=False)
    """A word in the address that the cloud calls, since it signs no receipt."""


def houses(path: str) -> list[House]:
    try:
        said = tomllib.loads(Path(path).read_text())
        return [sound(House(channel, **table)) for channel, table in sorted(said.items())]
    except (OSError, tomllib.TOMLDecodeError, TypeError) as wrong:
        raise ImproperlyConfigured(f"{path} cannot be read: {wrong}") from wrong


def sound(one: House) -> House:
    if one.channel not in CARRIED:
        raise ImproperlyConfigured(f"{one.channel[:40]!r} is carried by nobody on the web; {', '.join(CARRIED)} are")
    if one.provider != "own":
        one = sound_cloud(one)
    there = urlsplit(one.url)
    safe = there.scheme == "https" or (there.scheme == "http" and there.hostname in ("127.0.0.1", "localhost"))
    if not (safe and there.hostname) or len(one.secret) < LEAST:
        raise ImproperlyConfigured(f"{one.channel} needs an https address, and a secret of at least {LEAST} characters")
    return one


def sound_cloud(one: House) -> House:
    if one.provider not in CLOUDS or one.channel != "sms":
        raise ImproperlyConfigured(f"sms may be carried by {', '.join(CLOUDS)}")
    wanted = ("key", "sign", "templates", *(["app"] if one.provider == "tencent" else []))
    if missing := [name for name in wanted if not getattr(one, name)]:
        raise ImproperlyConfigured(f"{one.provider} lacks {', '.join(missing)}")
    if not all(template.get("code") and template.get("words") for template in one.templates):
        raise ImproperlyConfigured("a template is its code and its approved words")
    if one.receipts and len(one.receipts) < LEAST:
        raise ImproperlyConfigured(f"the word for receipts has at least {LEAST} characters")
    return replace(one, url=(one.url or CLOUDS[one.provider]).rstrip("/"))
