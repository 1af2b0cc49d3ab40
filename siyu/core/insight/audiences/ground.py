"""What a question stands on: a moment, the index where it can be trusted, and the log for the rest."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property, lru_cache

import duckdb
import numpy as np
from django.conf import settings
from pyroaring import BitMap
from sqlglot import exp

from siyu.core.eventlog import lake, lakeside
from siyu.core.insight import asof, drawn_above, portraits
from siyu.core.insight.audiences import bitmaps, compiling
from siyu.core.insight.audiences.comparing import Frame
from siyu.core.insight.audiences.index import asking, columns
from siyu.core.insight.audiences.index.index import Index, current
from siyu.core.insight.audiences.language import Leaf, Node, Trait, leaves
from siyu.core.insight.audiences.relations import OWN, measure
from siyu.core.insight.facts import open_facts
from siyu.events import BY_NAME
from siyu.kit import clock

DRAWN_FROM = {"person.appeared", "identity.linked", "product.listed", "visitor.excluded", "visitor.readmitted"}
BESIDES = {name for name in BY_NAME if not name.startswith("order.")} - DRAWN_FROM
"""What may happen without changing a portrait."""

LARGE = 200_000
"""People; drawing the portraits of more takes longer than an operator waits."""
EVERYONE = """
    SELECT person FROM everything
    WHERE name = 'person.appeared' AND identity NOT IN (FROM erased) AND identity NOT IN (FROM strangers)"""
"""The view `persons` without its date; repetitions vanish in the set."""


@dataclass
class Ground:
    """The facts under one question. Given an `as_of`, those before it; else all, with windows that end now.

    Portraits are those of as_of's brand day: the kept ones while nothing has happened that they are drawn from, else
    drawn for this question; of a large brand the kept ones, until the worker has drawn them anew.
    """

    frame: Frame
    cut: datetime | None
    index: Index | None
    stack: ExitStack = field(default_factory=ExitStack)
    exact: bool = True
    """False where portraits were taken as they were kept, though something has happened since."""

    @classmethod
    @contextmanager
    def under(cls, as_of: datetime | None, *, index: bool) -> Iterator["Ground"]:
        found = current() if index else None
        if found and as_of and found.newest_at >= as_of:
            found = None
        with ExitStack() as stack:
            at = as_of or default_as_of(found)
            yield cls(Frame(at.astimezone(UTC), settings.SIYU.zone), as_of, found, stack)

    @cached_property
    def log(self) -> duckdb.DuckDBPyConnection:
        db = self.stack.enter_context(open_facts(self.cut))
        drawn_above.show(db)
        return db

    def everyone(self) -> BitMap:
        return self.index.everyone if self.index else fetch(self.log, EVERYONE)

    def people(self, leaf: Leaf, everyone: BitMap) -> BitMap:
        """Whom the leaf means, by the cheapest that knows exactly."""
        found = asking.people(self.index, leaf, self.frame) if self.index else None
        if found is not None:
            return found
        if isinstance(leaf, Trait) and leaf.portrait and self.index and kept(self.frame.as_of):
            found = self.portrayed(leaf, everyone)
            if found is not None:
                return found
        measured = measure(leaf, self.frame)
        query = compiling.rows(measured, failed=measured.passes)
        found = fetch(self.portrait(leaf) if drawn_trait(leaf) else self.log, query)
        return everyone - found if measured.passes else everyone & found

    def portrayed(self, leaf: Trait, everyone: BitMap) -> BitMap | None:
        """Whom the kept portraits say; who has none is unknown."""
        if leaf.test.op != "unknown":
            found = columns.people(leaf, self.frame)
            return None if found is None else found & everyone
        known = columns.people(replace(leaf, test=replace(leaf.test, op="known")), self.frame)
        return None if known is None else everyone - known

    def portrait(self, leaf: Leaf) -> duckdb.DuckDBPyConnection:
        """A cursor with the relation `portraits`; that of the log only where they have to be drawn."""
        if kept(self.frame.as_of):
            return self.kept
        if not self.cut and portraits.kept() and len(self.everyone()) > LARGE:
            self.exact = False
            return self.kept
        self.draw(leaf)
        return self.log

    @cached_property
    def kept(self) -> duckdb.DuckDBPyConnection:
        db = self.stack.enter_context(lake.connect())
        db.execute(f"CREATE TEMP VIEW portraits AS FROM {portraits.scan()}")
        return db

    def draw(self, node: Node) -> None:
        """Have `portraits` on the log's cursor, where the node speaks of them."""
        columns = sorted({leaf.name for leaf in leaves(node) if isinstance(leaf, Trait) and drawn_trait(leaf)})
        if columns and not (self.cut and self.drawn):
            self.log.register("portraits", drawn(self.frame.as_of, ("person", *columns)))

    @cached_property
    def drawn(self) -> bool:
        """Drawn on the log's own cursor, which ends where the portraits do."""
        portraits.compute(self.log, self.frame.as_of)
        return True


def drawn_trait(leaf: Leaf) -> bool:
    """A trait that only a portrait can tell."""
    return isinstance(leaf, Trait) and leaf.portrait and leaf.name not in OWN


def drawn(as_of: datetime, columns: tuple[str, ...]):
    """These columns of the portraits of a moment: kept, or drawn on a cursor that ends there."""
    wanted = ", ".join(f'"{column}"' for column in columns)
    if kept(as_of):
        with lake.connect() as db:
            return db.sql(f"SELECT {wanted} FROM {portraits.scan()}").to_arrow_table()
    with open_facts(as_of) as db:
        portraits.compute(db, as_of)
        return db.sql(f"SELECT {wanted} FROM portraits").to_arrow_table()


def kept(as_of: datetime) -> bool:
    """Whether the kept portraits are those of as_of's brand day, with all that they are drawn from."""
    found = portraits.kept()
    if found is None:
        return False
    version, moment = found
    zone = settings.SIYU.zone
    same_day = clock.day_of(moment.astimezone(UTC), zone) == clock.day_of(as_of, zone)
    return same_day and unchanged(version)


def unchanged(version: int) -> bool:
    now = lakeside.now()
    return version == now.version or (version < now.version and nothing_since(now.table, version, now.version))


@lru_cache(64)
def nothing_since(table: str, version: int, current_version: int) -> bool:
    """No event since that version that a portrait is drawn from: tags and descriptions are none."""
    then, files = lakeside.at(version), lakeside.now()
    if then.pruned != files.pruned:
        return False
    position = then.position
    newer = files.after(position)
    if not newer:
        return True
    paths = ", ".join("'" + file.uri.replace("'", "''") + "'" for file in newer)
    with lake.connect() as db:
        rows = db.execute(f"SELECT DISTINCT name FROM read_parquet([{paths}]) WHERE position > {position}").fetchall()
    return {name for (name,) in rows} <= BESIDES


def default_as_of(index: Index | None) -> datetime:
    return index.default_as_of(clock.now()) if index else asof.resolve(None)


def fetch(db: duckdb.DuckDBPyConnection, query: str | exp.Query) -> BitMap:
    text = query if isinstance(query, str) else query.sql("duckdb")
    column = db.execute(text).fetchnumpy()["person"]
    return bitmaps.of_numbers(np.asarray(np.ma.compressed(column)))
