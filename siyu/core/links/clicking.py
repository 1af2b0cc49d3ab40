"""A click: where it leads is decided, the click is durable, and only then it is answered.

`decide` looks and changes nothing; `take` lands the click. What interfaces are told is a `Way`: an address to go to, or
a page to show.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from siyu.core.eventlog.land import land
from siyu.core.links import known, visitors
from siyu.core.links.known import Known
from siyu.core.links.pools import Spot
from siyu.core.links.routing import agents, policy
from siyu.core.links.routing.agents import PLAIN, Place
from siyu.core.links.targets import chosen
from siyu.core.links.visitors import Visitor
from siyu.kit.refusals import Refused

SOURCE = "links"
DIRECT = "direct"
CLICKED, SCANNED, LANDED = "Link Clicked", "Code Scanned", "Link Landed"
OPENED = "Message Opened"
ARRIVALS = "landing"
"""The source of arrivals: what follows a click is told from clicks by it."""


class NoSuchAddress(Refused):
    code = "not_found"
    status = 404


@dataclass(frozen=True)
class Knock:
    """A request, as far as links look at it."""

    code: str
    agent: str
    address: str
    host: str
    cookie: str = ""
    word: str = ""
    referrer: str = ""
    said: Mapping[str, Any] = MappingProxyType({})
    """What its address or its browser says beside, for whoever hears of the click."""


class Way(NamedTuple):
    """`form`: direct goes to `url` at once; all others are pages: see `routing`. `gone`: it leads nowhere any more."""

    form: str
    url: str
    target: str
    """The name of the A/B target, or fallback."""
    place: Place
    visitor: Visitor
    told: Mapping[str, Any]
    """What the click says of where it came from: link, channel, campaign, creator, utm …"""
    spot: Spot | None = None
    """The place of a live code."""
    web: str = ""
    """Where it leads without the app."""


class Message(msgspec.Struct):
    """As our own dialect has it, with the context in which the user agent stands."""

    name: str
    at: datetime
    id: str
    claim: tuple[str, str]
    properties: dict[str, Any]
    context: dict[str, Any]


encoder = msgspec.json.Encoder()


def decide(knock: Knock, *, at: datetime, let_in: bool = False) -> Way:
    """Where this visitor is led. `let_in`: the password was right."""
    link = known.standing(knock.code)
    if link is None:
        raise NoSuchAddress("there is no such link")
    place = agents.place(knock.agent)
    visitor = visitors.who(cookie=knock.cookie, word=knock.word, address=knock.address, agent=knock.agent, at=at)
    told = about(link)
    if link.over(at):
        return Way(DIRECT if link.fallback else "gone", link.fallback, "fallback", place, visitor, told)
    if link.password and not let_in:
        return Way("password", "", "", place, visitor, told)
    target = chosen(link.targets, link=link.code, visitor=visitor.value)
    url = target["url"]
    app = link.apps.get(place.os, "") if place.app == PLAIN else ""
    return Way(form_for(app or url, place) if link.routed or app else DIRECT, app or url, target["name"], place,
        visitor, told, web=url)  # fmt: skip


def form_for(url: str, place: Place) -> str:
    """How somebody who is there gets to the address: `direct` for all that is a plain redirect."""
    form = policy.line(place, policy.kind_of(url)).form
    return DIRECT if form in policy.LED_ON else form


def about(link: Known) -> dict[str, Any]:
    told: dict[str, Any] = {
        "link": link.code, "channel": link.channel, "campaign": link.campaign, "creator": link.creator,
    }  # fmt: skip
    told |= {f"utm_{name}": value for name, value in link.utm.items()}
    return told | ({"recipient": link.identity} if link.identity else {})


def take(knock: Knock, way: Way, *, at: datetime, name: str = CLICKED) -> None:
    """The click is durable when this returns; `NotStored` where it cannot be, and then nobody is led on."""
    body = encoder.encode(message(knock, way, at, name))
    land(body, count=1, source=SOURCE, dialect="siyu", received_at=at)


def message(knock: Knock, way: Way, at: datetime, name: str) -> Message:
    properties = {
        **way.told, "target": way.url, "variant": way.target, "form": way.form, "app": way.place.app,
        "os": way.place.os, "referrer": origin(knock.referrer), "domain": knock.host, "known": way.visitor.known,
        "trace": way.visitor.trace, **knock.said,
    }  # fmt: skip
    context = {"userAgent": knock.agent[:500]}
    return Message(name, at, secrets.token_hex(12), way.visitor.claim, properties, context)


def arrive(*, visitor: str, host: str, agent: str, at: datetime) -> None:
    """The visitor whose click was led here has come. What cannot be kept is not worth a page."""
    claim = (visitors.ANONYMOUS, visitor)
    said = Message(LANDED, at, secrets.token_hex(12), claim, {"domain": host}, {"userAgent": agent[:500]})
    land(encoder.encode(said), count=1, source=ARRIVALS, dialect="siyu", received_at=at)


def open_message(*, message: int, recipient: int, address: str, agent: str, ahead: bool, at: datetime) -> None:
    """A point of a picture in a message was asked for: durable when this returns."""
    visitor = visitors.who(cookie="", word="", address=address, agent="", at=at)
    told = {"message": message, "recipient": recipient, "ahead": ahead}
    said = Message(OPENED, at, secrets.token_hex(12), visitor.claim, told, {"userAgent": agent[:500]})
    land(encoder.encode(said), count=1, source=SOURCE, dialect="siyu", received_at=at)


def origin(referrer: str) -> str:
    """Host and path of where it came from: what stands behind them may be somebody's."""
    if not referrer:
        return ""
    try:
        parts = urlsplit(referrer[:500])
    except ValueError:
        return ""
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}"[:300] if parts.scheme in ("http", "https") else ""
