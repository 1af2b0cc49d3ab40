"""Where bitmaps lie: segment files that are written once, and a catalogue that is replaced by rename."""

import mmap
import os
import time
import uuid
from functools import lru_cache
from pathlib import Path

import msgspec
from django.conf import settings
from pyroaring import BitMap

FORMAT = 2
KEEP_SECONDS = 15 * 60
"""How long files that no catalogue names any more stay for running readers."""


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a bitmap lies, and between which moments (microseconds since 1970) what it says happened."""

    file: str
    start: int
    size: int
    first_at: int = 0
    last_at: int = 0


class Catalogue(msgspec.Struct):
    """What the index knows, up to a position in the lake. Days are numbers since 1970, months since the year 0."""

    table: str
    position: int = 0
    days: dict[str, dict[int, Place]] = {}
    months: dict[str, dict[int, Place]] = {}
    newest: dict[str, tuple[int, int]] = {}
    """name as it stands in the log: (newest moment, newest day)."""
    links: Place | None = None
    corrected: Place | None = None
    """Numbers of the orders that were ever corrected."""
    excluded: Place | None = None
    """Identities whose behaviour counts in no answer. The days above hold it all the same: it may count again."""
    pruned: int = 0
    """The version of the lake that took rows out last, as far as the index knows."""
    format: int = FORMAT

    def places(self) -> list[Place]:
        of_days = [place for days in self.days.values() for place in days.values()]
        of_months = [place for months in self.months.values() for place in months.values()]
        return [*of_days, *of_months, *(place for place in (self.links, self.corrected, self.excluded) if place)]


def folder() -> Path:
    return Path(settings.SIYU.home) / "derived" / "audiences"


def load() -> Catalogue | None:
    """The newest catalogue; None where there is none that this house can read."""
    try:
        stamp = os.stat(folder() / "catalogue").st_mtime_ns
    except FileNotFoundError:
        return None
    return decoded(folder() / "catalogue", stamp)


@lru_cache(2)
def decoded(path: Path, stamp: int) -> Catalogue | None:
    try:
        found = msgspec.msgpack.decode(path.read_bytes(), type=Catalogue)
    except msgspec.DecodeError:
        return None
    return found if found.format == FORMAT else None


def publish(catalogue: Catalogue) -> None:
    place = folder() / "catalogue"
    fresh = place.with_name(f".catalogue.{os.getpid()}")
    fresh.write_bytes(msgspec.msgpack.encode(catalogue))
    before = load()
    fresh.replace(place)
    tidy({place.file for place in catalogue.places()}, {place.file for place in before.places()} if before else set())


def tidy(named: set[str], before: set[str]) -> None:
    """Delete segments that nothing has named for so long that no running reader can still want them."""
    for file in folder().glob("*.bitmaps"):
        if file.name in before - named:
            os.utime(file)  # its time runs from here
        elif file.name not in named and time.time() - file.stat().st_mtime > KEEP_SECONDS:
            file.unlink(missing_ok=True)


class Segment:
    """A file of bitmaps while it is written. It gets its name when it is whole."""

    def __init__(self) -> None:
        folder().mkdir(parents=True, exist_ok=True)
        self.name = f"{uuid.uuid4().hex}.bitmaps"
        self.fresh = folder() / f".{self.name}"
        self.out = self.fresh.open("wb")

    def put(self, body: bytes, first_at: int = 0, last_at: int = 0) -> Place:
        place = Place(self.name, self.out.tell(), len(body), first_at, last_at)
        self.out.write(body)
        return place

    def close(self) -> None:
        self.out.close()
        self.fresh.replace(folder() / self.name)


def body(place: Place) -> bytes:
    return opened(folder() / place.file)[place.start : place.start + place.size]


def bitmap(place: Place) -> BitMap:
    return BitMap.deserialize(body(place))


@lru_cache(256)
def opened(path: Path) -> mmap.mmap | bytes:
    """Segments never change and their names are never used again."""
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if path.stat().st_size else b""
