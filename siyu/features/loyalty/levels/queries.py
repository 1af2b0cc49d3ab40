"""Where a member stands, as they and operators see it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count

from siyu.core.people.codes import code as person_code
from siyu.core.people.models import Identity, Member
from siyu.features.loyalty.giving import in_words
from siyu.features.loyalty.levels import rules
from siyu.features.loyalty.levels.actions import in_force, numbers_of, standing_of
from siyu.features.loyalty.levels.judging import Outlook
from siyu.features.loyalty.levels.reading import read
from siyu.features.loyalty.levels.rules import Scheme, Window
from siyu.features.loyalty.models import LevelChange, LevelRound, LevelScheme, LevelStanding


@dataclass(frozen=True)
class Dimension:
    name: str
    metric: str
    window: Window
    number: int
    points: int
    needed: int
    """What the next level needs of it at least; 0: nothing."""


@dataclass(frozen=True)
class Rung:
    name: str
    enter: int
    things: list[str]
    reached: bool


@dataclass(frozen=True)
class Shown:
    """A member's own view."""

    level: str
    rank: int
    since: datetime
    score: int
    next: str
    missing: int
    share: float
    """Of the way to the next level."""
    dimensions: list[Dimension]
    rungs: list[Rung]
    keeps_until: datetime | None
    """Until when the level is kept though the numbers do not suffice."""
    keep: int
    locked_until: datetime | None


def of_member(identity: int, *, at: datetime) -> Shown | None:
    """None: there is no scheme yet."""
    found = in_force(at)
    if found is None:
        return None
    scheme = read(found.body, gifts=False)
    now, _ = standing_of(identity)
    numbers = numbers_of(scheme, identity, at)
    rank, total = min(now.rank, len(scheme.levels)), rules.score(scheme, numbers)
    ahead = scheme.levels[rank] if rank < len(scheme.levels) else None
    needs = ahead.needs if ahead else {}
    low = now.low_since and now.low_since + timedelta(days=scheme.grace_days)
    return Shown(
        level=scheme.name(rank), rank=rank, since=now.since, score=total, next=ahead.name if ahead else "",
        missing=max(0, ahead.enter - total) if ahead else 0,
        share=min(1.0, total / (ahead.enter or 1)) if ahead else 1.0,
        dimensions=[
            Dimension(one.name, one.metric, one.window, n, max(0, n) * one.points // one.per, needs.get(one.name, 0))
            for one, n in zip(scheme.dimensions, numbers, strict=True)
        ],
        rungs=[Rung(one.name, one.enter, in_words(one.gives), n < rank) for n, one in enumerate(scheme.levels)],
        keeps_until=low, keep=scheme.levels[rank - 1].keep if rank else 0,
        locked_until=now.locked_until if now.locked_until and now.locked_until > at else None,
    )  # fmt: skip


@dataclass(frozen=True)
class Overview:
    """For operators."""

    scheme: LevelScheme | None
    ladder: list[tuple[str, int]]
    """(level, how many hold it), the ground first."""
    versions: list[LevelScheme]
    rounds: list[LevelRound]
    locked: list[dict[str, Any]]


def overview(at: datetime) -> Overview:
    scheme = in_force(at)
    held = dict(LevelStanding.objects.order_by().values_list("level").annotate(n=Count("pk")).values_list("level", "n"))
    names = [""] + ([one["name"] for one in scheme.body["levels"]] if scheme else [])
    above = sum(n for rank, n in held.items() if rank)
    ladder = [(name, held.get(n, 0) if n else Member.objects.count() - above) for n, name in enumerate(names)]
    locked = LevelStanding.objects.filter(locked_until__gt=at).order_by("locked_until")[:50]
    return Overview(
        scheme, ladder, list(LevelScheme.objects.order_by("-version")[:20]),
        list(LevelRound.objects.order_by("-pk")[:14]),
        [
            {"row": row, "level": names[row.level] if row.level < len(names) else "", **person}
            for row, person in zip(locked, people([row.identity_id for row in locked]), strict=True)
        ],
    )  # fmt: skip


def people(members: list[int]) -> list[dict[str, str]]:
    """{person: code, name} of each, in their order."""
    rows = Identity.objects.filter(pk__in=members).select_related("person")
    known = {row.pk: row.person for row in rows}
    return [
        {"person": person_code(who.pk), "name": who.name} if (who := known.get(one)) else {"person": "", "name": ""}
        for one in members
    ]


@dataclass(frozen=True)
class Move:
    before: str
    after: str
    rises: bool
    count: int
    people: list[dict[str, Any]]


def moves(outlook: Outlook, scheme: Scheme, old: LevelScheme | None) -> list[Move]:
    """The dry run, opened down to people."""
    names = [""] + ([one["name"] for one in old.body["levels"]] if old else [])
    shown = people([who for who, *_ in outlook.people])
    rows = [
        (before, after, person | {"numbers": numbers})
        for (_, before, after, numbers), person in zip(outlook.people, shown, strict=True)
    ]
    return [
        Move(
            names[before] if before < len(names) else str(before), scheme.name(after), after > before, count,
            [person for b, a, person in rows if (b, a) == (before, after)],
        )
        for (before, after), count in sorted(outlook.moves.items(), key=lambda one: (-one[1], one[0]))
    ]  # fmt: skip


def history(identity: int) -> list[LevelChange]:
    return list(LevelChange.objects.select_related("scheme").filter(identity=identity).order_by("-at", "-pk")[:50])
