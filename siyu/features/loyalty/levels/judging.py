"""The judging of everybody: once a brand day and scheme, in sets; and what a draft would do."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched
from typing import Any

import numpy as np
from django.conf import settings
from django.db import connection, transaction

from siyu.core.eventlog.locks import only_one
from siyu.core.people.models import AccountJoin, Member
from siyu.features.loyalty.levels import metrics, rules
from siyu.features.loyalty.levels.actions import in_force
from siyu.features.loyalty.levels.applying import Step, apply
from siyu.features.loyalty.levels.reading import read
from siyu.features.loyalty.levels.rules import Numbers, Scheme, Standing
from siyu.features.loyalty.models import LevelChange, LevelRound, LevelScheme, LevelStanding
from siyu.kit.clock import day_of

AT_ONCE = 500
"""Members that are written in a transaction: a web write does not wait long for it."""


def judge_due(at: datetime) -> int:
    """The worker's chore: the day's judging where it is not done yet; how many moved."""
    scheme = in_force(at)
    day = day_of(at, settings.SIYU.zone)
    if scheme is None or LevelRound.objects.filter(day=day, scheme=scheme, finished_at__isnull=False).exists():
        return 0
    with only_one("levels") as mine:
        return judge_all(scheme, at) if mine else 0


def judge_all(scheme: LevelScheme, at: datetime) -> int:
    """Everybody by the scheme. A judging that was killed is begun again, and leaves those whom it has moved."""
    day = day_of(at, settings.SIYU.zone)
    today, fresh = LevelRound.objects.get_or_create(day=day, scheme=scheme, defaults={"at": at})
    before = LevelChange.objects.filter(scheme=scheme, at=today.at, because="day")
    done = set() if fresh else set(before.values_list("identity", flat=True))
    sound = read(scheme.body, gifts=False)
    rose = fell = 0
    for some in batched(candidates(sound, today.at), AT_ONCE):
        moved = take({who: told for who, told in some if who not in done}, scheme, sound, today.at)
        rose += sum(step.after.rank > step.before.rank for step in moved)
        fell += sum(step.after.rank < step.before.rank for step in moved)
    LevelRound.objects.filter(pk=today.pk).update(finished_at=at, rose=rose, fell=fell)
    return rose + fell


@transaction.atomic
def take(some: Mapping[int, Numbers], scheme: LevelScheme, sound: Scheme, at: datetime) -> list[Step]:
    """Who has moved since that moment is left for the next day."""
    lock(some)
    moved = [step for step in judged(some, sound, at) if step.before.since <= at]
    apply(moved, scheme, sound, at)
    return moved


def lock(members: Collection[int]) -> None:
    """On SQLite whoever writes is alone."""
    if connection.vendor == "postgresql":
        metrics.ask(f"{HELD} WHERE identity_id IN ({said(members)}) ORDER BY identity_id FOR NO KEY UPDATE", {})


def said(numbers: Collection[int]) -> str:
    return ", ".join(map(str, numbers)) or "NULL"


def candidates(scheme: Scheme, at: datetime) -> Iterator[tuple[int, Numbers]]:
    """Sets tell who may be moved, and by which numbers; `rules.judge` tells who is."""
    members = np.array([who for (who,) in metrics.ask(EVERYBODY, {})], dtype=np.int64)
    found = metrics.numbers(scheme, members.tolist(), at=at)
    rank, settled = held_ranks(members)
    moving = np.nonzero(~settled | (entries(scheme, found) > rank) | ~keeping(scheme, found, rank))[0]
    return zip(members[moving].tolist(), found[moving].tolist(), strict=True)


def judged(some: Mapping[int, Numbers], scheme: Scheme, at: datetime) -> Iterator[Step]:
    """Of these those for whom anything changes."""
    for who, (before, known) in standings(some).items():
        after = rules.judge(scheme, some[who], before, at, falling=True)
        if after != before:
            yield Step(who, before, after, some[who], "day", known)


EVERYBODY = f"""SELECT identity_id FROM {Member._meta.db_table} WHERE identity_id NOT IN
    (SELECT joined_id FROM {AccountJoin._meta.db_table} WHERE ended_at IS NULL) ORDER BY identity_id"""
HELD = f"""SELECT identity_id, level, CASE WHEN low_since IS NULL AND locked_until IS NULL THEN 1 ELSE 0 END
    FROM {LevelStanding._meta.db_table}"""
STANDINGS = f"""SELECT m.identity_id, m.joined_at, s.level, s.since, s.low_since, s.locked_until
    FROM {Member._meta.db_table} m LEFT JOIN {LevelStanding._meta.db_table} s ON s.identity_id = m.identity_id"""


def held_ranks(members: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each member the rank, and whether nothing but that is to be known: no grace runs, nothing is locked."""
    rank, settled = np.zeros(len(members), dtype=np.int64), np.ones(len(members), dtype=bool)
    if rows := metrics.ask(HELD, {}):
        who, level, plain = np.array(rows, dtype=np.int64).T
        place = np.searchsorted(members, who)
        ours = place < len(members)
        ours[ours] = members[place[ours]] == who[ours]
        rank[place[ours]], settled[place[ours]] = level[ours], plain[ours] == 1
    return rank, settled


def standings(members: Collection[int]) -> dict[int, tuple[Standing, bool]]:
    """{member: where they stand, and whether that was ever written down}"""
    rows = metrics.ask(f"{STANDINGS} WHERE m.identity_id IN ({said(members)}) ORDER BY m.identity_id", {})
    return {who: (standing(*told), told[1] is not None) for who, *told in rows}


def standing(joined: Any, rank: int | None, since: Any, *rest: Any) -> Standing:
    return Standing(rank or 0, *(when and metrics.aware(when) for when in (since or joined, *rest)))


def scores(scheme: Scheme, found: np.ndarray) -> np.ndarray:
    total = np.zeros(len(found), dtype=np.int64)
    for column, one in enumerate(scheme.dimensions):
        total += np.maximum(found[:, column], 0) * one.points // one.per
    return total


def entries(scheme: Scheme, found: np.ndarray) -> np.ndarray:
    """`rules.entered` of everybody at once."""
    total, rank = scores(scheme, found), np.zeros(len(found), dtype=np.int64)
    for n, level in enumerate(scheme.levels, start=1):
        rank[holding(scheme, found, total, level.enter, level.needs)] = n
    return rank


def keeping(scheme: Scheme, found: np.ndarray, rank: np.ndarray) -> np.ndarray:
    """`rules.kept` of everybody at once; a rank that the scheme does not have is none that is kept."""
    total, kept = scores(scheme, found), rank == 0
    for n, level in enumerate(scheme.levels, start=1):
        kept |= (rank == n) & holding(scheme, found, total, level.keep, level.keeps)
    return kept


def holding(scheme: Scheme, found: np.ndarray, total: np.ndarray, enough: int, least: Mapping[str, int]) -> np.ndarray:
    names = [one.name for one in scheme.dimensions]
    holds = total >= enough
    for name, number in least.items():
        holds &= found[:, names.index(name)] >= number
    return holds


@dataclass
class Outlook:
    """What a scheme would do to those who are here: nothing is written."""

    members: int = 0
    rise: int = 0
    fall: int = 0
    """Once their grace has ended."""
    moves: Counter[tuple[int, int]] = field(default_factory=Counter)
    """{(from, to): how many}"""
    people: list[tuple[int, int, int, dict]] = field(default_factory=list)
    """(member, from, to, numbers): the first few of each move."""


SHOWN = 20


def dry_run(scheme: Scheme, at: datetime) -> Outlook:
    """As if everybody were judged by it now, and all grace had ended."""
    from dataclasses import replace

    from siyu.features.loyalty.levels.applying import numbers_said

    found = Outlook(members=Member.objects.count())
    at_once = replace(scheme, grace_days=0)
    for some in batched(candidates(at_once, at), AT_ONCE):
        for step in judged(dict(some), at_once, at):
            move = (step.before.rank, step.after.rank)
            if move[0] == move[1]:
                continue
            found.rise += move[1] > move[0]
            found.fall += move[1] < move[0]
            found.moves[move] += 1
            if found.moves[move] <= SHOWN:
                found.people.append((step.identity, *move, numbers_said(scheme, step.numbers)))
    return found
