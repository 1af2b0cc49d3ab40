from typing import Any

import msgspec
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError

from siyu.core.eventlog import lake
from siyu.core.eventlog.forgetting import Answer, Files, Somebody
from siyu.core.eventlog.held.log import LASTING, LAW
from siyu.core.eventlog.locks import only_one

TRIES = 10


class LakeRows:
    """Rows of the lake stay, so that sums do; what they say of somebody goes, and so do the files that said it."""

    name = "lake"

    def count(self, who: Somebody) -> dict[str, int]:
        return {name: counted(f"{lake.scan(name, whole=True)} WHERE {own(who)}") for name in lake.SCHEMAS}

    def export(self, who: Somebody) -> Files:
        columns = ", ".join(("name", "happened_at", "source", "imported", "amount", "discount", "items", *told()))
        behaviour = rows(
            f"SELECT {columns} FROM {lake.scan('events', whole=True)} WHERE {own(who)} ORDER BY happened_at, position"
        )
        personal = f"SELECT name, happened_at, personal FROM {lake.scan('payloads', whole=True)}"
        private = rows(f"{personal} WHERE {own(who)} ORDER BY happened_at")
        return {"lake": opened(behaviour, *told()), "lake_private": opened(private, "personal")}

    def erase(self, who: Somebody) -> Answer:
        """Under the drain's lock: it neither appends meanwhile, nor dedupes against files that go. And while nobody
        writes files anew, so that those which a killed process left are seen to be nobody's and go, too."""
        with only_one("drain", wait=True), only_one(lake.REWRITING, wait=True):
            blanked = blank(f"{own(who)} AND name NOT IN {listed(LASTING)}")
            blanked += blank(f"position IN {listed(elsewhere(who))}")
            gone = delete(own(who))
            for name in lake.SCHEMAS:
                lake.table(name).vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False, full=True)
        kept = counted(f"{lake.scan('events', whole=True)} WHERE {own(who)} AND name IN {listed(LASTING)}")
        erased = {"events_emptied": blanked, "private_rows": gone}
        return Answer(erased, {"transactions": kept} if kept else {}, LAW if kept else "")


def own(who: Somebody) -> str:
    return f"identity IN {listed(who.identities)}"


def listed(values: tuple[Any, ...]) -> str:
    """For SQL: only numbers and names of ours, never a value of a person's, which the table's log would keep."""
    words = [str(value) if isinstance(value, int) else f"'{value}'" for value in values]
    return f"({', '.join(words) or 'NULL'})"


def elsewhere(who: Somebody) -> tuple[int, ...]:
    """Positions of rows of nobody or of others that name them: such as what came of a device before they signed in."""
    if not who.telling:
        return ()
    with lake.connect() as db:
        named = " OR ".join(
            f"regexp_matches({column}, $plain) OR regexp_matches({column}, $escaped)" for column in told()
        )
        found = db.execute(
            f"SELECT position FROM {lake.scan('events', whole=True)} WHERE {named}",
            {"plain": who.pattern, "escaped": who.escaped_pattern},
        ).fetchall()
    return tuple(position for (position,) in found)


def told() -> tuple[str, ...]:
    """The columns of events in which senders wrote what they liked."""
    return tuple(name for name in ("properties", "context") if name in lake.SCHEMAS["events"].names)


def blank(where: str) -> int:
    where = f"({' OR '.join(f'{column} IS NOT NULL' for column in told())}) AND {where}"
    months = partitions("events", where, "month")
    if not months:
        return 0
    done = retried("events", lambda table: update(table, f"month IN {listed(months)} AND {where}"))
    return int(done["num_updated_rows"])


def update(table: DeltaTable, where: str) -> dict[str, Any]:
    return table.update(updates=dict.fromkeys(told(), "NULL"), predicate=where, writer_properties=lake.WRITER)


def delete(where: str) -> int:
    buckets = partitions("payloads", where, "bucket")
    if not buckets:
        return 0
    predicate = f"bucket IN {listed(buckets)} AND {where}"
    done = retried("payloads", lambda table: table.delete(predicate, writer_properties=lake.WRITER))
    return int(done["num_deleted_rows"])


def partitions(name: str, where: str, column: str) -> tuple[Any, ...]:
    with lake.connect() as db:
        found = db.execute(
            f"SELECT DISTINCT {column} FROM {lake.scan(name, whole=True)} WHERE {where} ORDER BY 1"
        ).fetchall()
    return tuple(value for (value,) in found)


def retried(name: str, change: Any) -> dict[str, Any]:
    """A merging of small files may win; then it is done anew on what that left."""
    for _ in range(TRIES - 1):
        try:
            return change(lake.table(name))
        except CommitFailedError:
            continue
    return change(lake.table(name))


def counted(source: str) -> int:
    with lake.connect() as db:
        return int(db.execute(f"SELECT count(*) FROM {source}").fetchall()[0][0])


def rows(query: str) -> list[dict[str, Any]]:
    with lake.connect() as db:
        return db.sql(query).to_arrow_table().to_pylist()


def opened(found: list[dict[str, Any]], *columns: str) -> list[dict[str, Any]]:
    return [{**row, **{name: row[name] and msgspec.json.decode(row[name]) for name in columns}} for row in found]
