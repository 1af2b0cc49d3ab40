"""What a step of the drain adds to the plan, set-wise and once: it is written in the transaction that ends the step."""

from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
from django.db import connection, models

from siyu.core.eventlog.models import Expectation, Sighting, Violation
from siyu.core.eventlog.plan import expecting

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SAMPLE = 10_000
"""Messages of a step whose properties are looked into; of more, every so manieth, and the volume is that many times
as large. The volume of events is exact."""
MOST_EVENTS = 2_000
"""A source with more names than that, or an event with more properties, writes values where names should be."""
MOST_PROPERTIES = 300

EVENTS = """
    -- each source, and each event of it
    SELECT source, CASE WHEN grouping(name) = 0 THEN name ELSE '' END, '', '', epoch_us(min(happened_at)),
        epoch_us(max(happened_at)), count(*)
    FROM seen GROUP BY GROUPING SETS ((source), (source, name)) ORDER BY 7 DESC, 1, 2"""
PROPERTIES = """
    WITH sampled AS (SELECT source, name, happened_at, properties FROM seen WHERE n % $step = 0),
    keyed AS (SELECT source, name, happened_at, properties, unnest(json_keys(properties)) AS property FROM sampled),
    typed AS (
        SELECT source, name, happened_at, property, CASE json_type(
                properties, '/' || replace(replace(property, '~', '~0'), '/', '~1'))
            WHEN 'VARCHAR' THEN 'text' WHEN 'BOOLEAN' THEN 'boolean' WHEN 'OBJECT' THEN 'object'
            WHEN 'ARRAY' THEN 'list' WHEN 'NULL' THEN 'null' ELSE 'number' END AS type
        FROM keyed WHERE property <> '' AND length(property) <= 200)
    SELECT source, name, property, type, epoch_us(min(happened_at)), epoch_us(max(happened_at)), count(*) * $step
    FROM typed GROUP BY source, name, property, type
    QUALIFY row_number() OVER (PARTITION BY source, name ORDER BY count(*) DESC, property, type) <= $most
    ORDER BY count(*) DESC, source, name, property, type"""


def observe(db: duckdb.DuckDBPyConnection, fresh: str) -> None:
    """Add the messages of `fresh`, a query, to what was seen, and what was wrong with them."""
    found, wrong = looked_at(db, fresh)
    write(Sighting, SEEN, bearable(found))
    write(Violation, WRONG, wrong)


def take_back(db: duckdb.DuckDBPyConnection, mistaken: str) -> None:
    """Count messages no longer that turned out to be repetitions; when something was seen first and last stays."""
    found, wrong = looked_at(db, mistaken)
    reduce(Sighting, SEEN, found)
    reduce(Violation, WRONG, wrong)


SEEN = ("source", "event", "property", "type")
WRONG = ("source", "event", "property", "fault")


def looked_at(db: duckdb.DuckDBPyConnection, messages: str) -> tuple[list[tuple], list[tuple]]:
    db.execute(f"CREATE OR REPLACE TEMP VIEW seen AS SELECT source, name, happened_at, properties, n FROM ({messages})")
    [(count,)] = db.execute("SELECT count(*) FROM seen").fetchall()
    if not count:
        return [], []
    step = max(1, count // SAMPLE)
    found = db.execute(EVENTS).fetchall()
    found += db.execute(PROPERTIES, {"step": step, "most": MOST_PROPERTIES}).fetchall()
    return found, faults(db)


def bearable(found: list[tuple]) -> list[tuple]:
    """Without names that are new where there are too many already."""
    known = set(Sighting.objects.filter(source__in={row[0] for row in found}).values_list(*SEEN))
    sizes: dict[tuple, int] = {}
    for source, event, property, _ in known:
        sizes[heap(source, event, property)] = sizes.get(heap(source, event, property), 0) + 1
    kept = []
    for row in found:
        place = heap(*row[:3])
        if row[1] and row[:4] not in known:
            if sizes.get(place, 0) >= (MOST_PROPERTIES if row[2] else MOST_EVENTS):
                continue
            sizes[place] = sizes.get(place, 0) + 1
        kept.append(row)
    return kept


def heap(source: str, event: str, property: str) -> tuple:
    return (source, event) if property else (source,)


def faults(db: duckdb.DuckDBPyConnection) -> list[tuple]:
    found: list[tuple] = []
    for event, schema in Expectation.objects.values_list("event", "schema"):
        for query, values in expecting.questions(event, schema):
            found += db.execute(query, values).fetchall()
    return found


def write(model: type[models.Model], key: tuple[str, ...], rows: list[tuple]) -> None:
    """Insert, or add to what is there. Rows: the key, first and last moment in microseconds, how many."""
    if not rows:
        return
    table, adapt = model._meta.db_table, connection.ops.adapt_datetimefield_value
    columns = (*key, "first_at", "last_at", "volume")
    values = [(*row[:4], adapt(moment(row[4])), adapt(moment(row[5])), row[6]) for row in rows]
    names = ", ".join(f'"{name}"' for name in columns)
    unique = ", ".join(f'"{name}"' for name in key)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"""INSERT INTO {table} ({names}) VALUES ({", ".join(["%s"] * len(columns))})
            ON CONFLICT ({unique}) DO UPDATE SET volume = {table}.volume + excluded.volume,
                first_at = CASE WHEN excluded.first_at < {table}.first_at THEN excluded.first_at
                    ELSE {table}.first_at END,
                last_at = CASE WHEN excluded.last_at > {table}.last_at THEN excluded.last_at
                    ELSE {table}.last_at END""",
            values,
        )


def reduce(model: type[models.Model], key: tuple[str, ...], rows: list[tuple]) -> None:
    where = " AND ".join(f'"{name}" = %s' for name in key)
    with connection.cursor() as cursor:
        for row in rows:
            cursor.execute(
                f"UPDATE {model._meta.db_table} SET volume = volume - %s WHERE {where}", [row[6], *row[: len(key)]]
            )
    model.objects.filter(volume__lte=0).delete()  # type: ignore[attr-defined]


def moment(microseconds: Any) -> datetime:
    return EPOCH + timedelta(microseconds=microseconds)
