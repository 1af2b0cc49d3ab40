"""In which app's browser, on which system, somebody opened a link, as the user agent says."""

import re
import tomllib
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

PLAIN, DESKTOP = "plain", "desktop"
PROGRAM = re.compile(r"bot\b|crawl|spider|headless|curl/|wget/|python-|go-http|java/|httpclient|preview|fetch")
"""Names that no person browses with: for one rough look at the door. What counts is decided when it is asked."""


class Place(NamedTuple):
    """`app`: a code of `agents.toml`, or plain; `os`: ios, android, harmony or desktop."""

    app: str
    os: str

    @property
    def mobile(self) -> bool:
        return self.os != DESKTOP


@cache
def data() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "agents.toml").read_text())


@cache
def patterns(kind: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((one["code"], re.compile(one["has"])) for one in data()[kind])


def apps() -> list[str]:
    return [*(one["code"] for one in data()["app"]), PLAIN]


def systems() -> list[str]:
    return [*(one["code"] for one in data()["os"]), DESKTOP]


@lru_cache(20_000)
def place(agent: str) -> Place:
    lowered = agent.lower()
    app, system = (
        next((code for code, pattern in patterns(kind) if pattern.search(lowered)), other)
        for kind, other in (("app", PLAIN), ("os", DESKTOP))
    )
    return Place(app, system)


@lru_cache(20_000)
def by_program(agent: str) -> bool:
    """It does not even say that it is a browser, or says that it is none."""
    return not agent or PROGRAM.search(agent.lower()) is not None
