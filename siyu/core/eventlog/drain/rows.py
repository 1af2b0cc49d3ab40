"""The rows of a step as the lake wants them: `events` without anything personal, `payloads` with it."""

import duckdb
import numpy as np
import pyarrow as pa
from django.conf import settings

from siyu.core.eventlog import lake
from siyu.core.eventlog.drain import known
from siyu.core.eventlog.models import Drain

BODY = """{"subject": "BIGINT", "amount": "BIGINT", "discount": "BIGINT", "items":
    [{"product": "BIGINT", "quantity": "BIGINT", "amount": "BIGINT", "discount": "BIGINT"}],
    "properties": "JSON", "personal": "JSON"}"""


def gather(db: duckdb.DuckDBPyConnection, log: pa.Table, step: Drain) -> known.Ids:
    """Make `events_rows` and `payloads_rows` of `told` and the log's entries, without what was here before; the ids of
    messages that are new.

    The first is a view: its rows are made while they are written. A row's position is its place in the step,
    repetitions counted: what is found to be one does not move the others.
    """
    own(db)
    db.register("entries", log.append_column("n", pa.array(np.arange(1, log.num_rows + 1))))
    db.execute("""
        CREATE OR REPLACE TEMP VIEW raw AS
        SELECT n, message, happened_at FROM entries
        UNION ALL SELECT n, message, happened_at FROM told WHERE code IS NULL""")
    new = standing(db, step) if lake.has("events", app="drain", version=step.number) else known.repeats(db, step)
    db.execute(DAYS, [settings.SIYU.zone])
    db.execute(f"CREATE OR REPLACE TEMP VIEW events_rows AS {EVENTS}".replace("$number", str(step.number)))
    db.execute(f"CREATE OR REPLACE TEMP TABLE payloads_rows AS {PAYLOADS}".replace("$number", str(step.number)))
    return new


def own(db: duckdb.DuckDBPyConnection) -> None:
    """Make `alive`: whose each message is. Of somebody erased only what came after that is anybody's."""
    db.execute("""
        CREATE OR REPLACE TEMP TABLE erased AS
        SELECT DISTINCT n FROM whose w JOIN told t USING (n)
        WHERE w.erased_at IS NOT NULL AND (t.imported OR t.happened_at <= w.erased_at)""")
    db.execute("""
        CREATE OR REPLACE TEMP VIEW alive AS
        SELECT n, identity FROM whose WHERE own AND identity IS NOT NULL AND n NOT IN (FROM erased)""")


def standing(db: duckdb.DuckDBPyConnection, step: Drain) -> known.Ids:
    """Make `repeats` of a step that the lake has already: all that does not stand there. Nothing is new."""
    first = step.number << 32
    db.execute(f"""
        CREATE OR REPLACE TEMP TABLE repeats AS
        SELECT n FROM raw WHERE n NOT IN (
            SELECT position - {first} FROM {lake.scan("events")}
            WHERE position > {first} AND position < {step.number + 1 << 32})""")
    return np.empty(0, np.int64)


QUARTER = "floor(epoch(happened_at) / 900)"
"""No zone's day ends within a quarter of an hour: a calendar is asked once for each, not for each row."""
DAYS = f"""
    CREATE OR REPLACE TEMP TABLE days AS
    SELECT quarter, timezone(?, to_timestamp(quarter * 900))::DATE AS day, strftime(day, '%Y-%m') AS month
    FROM (SELECT DISTINCT {QUARTER} AS quarter FROM raw WHERE n NOT IN (FROM repeats))"""
EVENTS = f"""
    WITH gathered AS (
        SELECT e.n, name, happened_at, recorded_at, identity, source, message, imported, b.subject, b.amount,
            b.discount, b.items, b.properties::VARCHAR AS properties, NULL AS context
        FROM (SELECT *, from_json(body, '{BODY}') AS b FROM entries) e
        UNION ALL BY NAME
        SELECT t.n, name, happened_at, received_at AS recorded_at, a.identity, source, message, imported,
            CASE WHEN x.n IS NULL THEN properties END AS properties, CASE WHEN x.n IS NULL THEN context END AS context
        FROM told t LEFT JOIN alive a USING (n) LEFT JOIN erased x ON x.n = t.n WHERE code IS NULL)
    SELECT ($number::BIGINT << 32) + n AS position, name, happened_at, recorded_at,
        day, identity, source, message, imported, subject, amount, discount, items, properties, context, month
    FROM gathered JOIN days ON quarter = {QUARTER} WHERE n NOT IN (FROM repeats)"""
PAYLOADS = f"""
    SELECT ($number::BIGINT << 32) + n AS position, name, happened_at, identity, personal,
        identity % {lake.BUCKETS} AS bucket
    FROM (SELECT n, name, happened_at, identity, (body::JSON -> 'personal')::VARCHAR AS personal FROM entries
          WHERE contains(body, '"personal"')
          UNION ALL
          SELECT n, name, happened_at, identity, personal FROM told JOIN alive USING (n) WHERE personal IS NOT NULL)
    WHERE identity IS NOT NULL AND personal IS NOT NULL AND personal NOT IN ('null', '{{}}')
        AND n NOT IN (FROM repeats)"""


def months(db: duckdb.DuckDBPyConnection) -> list[str]:
    """The partitions that `events_rows` lies in."""
    return [month for (month,) in db.execute("SELECT DISTINCT month FROM days ORDER BY month").fetchall()]


def buckets(db: duckdb.DuckDBPyConnection) -> list[str]:
    """Those of `payloads_rows`: mostly nothing is said that is personal, and then there is nothing to commit."""
    return lake.partitions(db, "payloads", "payloads_rows")


def counted(db: duckdb.DuckDBPyConnection) -> tuple[int, int, int]:
    """Rows in the lake, repetitions, and messages in all."""
    [counts] = db.execute("""
        SELECT (SELECT count(*) FROM raw) - (SELECT count(*) FROM repeats), (SELECT count(*) FROM repeats),
            (SELECT count(*) FROM told)""").fetchall()
    return counts
