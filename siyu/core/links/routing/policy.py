"""What works where: rows of dated data, the most particular of those that fit.

A row stands for an app, a system and a kind of target; `*` is any of them. `basis` says how it is known: from the
platform's own papers, from the press, or assumed until somebody has tried.
"""

import csv
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from siyu.core.links.routing.agents import Place

ANY = "*"
OWN, WEB, APP = "own", "web", "app"
FORMS = ("direct", "mini_program", "universal_link", "browser", "copy", "qr", "app")
LED_ON = ("direct", "mini_program", "universal_link")
"""Forms that are a redirect; the others are pages."""
BASES = ("official", "press", "assumed")
WALLETS = ("wechat", "alipay", "any", "other")


class Line(NamedTuple):
    app: str
    os: str
    target: str
    form: str
    basis: str
    as_of: str
    source: str
    note: str
    zh: str
    """The note in Chinese."""


class Wallet(NamedTuple):
    app: str
    os: str
    wallet: str
    form: str
    basis: str
    as_of: str
    source: str
    note: str
    zh: str
    """The note in Chinese."""


class Kind(NamedTuple):
    target: str
    hosts: str
    as_of: str
    source: str


def rows(name: str) -> list[dict[str, str]]:
    with (Path(__file__).parent / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@cache
def lines() -> tuple[Line, ...]:
    return tuple(Line(**row) for row in rows("forms"))


@cache
def wallets() -> tuple[Wallet, ...]:
    return tuple(Wallet(**row) for row in rows("wallets"))


@cache
def kinds() -> tuple[Kind, ...]:
    return tuple(Kind(**row) for row in rows("targets"))


@cache
def by_host() -> dict[str, str]:
    return {host: kind.target for kind in kinds() for host in kind.hosts.split()}


def targets() -> list[str]:
    return [*(kind.target for kind in kinds()), OWN, WEB, APP]


@lru_cache(20_000)
def kind_of(url: str) -> str:
    """What sort of target an address is: by its host, or the part of it behind a dot."""
    parts = urlsplit(url)
    if not parts.scheme:
        return OWN
    if parts.scheme not in ("http", "https"):
        return "mini_program" if url.lower().startswith("weixin://dl/business") else APP
    labels = (parts.hostname or "").split(".")
    known = by_host()
    return next((known[name] for n in range(len(labels)) if (name := ".".join(labels[n:])) in known), WEB)


@cache
def line(place: Place, target: str) -> Line:
    """The line that holds there: the app weighs more than the target, and the target more than the system."""
    fitting = [
        one for one in lines()
        if one.app in (place.app, ANY) and one.os in (place.os, ANY) and one.target in (target, ANY)
    ]  # fmt: skip
    return max(fitting, key=lambda one: (one.app != ANY, one.target != ANY, one.os != ANY))


@cache
def wallet(place: Place) -> Wallet:
    """With which wallet somebody can pay who is there."""
    fitting = [one for one in wallets() if one.app in (place.app, ANY) and one.os in (place.os, ANY)]
    return max(fitting, key=lambda one: (one.app != ANY, one.os != ANY))
