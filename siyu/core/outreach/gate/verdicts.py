"""What the gate said of whom: kept as bitmaps, asked for one person or opened to all of a reason."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import numpy as np
from django.db.models import QuerySet
from pyroaring import BitMap

from siyu.core.outreach.gate.bitmaps import blocks_of, by_block, opened, read
from siyu.core.outreach.gate.sets import distinct
from siyu.core.outreach.models import BLOCK, Dispatch, Verdict
from siyu.core.people.models import Identity
from siyu.kit.prepared import asks

SHOWN = 200


class Said(NamedTuple):
    dispatch: int
    title: str
    channel: str
    kind: str
    reason: str
    day: date
    at: datetime


def known(dispatch: Dispatch, numbers: np.ndarray, reason: str | None = None) -> np.ndarray:
    """Of these numbers, which are sorted, those that the gate has spoken of."""
    asked = dict(by_block(numbers))
    found = [
        opened(block, BitMap.deserialize(bytes(people)) & asked[block])
        for said, block, people in spoken_of(dispatch.pk, list(asked))
        if reason in (None, said)
    ]
    return distinct(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)


@asks
def spoken_of(dispatch: int, blocks: Sequence[int]) -> QuerySet[Any, Any]:
    rows = Verdict.objects.filter(dispatch=dispatch, block__in=blocks).order_by("pk")
    return rows.values_list("reason", "block", "people")


@asks
def of_the_day(dispatch: int, day: date, blocks: Sequence[int]) -> QuerySet[Any, Any]:
    rows = Verdict.objects.filter(dispatch=dispatch, day=day, block__in=blocks).order_by("pk")
    return rows.values_list("reason", "block", "people")


def keep(dispatch: Dispatch, said: dict[str, np.ndarray], day: date, at: datetime) -> None:
    """Sorted people by reason; what stands there of the day grows. Under the gate's lock."""
    new = {(reason, block): some for reason, people in said.items() for block, some in by_block(people)}
    for reason, block, people in of_the_day(dispatch.pk, day, sorted({block for _, block in new})):
        if (reason, block) in new:
            new[reason, block] |= BitMap.deserialize(bytes(people))
    rows = [
        Verdict(dispatch=dispatch, block=block, reason=reason, day=day, at=at, people=some.serialize(), count=len(some))
        for (reason, block), some in sorted(new.items())
    ]
    Verdict.objects.bulk_create(
        rows, 100, update_conflicts=True, unique_fields=["dispatch", "block", "reason", "day"],
        update_fields=["people", "count", "at"],
    )  # fmt: skip


def why(dispatch: Dispatch, person: int) -> str | None:
    """Why this person got the message, or did not; None: nobody asked."""
    said = [row.reason for row in about(person) if row.dispatch == dispatch.pk]
    return "allowed" if "allowed" in said else said[0] if said else None


def verdicts_of(person: int) -> list[Said]:
    """All that the gate said of the person behind this number, the newest first."""
    return about(person)[:SHOWN]


def about(person: int) -> list[Said]:
    numbers = list(Identity.objects.filter(person__identities=person).values_list("pk", flat=True)) or [person]
    mine = np.array(numbers, dtype=np.int64)
    rows = Verdict.objects.filter(block__in=blocks_of(mine)).select_related("dispatch").order_by("-at", "-pk")
    return [told(row) for row in rows.iterator(500) if holds(row, mine)]


def holds(row: Verdict, numbers: np.ndarray) -> bool:
    some = BitMap.deserialize(bytes(row.people))
    return any(int(one) & ((1 << BLOCK) - 1) in some for one in numbers if one >> BLOCK == row.block)


def told(row: Verdict) -> Said:
    of = row.dispatch
    return Said(of.pk, of.title or of.key, of.channel, of.kind, row.reason, row.day, row.at)


def people_of(dispatch: Dispatch, reason: str) -> Iterator[np.ndarray]:
    """The people behind the figure, block by block, sorted."""
    rows = Verdict.objects.filter(dispatch=dispatch, reason=reason).order_by("block", "pk")
    for block, people in rows.values_list("block", "people").iterator(100):
        yield read(block, people)
