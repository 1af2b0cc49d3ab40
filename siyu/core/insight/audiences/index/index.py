"""The index as one reader sees it: the catalogue and, laid over it, the tail."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

import numpy as np
import pyarrow as pa
from pyroaring import BitMap, BitMap64

from siyu.core.eventlog import lake, lakeside
from siyu.core.insight import asof
from siyu.core.insight.audiences import bitmaps
from siyu.core.insight.audiences.index import shelf, tail
from siyu.core.insight.audiences.index.shelf import Catalogue
from siyu.core.insight.audiences.index.tail import Day, Tail
from siyu.core.insight.audiences.vocabulary import ORDER
from siyu.events import BY_NAME

LONGEST_TAIL = 2_000_000
"""Rows; with more than that since the last advance the log itself is asked."""
EPOCH = date(1970, 1, 1)
_lock = threading.Lock()
_current: dict[str, "Index"] = {}


def current() -> "Index | None":
    """The index up to this moment of the lake; None where there is none yet, or the worker is far behind."""
    now, catalogue = lakeside.now(), shelf.load()
    if catalogue is None or not agrees(catalogue, now):
        return None
    with _lock:
        found = _current.get("index")
        if found and found.lake is now and found.catalogue is catalogue:
            return found
        files = now.after(catalogue.position)
        if sum(file.rows for file in files) > LONGEST_TAIL:
            return None
        laid = tail.read(files, catalogue.position, corrected(catalogue)) if files else Tail(catalogue.position)
        _current["index"] = Index(now, catalogue, laid)
        return _current["index"]


def agrees(catalogue: Catalogue, now: lakeside.Lake) -> bool:
    """Whether all that the catalogue says still stands in this lake."""
    return (catalogue.table, catalogue.pruned) == (now.table, now.pruned) and catalogue.position <= now.position


def corrected(catalogue: Catalogue) -> BitMap64:
    return BitMap64.deserialize(shelf.body(catalogue.corrected)) if catalogue.corrected else BitMap64()


@dataclass
class Index:
    lake: lakeside.Lake
    catalogue: Catalogue
    tail: Tail
    unions: dict[tuple, BitMap] = field(default_factory=dict)
    ruled: tuple[datetime, datetime] | None = None

    def day(self, event: str, day: int) -> BitMap:
        """The identities that did it on a brand day, those too that do not count."""
        if event == ORDER and day in self.tail.replaced:
            replaced = self.tail.replaced[day]
            return replaced.people if replaced else BitMap()
        place = self.catalogue.days.get(event, {}).get(day)
        kept = shelf.bitmap(place) if place else BitMap()
        added = self.tail.added.get(event, {}).get(day)
        return kept | added.people if added else kept

    def month(self, event: str, month: int) -> BitMap:
        if event == ORDER and any(month_of(day) == month for day in self.tail.replaced):
            return BitMap.union(BitMap(), *(self.day(event, day) for day in self.days(event) if month_of(day) == month))
        place = self.catalogue.months.get(event, {}).get(month)
        kept = shelf.bitmap(place) if place else BitMap()
        added = [day.people for n, day in self.tail.added.get(event, {}).items() if month_of(n) == month]
        return BitMap.union(kept, *added)

    def days(self, event: str) -> set[int]:
        return {*self.catalogue.days.get(event, ()), *self.tail.added.get(event, ())} | (
            set(self.tail.replaced) if event == ORDER else set()
        )

    def bounds(self, event: str, day: int) -> tuple[int, int] | None:
        """Between which moments (microseconds) it was done that day; none: it was not done."""
        if event == ORDER and day in self.tail.replaced:
            found: list = [self.tail.replaced[day]]
        else:
            found = [self.catalogue.days.get(event, {}).get(day), self.tail.added.get(event, {}).get(day)]
        known = [place for place in found if place]
        return (min(p.first_at for p in known), max(p.last_at for p in known)) if known else None

    def identities(self, event: str, first: int | None, end: int | None) -> BitMap:
        """Who did it on a day from `first` up to `end`: whole months where they fit, days at the edges."""
        key = (event, first, end)
        if key not in self.unions:
            if len(self.unions) > 200:
                self.unions.clear()
            self.unions[key] = self.counting(event, BitMap.union(BitMap(), *self.parts(event, first, end)))
        return self.unions[key]

    def counting(self, event: str, identities: BitMap) -> BitMap:
        """Of who did it, those of whom it counts: of excluded visitors only what we say ourselves."""
        return identities if event in BY_NAME else identities - self.excluded

    @cached_property
    def excluded(self) -> BitMap:
        place, said = self.catalogue.excluded, self.tail.excluded
        kept = shelf.bitmap(place) if place else BitMap()
        return (kept - BitMap(said)) | BitMap(identity for identity, (_, out) in said.items() if out)

    def parts(self, event: str, first: int | None, end: int | None) -> Iterable[BitMap]:
        days = {d for d in self.days(event) if (first is None or d >= first) and (end is None or d < end)}
        for month in {month_of(day) for day in days}:
            begins, ends = month_days(month)
            whole = (first is None or first <= begins) and (end is None or ends <= end)
            if whole:
                yield self.month(event, month)
            else:
                yield from (self.day(event, day) for day in days if month_of(day) == month)

    @cached_property
    def links(self) -> tuple[np.ndarray, np.ndarray]:
        """Identities that are not a person of their own, in order, and whose they are."""
        place = self.catalogue.links
        known = np.frombuffer(shelf.body(place), dtype=np.int64).reshape(2, -1) if place else np.empty((2, 0), np.int64)
        merged = dict(zip(*known.tolist(), strict=True)) | self.tail.links if self.tail.links else None
        if merged is None:
            return known[0], known[1]
        identities = np.array(sorted(merged), dtype=np.int64)
        return identities, np.array([merged[i] for i in identities.tolist()], dtype=np.int64)

    @cached_property
    def linked(self) -> BitMap:
        return bitmaps.of_numbers(self.links[0])

    def people(self, identities: BitMap) -> BitMap:
        """Whose these identities are."""
        mapped = identities & self.linked
        if not mapped:
            return identities
        numbers, persons = self.links
        whose = persons[np.searchsorted(numbers, bitmaps.to_numbers(mapped))]
        return (identities - mapped) | bitmaps.of_numbers(whose)

    @cached_property
    def everyone(self) -> BitMap:
        appeared = self.identities("person.appeared", None, None)
        strangers = self.excluded - self.identities(ORDER, None, None) if self.excluded else self.excluded
        return self.people(appeared - self.identities("person.erased", None, None) - strangers)

    @cached_property
    def newest(self) -> dict[str, tuple[int, int]]:
        found = dict(self.catalogue.newest)
        for name, (moment, day) in self.tail.newest.items():
            old_moment, old_day = found.get(name, (moment, day))
            found[name] = max(moment, old_moment), max(day, old_day)
        return found

    @cached_property
    def newest_at(self) -> datetime:
        """When the newest of all events happened."""
        return moment_of(max((moment for moment, _ in self.newest.values()), default=0))

    def default_as_of(self, at: datetime) -> datetime:
        """The house's rule, asked of the newest event of every name instead of the whole log; once a minute."""
        if self.ruled is None or not timedelta(0) <= at - self.ruled[0] < timedelta(minutes=1):
            self.ruled = at, self.rule(at)
        asked, said = self.ruled
        return at if said == asked else said

    def rule(self, at: datetime) -> datetime:
        moments = [moment for moment, _ in self.newest.values()]
        days = [day for _, day in self.newest.values()]
        said = {
            "name": pa.array(self.newest, pa.string()),
            "happened_at": pa.array(moments, pa.timestamp("us")),
            "day": pa.array(days, pa.date32()),
        }
        with lake.connect() as db:
            db.register("log", pa.table(said))
            return asof.default_as_of(db, at)


def number_of(day: date) -> int:
    return (day - EPOCH).days


def date_of(day: int) -> date:
    return EPOCH + timedelta(days=day)


def moment_of(microseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)


def month_of(day: int) -> int:
    found = date_of(day)
    return found.year * 12 + found.month - 1


def month_days(month: int) -> tuple[int, int]:
    """The first day, and the one after the last."""
    return tuple(number_of(date(m // 12, m % 12 + 1, 1)) for m in (month, month + 1))  # type: ignore[return-value]


__all__ = ["Day", "Index", "current"]
