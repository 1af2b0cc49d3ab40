"""What operators and programs see of links and live codes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count as Number
from django.db.models import Q, Sum

from siyu.core.links import domains, tallies
from siyu.core.links.clicks import Count, Stats
from siyu.core.links.codes import NoSuchCode
from siyu.core.links.models import Code, Link, Place
from siyu.core.links.targets import CODE
from siyu.core.links.writing import NoSuchLink

SHOWN = 50


class Listed(NamedTuple):
    link: Link
    clicked: Count
    state: str


class Lists(NamedTuple):
    rows: Sequence[Listed]
    next: int | None


def listing(*, at: datetime, search: str = "", before: int = 0, limit: int = SHOWN) -> Lists:
    """The newest first; `search` finds a code, a word of a title, a campaign, a channel or a creator."""
    rows = Link.objects.order_by("-pk")
    if search:
        exact = Q(code=search.lower()) | Q(campaign=search) | Q(channel=search) | Q(creator=search)
        rows = rows.filter(exact | Q(title__icontains=search))
    if before:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: limit + 1])
    counted = tallies.counts([one.code for one in found[:limit]])
    listed = [Listed(one, counted.get(one.code, Count()), state_of(one, at)) for one in found[:limit]]
    return Lists(listed, found[limit - 1].pk if len(found) > limit else None)


def state_of(link: Link, at: datetime) -> str:
    if link.off_at:
        return "off"
    return "expired" if link.expires_at and link.expires_at <= at else "running"


def by_code(code: str) -> Link:
    found = Link.objects.filter(code=code).first() if CODE.fullmatch(code) else None
    if found is None:
        raise NoSuchLink("there is no such link")
    return found


def address(code: str, *, live: bool = False) -> str:
    """What is sent or printed."""
    return f"{domains.house()}/{'c' if live else 'l'}/{code}"


class Test(NamedTuple):
    """A target of a link and what it got of the visitors, in percent."""

    name: str
    url: str
    weight: int
    clicks: int
    visitors: int
    share: float


def tested(link: Link, found: Stats) -> list[Test]:
    parts = {part.name: part for part in found.variants}
    total = sum(part.visitors for part in found.variants) or 1
    return [
        Test(one["name"], one["url"], one["weight"], part.clicks if part else 0, part.visitors if part else 0,
             (part.visitors if part else 0) / total)
        for one in link.targets
        for part in [parts.get(one["name"])]
    ]  # fmt: skip


class ListedCode(NamedTuple):
    code: Code
    clicked: Count
    places: int
    seats: int
    state: str


def live_codes(*, before: int = 0) -> list[ListedCode]:
    """All live codes, the newest first."""
    standing = Q(places__removed_at=None)
    rows = Code.objects.annotate(n=Number("places", filter=standing), seats=Sum("places__taken")).order_by("-pk")
    rows = rows.filter(pk__lt=before) if before else rows
    found = list(rows[:SHOWN])
    counted = tallies.counts([one.code for one in found])
    return [ListedCode(one, counted.get(one.code, Count()), one.n, one.seats or 0, state_of_code(one)) for one in found]


def state_of_code(code: Code) -> str:
    if code.retired_at:
        return "retired"
    return "full" if code.full_at else "running"


def live_code(code: str) -> Code:
    found = Code.objects.filter(code=code).first() if CODE.fullmatch(code) else None
    if found is None:
        raise NoSuchCode("there is no such live code")
    return found


def places(code: Code) -> list[Place]:
    return list(code.places.filter(removed_at=None).select_related("operator").order_by("pk"))


def exported(at: datetime) -> list[dict[str, Any]]:
    """Every link as a row, in the words of `files`."""
    start = address("")
    return [
        {
            "key": one.key or "", "target": one.targets[0]["url"], "title": one.title, "code": one.code,
            "channel": one.channel, "campaign": one.campaign, "creator": one.creator, "fallback": one.fallback,
            "expires_at": one.expires_at.isoformat() if one.expires_at else "", "address": f"{start}{one.code}",
            "state": state_of(one, at), **{f"utm_{name}": value for name, value in one.utm.items()},
        }
        for one in Link.objects.order_by("pk")
    ]  # fmt: skip
