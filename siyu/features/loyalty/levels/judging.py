"""The judging of everybody: once a brand day and scheme, in sets; and what a draft would do."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched

import numpy as np
from django.conf import settings
from django.db import transaction

from siyu.core.eventlog.locks import only_one
from siyu.core.people.models import AccountJoin, Member
from siyu.features.loyalty.levels import metrics, rules
from siyu.features.loyalty.levels.actions import in_force
from siyu.features.loyalty.levels.applying import Step, apply
from siyu.features.loyalty.levels.reading import read
from siyu.features.loyalty.levels.rules import Scheme, Standing
from siyu.features.loyalty.models import LevelRound, LevelScheme, LevelStanding
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
    """Everybody by the scheme. A judging that was killed is begun again and finds done what was done."""
    today = LevelRound.objects.get_or_create(day=day_of(at, settings.SIYU.zone), scheme=scheme, defaults={"at": at})[0]
    sound = read(scheme.body, gifts=False)
    rose = fell = 0
    for some in batched(steps(sound, today.at), AT_ONCE):
        moved = take(list(some), scheme, sound, today.at)
        rose += sum(step.after.rank > step.before.rank for step in moved)
        fell += sum(step.after.rank < step.before.rank for step in moved)
    LevelRound.objects.filter(pk=today.pk).update(finished_at=at, rose=rose, fell=fell)
    return rose + fell


@transaction.atomic
def take(some: list[Step], scheme: LevelScheme, sound: Scheme, at: datetime) -> list[Step]:
    """Those who have risen or were locked since they were looked at are left for the next day."""
    held = held_by([step.identity for step in some])
    same = [step for step in some if held.get(step.identity, step.before) == step.before]
    same = [step for step in same if step.known == (step.identity in held)]
    apply(same, scheme, sound, at)
    return same


def held_by(members: list[int]) -> dict[int, Standing]:
    """The same under their locks."""
    list(LevelStanding.objects.select_for_update(no_key=True).filter(identity__in=members).order_by("identity"))
    return standings(members)


def steps(scheme: Scheme, at: datetime) -> Iterator[Step]:
    """Of all members those for whom anything changes. Sets tell who may be one of them, `rules.judge` who is."""
    members = np.array([who for (who,) in metrics.ask(EVERYBODY, {})], dtype=np.int64)
    found = metrics.numbers(scheme, members.tolist(), at=at)
    rank, settled = held_ranks(members)
    moving = np.nonzero(~settled | (entries(scheme, found) > rank) | ~keeping(scheme, found, rank))[0]
    for some in batched(moving.tolist(), AT_ONCE):
        numbers = {int(members[n]): found[n].tolist() for n in some}
        held = standings(list(numbers))
        grounded = Member.objects.filter(identity__in=numbers.keys() - held.keys())
        joined = dict(grounded.values_list("identity", "joined_at"))
        for who, told in numbers.items():
            before = held[who] if who in held else Standing(0, joined[who])
            after = rules.judge(scheme, told, before, at, falling=True)
            if after != before:
                yield Step(who, before, after, told, "day", who in held)


EVERYBODY = f"""SELECT identity_id FROM {Member._meta.db_table} WHERE identity_id NOT IN
    (SELECT joined_id FROM {AccountJoin._meta.db_table} WHERE ended_at IS NULL) ORDER BY identity_id"""
HELD = f"""SELECT identity_id, level, CASE WHEN low_since IS NULL AND locked_until IS NULL THEN 1 ELSE 0 END
    FROM {LevelStanding._meta.db_table}"""


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


def standings(members: list[int]) -> dict[int, Standing]:
    rows = LevelStanding.objects.filter(identity__in=members)
    found = rows.values_list("identity", "level", "since", "low_since", "locked_until")
    return {who: Standing(level, since, low, locked) for who, level, since, low, locked in found}


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
    for step in steps(replace(scheme, grace_days=0), at):
        move = (step.before.rank, step.after.rank)
        if move[0] == move[1]:
            continue
        found.rise += move[1] > move[0]
        found.fall += move[1] < move[0]
        found.moves[move] += 1
        if found.moves[move] <= SHOWN:
            found.people.append((step.identity, *move, numbers_said(scheme, step.numbers)))
    return found
