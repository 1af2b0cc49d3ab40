"""Bringing the index up to the lake: from nothing month by month, afterwards by the tail."""

from collections import defaultdict

import numpy as np
from pyroaring import BitMap, BitMap64

from siyu.core.eventlog import lakeside
from siyu.core.eventlog.locks import only_one
from siyu.core.insight.audiences.index import columns, shelf, tail
from siyu.core.insight.audiences.index.index import LONGEST_TAIL, Index, agrees, corrected, month_of
from siyu.core.insight.audiences.index.shelf import Catalogue, Segment
from siyu.core.insight.audiences.index.tail import Tail
from siyu.core.insight.audiences.vocabulary import ORDER
from siyu.core.insight.facts import open_facts

SEGMENTS = 40
"""With more files than this all bitmaps move together into one."""


def advance() -> int:
    """Bring the index up to the lake as it is; how many rows that took, 0 when it was there already."""
    now, catalogue = lakeside.now(), shelf.load()
    columns.tidy()
    if catalogue and agrees(catalogue, now) and catalogue.position == now.position:
        return 0
    with only_one("audience-index") as held:
        return step(lakeside.now(), shelf.load()) if held else 0


def step(now: lakeside.Lake, catalogue: Catalogue | None) -> int:
    if catalogue is None or not agrees(catalogue, now):
        catalogue = Catalogue(now.table, pruned=now.pruned)
    files = now.after(catalogue.position)
    rows = sum(file.rows for file in files)
    if not files:
        return 0
    if rows > LONGEST_TAIL:
        shelf.publish(built(now))
    else:
        found = tail.read(files, catalogue.position, corrected(catalogue))
        shelf.publish(laid(Index(now, catalogue, found)))
    return rows


def built(now: lakeside.Lake) -> Catalogue:
    """From nothing, a month of the lake at a time."""
    catalogue, segment = Catalogue(now.table, now.position, pruned=now.pruned), Segment()
    of_month: dict[str, list[lakeside.File]] = defaultdict(list)
    for file in now.files:
        of_month[file.month].append(file)
    links: dict[int, tuple[int, int]] = {}
    subjects = BitMap64()
    said: dict[int, tuple[int, bool]] = {}
    for month in sorted(of_month):
        with open_facts() as db:
            tail.name_rows(db, of_month[month], f"position <= {now.position}")
            found = tail.gathered(db, now.position)
            subjects |= found.corrected
            for identity, word in found.excluded.items():
                said[identity] = max(said.get(identity, word), word)
            rows = db.execute("""SELECT identity, max(position), arg_max(subject, position) FROM fresh
                WHERE name = 'identity.linked' GROUP BY identity""").fetchall() if found.links else []  # fmt: skip
            for identity, position, person in rows:
                links[identity] = max(links.get(identity, (0, 0)), (position, person))
            days = db.execute("SELECT DISTINCT day FROM fresh WHERE name IN ('order.placed', 'order.corrected')")
            tail.replace(db, found, [day for (day,) in days.fetchall()])
        add(catalogue, segment, Index(now, Catalogue(now.table), found))
    catalogue.links = put_links(segment, {identity: person for identity, (_, person) in links.items()})
    catalogue.corrected = segment.put(subjects.serialize())
    catalogue.excluded = segment.put(packed(BitMap(identity for identity, (_, out) in said.items() if out)))
    segment.close()
    return catalogue


def laid(index: Index) -> Catalogue:
    """The catalogue with the tail in it; only what the tail touches is written."""
    old, segment = index.catalogue, Segment()
    fresh = Catalogue(
        old.table,
        index.tail.position,
        {event: dict(days) for event, days in old.days.items()},
        {event: dict(months) for event, months in old.months.items()},
        index.newest,
        old.links,
        old.corrected,
        old.excluded,
        old.pruned,
    )
    add(fresh, segment, index)
    if index.tail.links:
        fresh.links = put_links(segment, dict(zip(*(column.tolist() for column in index.links), strict=True)))
    if index.tail.corrected:
        fresh.corrected = segment.put((corrected(old) | index.tail.corrected).serialize())
    if index.tail.excluded:
        fresh.excluded = segment.put(packed(index.excluded))
    if len({place.file for place in fresh.places()}) > SEGMENTS:
        moved(fresh, segment)
    segment.close()
    return fresh


def add(catalogue: Catalogue, segment: Segment, index: Index) -> None:
    """Write every day that the index's tail touches, and the months they lie in."""
    for event, days in touched(index.tail).items():
        places = catalogue.days.setdefault(event, {})
        for day in sorted(days):
            bounds = index.bounds(event, day)
            if bounds:
                places[day] = segment.put(packed(index.day(event, day)), *bounds)
            else:
                places.pop(day, None)
        for month in {month_of(day) for day in days}:
            catalogue.months.setdefault(event, {})[month] = segment.put(packed(index.month(event, month)))
    catalogue.newest = catalogue.newest | {
        name: max_of(catalogue.newest.get(name), found) for name, found in index.newest.items()
    }


def touched(found: Tail) -> dict[str, set[int]]:
    days = {event: set(days) for event, days in found.added.items()}
    if found.replaced:
        days[ORDER] = days.get(ORDER, set()) | set(found.replaced)
    return days


def max_of(old: tuple[int, int] | None, new: tuple[int, int]) -> tuple[int, int]:
    return (max(old[0], new[0]), max(old[1], new[1])) if old else new


def packed(bitmap: BitMap) -> bytes:
    bitmap.run_optimize()
    return bitmap.serialize()


def put_links(segment: Segment, links: dict[int, int]) -> shelf.Place:
    identities = sorted(links)
    return segment.put(np.array([identities, [links[i] for i in identities]], dtype=np.int64).tobytes())


def moved(catalogue: Catalogue, segment: Segment) -> None:
    """Everything that lies elsewhere, into this segment."""

    def here(place: shelf.Place) -> shelf.Place:
        return place if place.file == segment.name else segment.put(shelf.body(place), place.first_at, place.last_at)

    for shelves in (catalogue.days, catalogue.months):
        for places in shelves.values():
            for key, place in places.items():
                places[key] = here(place)
    catalogue.links = catalogue.links and here(catalogue.links)
    catalogue.corrected = catalogue.corrected and here(catalogue.corrected)
    catalogue.excluded = catalogue.excluded and here(catalogue.excluded)
