"""Where a link may lead, and how an address is put together. Pure: no database, no clock.

A target is stored by an operator or a program with a key and never comes out of a request: there is nothing to redirect
to but what was checked here.
"""

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from siyu.kit.refusals import Refused

LONGEST = 2_000
MOST = 10
"""Targets of one link."""
WEB = ("http", "https")
APPS = frozenset(
    {
        "weixin", "wxwork", "mqqapi", "alipays", "alipay", "taobao", "tbopen", "tmall", "openapp.jdmobile",
        "openjdlite", "pinduoduo", "snssdk1128", "snssdk2329", "kwai", "ksnebula", "xhsdiscover", "sinaweibo",
        "dingtalk", "lark", "feishu", "imeituan", "dianping", "eleme", "baiduboxapp", "bilibili", "zhihu", "vipshop",
    }
)  # fmt: skip
"""Schemes of apps that a link may open; of all others (javascript, data, file, intent …) none may."""
OURS = re.compile(r"/m(/[\w./%-]*)?(\?[\w.%=&~-]*)?", re.ASCII)
"""A page of this house for members."""
SYSTEMS = ("ios", "android", "harmony")
UTM = ("source", "medium", "campaign", "content", "term")
CODE = re.compile(r"[a-z0-9](?:[a-z0-9-]{1,38})[a-z0-9]")
NAME = re.compile(r"[\w .:/@-]{0,100}")


class BadTarget(Refused):
    code = "bad_target"
    status = 422


def sound(url: object, *, hosts: Collection[str] = (), apps: bool = False) -> str:
    """The address, if a link may lead there. `hosts` are our own: a link to a link would go round and round."""
    if not isinstance(url, str) or not 0 < len(url) <= LONGEST:
        raise BadTarget(f"a target is an address of 1 to {LONGEST:,} characters")
    if any(letter <= " " or letter in '\\<>"^`{|}\x7f' or "\x80" <= letter < "\xa0" for letter in url):
        raise BadTarget("a target holds no space, backslash, bracket or control character")
    if url.startswith("/"):
        if not OURS.fullmatch(url) or ".." in url:
            raise BadTarget("a target without a host is a page below /m/")
        return url
    parts = split(url)
    if parts.scheme in WEB:
        return on_the_web(url, parts, hosts)
    if apps and parts.scheme in APPS and url.lower().startswith(f"{parts.scheme}:"):
        return ascii_only(url)
    raise BadTarget(f"a target begins with https:// or http://, not with {url[:20]!r}")


def split(url: str) -> Any:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as wrong:
        raise BadTarget(f"that is no address: {wrong}") from None
    return parts


def on_the_web(url: str, parts: Any, hosts: Collection[str]) -> str:
    host = (parts.hostname or "").rstrip(".")
    if not host or "@" in parts.netloc or not url[len(parts.scheme) :].startswith("://"):
        raise BadTarget("a target has a host, and neither user nor password")
    if host in hosts and parts.path.startswith(("/l/", "/c/")):
        raise BadTarget("a link does not lead to another link of this house")
    try:
        netloc = parts.netloc if parts.netloc.isascii() else named_in_ascii(parts)
    except UnicodeError:
        raise BadTarget(f"{host[:50]!r} is no host") from None
    return ascii_only(urlunsplit((parts.scheme, netloc, *parts[2:])))


def named_in_ascii(parts: Any) -> str:
    host = parts.hostname.encode("idna").decode()
    return f"{host}:{parts.port}" if parts.port else host


def ascii_only(url: str) -> str:
    """A header takes nothing else."""
    return quote(url, safe="%/:=&?~#+!$,;'@()*[]-._")


def sound_targets(said: Sequence[Mapping[str, Any]], hosts: Collection[str]) -> list[dict[str, Any]]:
    if not 1 <= len(said) <= MOST:
        raise BadTarget(f"a link has 1 to {MOST} targets")
    found = []
    for place, one in enumerate(said):
        weight, name = one.get("weight", 1), str(one.get("name") or chr(ord("a") + place))
        if not isinstance(weight, int) or not 0 <= weight <= 1_000 or not NAME.fullmatch(name):
            raise BadTarget("a target has a name and a weight of 0 to 1,000")
        found.append({"url": sound(one.get("url"), hosts=hosts), "weight": weight, "name": name})
    if not any(one["weight"] for one in found) or len({one["name"] for one in found}) < len(found):
        raise BadTarget("targets have different names, and one of them a weight above nothing")
    return found


def sound_apps(said: Mapping[str, Any], hosts: Collection[str]) -> dict[str, str]:
    if set(said) - set(SYSTEMS):
        raise BadTarget(f"apps are for {', '.join(SYSTEMS)}")
    return {system: sound(url, hosts=hosts, apps=True) for system, url in said.items() if url}


def sound_utm(said: Mapping[str, Any]) -> dict[str, str]:
    if set(said) - set(UTM):
        raise BadTarget(f"UTM is {', '.join(UTM)}")
    utm = {name: str(value).strip() for name, value in said.items() if value}
    if any(len(value) > 100 or not value.isprintable() for value in utm.values()):
        raise BadTarget("a UTM value has at most 100 printable characters")
    return utm


def with_utm(url: str, utm: Mapping[str, str]) -> str:
    """The address with what it does not say itself; what it says already is left as it is."""
    parts = urlsplit(url)
    if not utm or (parts.scheme and parts.scheme not in WEB):
        return url
    there = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    more = "&".join(
        f"utm_{name}={quote(utm[name], safe='')}" for name in UTM if name in utm and f"utm_{name}" not in there
    )
    query = f"{parts.query}&{more}" if parts.query and more else parts.query or more
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, parts.fragment))


def with_state(url: str, state: str) -> str:
    """The address with a word that comes back from wherever it leads: which scan that was."""
    parts = urlsplit(url)
    if not url or (parts.scheme and parts.scheme not in WEB) or "state=" in parts.query:
        return url
    query = f"{parts.query}&state={state}" if parts.query else f"state={state}"
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, parts.fragment))


def chosen[T: Mapping[str, Any]](targets: Sequence[T], *, link: str, visitor: str) -> T:
    """The same visitor always gets the same target of a link; over visitors they come by weight."""
    if len(targets) == 1:
        return targets[0]
    total = sum(one["weight"] for one in targets)
    digest = hashlib.blake2b(f"{link}\0{visitor}".encode(), digest_size=8).digest()
    place = int.from_bytes(digest) * total >> 64
    for one in targets:
        place -= one["weight"]
        if place < 0:
            return one
    raise AssertionError("some target has a weight")
