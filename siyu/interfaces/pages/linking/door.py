"""The redirect, before the house: who clicks pays for nothing that is for pages.

What is no plain redirect (a password, a page that helps out of an in-app browser, a link that is over) goes on to
Django, whose views answer the same addresses whole.
"""

import base64
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from django.db import InterfaceError, OperationalError, close_old_connections

from siyu.core.eventlog.land import NotStored
from siyu.core.links import clicking, scanning, visitors
from siyu.core.links.clicking import Knock, Way
from siyu.core.links.domains import answers_to
from siyu.core.links.visitors import COOKIE
from siyu.core.outreach import tokens
from siyu.kit import clock
from siyu.kit.callers import address_in
from siyu.kit.refusals import Refused

log = logging.getLogger("siyu.links")
Start = Callable[..., Any]
FRESH = 5.0
"""Seconds after which a thread looks whether its connections are still good."""
AGAIN = "2"
LINKS, CODES, OPENED = "/l/", "/c/", "/o/"
PIXEL, SEEN = "/landed.gif", "siyu_landed"
POINT = base64.b64decode("R0lGODlhAQABAIAAAAAAAAAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")
DECIDED = "siyu.way"
"""Where Django's views find what was decided here: a place that is taken is not taken twice."""
PRIVATE = {
    "Cache-Control": "no-store, private",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Robots-Tag": "noindex",
    "X-Content-Type-Options": "nosniff",
}
"""Each click is asked for anew, and no search engine keeps them."""


class Redirects:
    """The WSGI application."""

    def __init__(self, house: Any) -> None:
        self.house = house
        self.looked = threading.local()

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
        if method == "GET" and (path == PIXEL or (path.startswith(OPENED) and path.endswith(".gif"))):
            self.look()
            return arrived(environ, start) if path == PIXEL else opened(environ, start, path[len(OPENED) : -4])
        ours = path.startswith((LINKS, CODES)) and method in ("GET", "HEAD")
        if not ours or not answers_to(host_of(environ)):
            return self.house(environ, start)
        self.look()
        try:
            way = redirected(path[:3], knock_of(environ, path[3:]), counted=method == "GET")
        except Refused as no:
            return unstored(start, no) if no.status == 503 else self.house(environ, start)
        except (OperationalError, InterfaceError):
            log.exception("a click could not be taken")
            close_old_connections()
            return unstored(start, NotStored("the database cannot be reached"))
        if way.form != "direct":
            environ[DECIDED] = way
            return self.house(environ, start)
        start("302 Found", list(headers(way).items()))
        return [b""]

    def look(self) -> None:
        """What Django does for each request, now and then: drop connections that are old or broken."""
        now = time.monotonic()
        if now > getattr(self.looked, "until", 0.0):
            self.looked.until = now + FRESH
            close_old_connections()


def redirected(root: str, knock: Knock, *, counted: bool) -> Way:
    """The way; that of a plain redirect with its click durable. A HEAD is no click."""
    at = clock.now()
    way = clicking.decide(knock, at=at) if root == LINKS else scanning.decide(knock, at=at, comes=counted)
    if counted and way.form == "direct":
        clicking.take(knock, way, at=at, name=clicking.CLICKED if root == LINKS else clicking.SCANNED)
    return way


def arrived(environ: Mapping[str, Any], start: Start) -> Iterable[bytes]:
    """A point of a picture on a page tells that whoever clicked has come; half an hour is one visit."""
    cookies = environ.get("HTTP_COOKIE", "")
    visitor = cookie_in(cookies)
    fresh = visitors.MADE.fullmatch(visitor) and f"{SEEN}=1" not in cookies and answers_to(host_of(environ))
    told = {"Content-Type": "image/gif", "Content-Length": str(len(POINT)), **PRIVATE}
    if fresh:
        host, agent = host_of(environ).lower().partition(":")[0], environ.get("HTTP_USER_AGENT", "")
        try:
            clicking.arrive(visitor=visitor, host=host, agent=agent, at=clock.now())
            told["Set-Cookie"] = f"{SEEN}=1; Max-Age=1800; Path={PIXEL}; HttpOnly; SameSite=Lax"
        except NotStored as no:
            log.warning("an arrival was not kept: %s", no.code)
    start("200 OK", list(told.items()))
    return [POINT]


def opened(environ: Mapping[str, Any], start: Start, sign: str) -> Iterable[bytes]:
    """A point of a picture in a message tells that it is shown. One that we never sent is told so."""
    message = tokens.read(sign)
    if message is None:
        body = "没有这条消息。 There is no such message.".encode()
        told = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(body)), **PRIVATE}
        start("404 Not Found", list(told.items()))
        return [body]
    try:
        clicking.open_message(
            message=message.message, recipient=message.person, address=address_in(environ), ahead=ahead(environ),
            agent=environ.get("HTTP_USER_AGENT", ""), at=clock.now(),
        )  # fmt: skip
    except NotStored as no:
        return unstored(start, no)
    start("200 OK", [("Content-Type", "image/gif"), ("Content-Length", str(len(POINT))), *PRIVATE.items()])
    return [POINT]


def headers(way: Way) -> dict[str, str]:
    told = {"Location": way.url, "Content-Length": "0", **PRIVATE}
    return told | ({"Set-Cookie": visitors.cookie(way.visitor)} if way.visitor.known == "new" else {})


def unstored(start: Start, no: Refused) -> Iterable[bytes]:
    """Nobody is led on whose click would be lost: the browser is told to come again."""
    log.error("503: %s", no.message)
    body = "请稍后再试。 Please try again in a moment.".encode()
    told = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(body)), "Retry-After": AGAIN}
    start("503 Service Unavailable", list((told | PRIVATE).items()))
    return [body]


def host_of(environ: Mapping[str, Any]) -> str:
    return environ.get("HTTP_HOST") or environ.get("SERVER_NAME", "")


def knock_of(environ: Mapping[str, Any], code: str) -> Knock:
    """A request as links look at it. Nothing of its address decides where it is led but the code."""
    query = environ.get("QUERY_STRING", "")
    return Knock(
        code=code.rstrip("/")[:60],
        agent=environ.get("HTTP_USER_AGENT", "")[:1_000],
        address=address_in(environ),
        host=host_of(environ).lower().partition(":")[0][:255],
        cookie=cookie_in(environ.get("HTTP_COOKIE", "")),
        word=parse_qs(query[:2_000]).get("w", [""])[0] if "w=" in query else "",
        referrer=environ.get("HTTP_REFERER", ""),
        said=said_in(environ, query),
    )


def said_in(environ: Mapping[str, Any], query: str) -> dict[str, Any]:
    """Whose message brought them, and whether a browser or a mail program only looked ahead. A sign that is none is
    said to be so, and leads on all the same."""
    said: dict[str, Any] = {"ahead": True} if ahead(environ) else {}
    if "m=" in query and (sign := parse_qs(query[:2_000]).get("m", [""])[0]):
        message = tokens.read(sign)
        said |= {"message": message.message, "recipient": message.person} if message else {"forged": True}
    return said


def ahead(environ: Mapping[str, Any]) -> bool:
    """Loaded before anybody asked for it."""
    said = (
        environ.get(name, "").lower() for name in ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ")
    )
    return any("prefetch" in one or "preview" in one for one in said)


def cookie_in(said: str) -> str:
    if COOKIE not in said:
        return ""
    try:
        found = SimpleCookie(said).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""
