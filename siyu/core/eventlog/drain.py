"""From log and landing into the lake, exactly once.

A step is planned as a row before it is written: which stretch of the log, which batches. A process that dies after
that leaves a plan, and whoever comes next writes the very same rows; the lake refuses them if they stand there already.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec
import pyarrow as pa
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import F, TextField
from django.db.models.functions import Cast

from siyu.core.eventlog import dialects, lake
from siyu.core.eventlog.directory import Claim, directory
from siyu.core.eventlog.land import unpack
from siyu.core.eventlog.locks import only_one
from siyu.core.eventlog.models import Batch, Drain, Entry
from siyu.kit import clock

ENTRIES = 60_000
BATCHES = 200


def drain(*, wait: bool = False) -> int:
    """Move one stretch into the lake; how many rows it held, 0 when there was none or another process is at it."""
    with only_one("drain", wait=wait) as held:
        step = held and (unfinished() or plan())
        return carry_out(step) if step else 0


def drain_all() -> int:
    """Until all that is committed now stands in the lake, waiting for a process that is at it."""
    total = 0
    while rows := drain(wait=True):
        total += rows
    return total


def unfinished() -> Drain | None:
    return Drain.objects.filter(done_at=None).first()


def plan() -> Drain | None:
    """Decide what the next step holds; None when everything is in the lake."""
    log_at, batch_at = reached()
    entries = list(Entry.objects.after(*log_at).settled().values_list("xid", "pk")[:ENTRIES])
    batches = list(landed().after(*batch_at).settled().values_list("xid", "pk")[:BATCHES])
    if not entries and not batches:
        return None
    (log_xid, log_position), (batch_xid, batch_position) = (entries or [log_at])[-1], (batches or [batch_at])[-1]
    try:
        with transaction.atomic():
            return Drain.objects.create(
                log_xid=log_xid,
                log_position=log_position,
                batch_xid=batch_xid,
                batch_position=batch_position,
                planned_at=clock.now(),
            )
    except IntegrityError:  # a rival that lost its lock without knowing has planned meanwhile
        return None


def reached(before: int | None = None) -> tuple[tuple[int, int], tuple[int, int]]:
    """Where the step before this one ended, in the log and in the landing."""
    steps = Drain.objects.order_by("-number")
    last = steps.filter(number__lt=before).first() if before else steps.first()
    if last is None:
        return (0, 0), (0, 0)
    return (last.log_xid, last.log_position), (last.batch_xid, last.batch_position)


def landed() -> Any:
    return Batch.objects.using(settings.LANDING)


def carry_out(step: Drain) -> int:
    """Write the planned rows and mark the step as done."""
    log_at, batch_at = reached(before=step.number)
    entries = Entry.objects.after(*log_at).upto(step.log_xid, step.log_position).settled()
    batches = landed().after(*batch_at).upto(step.batch_xid, step.batch_position).settled()
    raw, repeats = distinct(pa.concat_tables([from_log(entries), from_landing(batches)]), step.number)
    lake.append("events", shaped(raw, step.number), app="drain", version=step.number)
    lake.append("payloads", personal(raw, step.number), app="drain", version=step.number)
    Drain.objects.filter(number=step.number, done_at=None).update(
        done_at=clock.now(), rows=raw.num_rows, repeats=repeats
    )
    return raw.num_rows + repeats


RAW = pa.schema(
    [
        ("name", pa.string()),
        ("happened_at", lake.MOMENT),
        ("recorded_at", lake.MOMENT),
        ("identity", pa.int64()),
        ("source", pa.string()),
        ("message", pa.int64()),
        ("imported", pa.bool_()),
        ("body", pa.string()),
    ]
)


def from_log(entries: Any) -> pa.Table:
    at, recorded_at = as_stored("at"), as_stored("recorded_at")
    rows = list(entries.values_list("name", at, recorded_at, "identity", "source", "message", "imported", "body"))
    return raw_table([(*row[:5], row[5] and hashed(row[4], row[5]), *row[6:]) for row in rows])


def as_stored(moment: str) -> Any:
    """On SQLite a moment is text in UTC, and Arrow reads a column of them at once; Django one after another."""
    return Cast(moment, TextField()) if connection.vendor == "sqlite" else F(moment)


def from_landing(batches: Any) -> pa.Table:
    rows: list[tuple] = []
    for batch in batches:
        messages = list(dialects.DIALECTS[batch.dialect](unpack(batch), batch.received_at))
        claims: dict[Claim, Any] = {}
        for message in messages:
            if message.claim:
                claims[message.claim] = min(message.at, claims.get(message.claim, message.at))
        numbers = directory().number(claims, source=batch.source, imported=batch.imported)
        rows += [
            (
                message.name,
                message.at,
                batch.received_at,
                message.claim and numbers.get(message.claim),
                batch.source,
                hashed(batch.source, message.id),
                batch.imported,
                body_of(message),
            )
            for message in messages
        ]
    return raw_table(rows)


def raw_table(rows: list[tuple]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else ([] for _ in RAW)
    return pa.table([array(column, field.type) for column, field in zip(columns, RAW, strict=True)], schema=RAW)


def array(column: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if kind == lake.MOMENT and column and isinstance(column[0], str):
        return pa.array(column, pa.string()).cast(pa.timestamp("us")).cast(kind)
    return pa.array(column, kind)


def body_of(message: dialects.Message) -> str:
    return msgspec.json.encode({"properties": message.properties, "personal": message.personal}).decode()


def hashed(source: str, message: str) -> int:
    digest = hashlib.blake2b(f"{source}\0{message}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) >> 1


def distinct(raw: pa.Table, number: int) -> tuple[pa.Table, int]:
    """Without what earlier steps or the step itself have already; and how many that were.

    A repetition has the time of what it repeats, so only files of that stretch of time are looked at. A step that is
    written again does not look at itself, or it would find all its messages known.
    """
    if raw.column("message").null_count == raw.num_rows:
        return raw, 0
    with lake.connect() as db:
        db.register("raw", raw)
        known = f"""
            SELECT message FROM {lake.scan("events")}
            WHERE message IS NOT NULL AND position < {number << 32}
                AND happened_at >= (SELECT min(happened_at) FROM raw WHERE message IS NOT NULL)
                AND happened_at <= (SELECT max(happened_at) FROM raw WHERE message IS NOT NULL)"""
        kept = db.sql(f"""
            SELECT * EXCLUDE (n) FROM (SELECT *, row_number() OVER () AS n FROM raw)
            WHERE message IS NULL OR message NOT IN ({known})
            QUALIFY message IS NULL OR row_number() OVER (PARTITION BY message ORDER BY n) = 1
            ORDER BY n""").to_arrow_table()
    return kept, raw.num_rows - kept.num_rows


def shaped(raw: pa.Table, number: int) -> pa.Table:
    """The rows as the lake's `events` wants them, without anything personal."""
    with lake.connect() as db:
        db.register("raw", raw)
        return (
            db.sql(
                """
            WITH parsed AS (
                SELECT *, (?::BIGINT << 32) + row_number() OVER () AS position, timezone(?, happened_at)::DATE AS day,
                    from_json(body, '{"subject": "BIGINT", "amount": "BIGINT", "discount": "BIGINT", "items":
                        [{"product": "BIGINT", "quantity": "BIGINT", "amount": "BIGINT", "discount": "BIGINT"}],
                        "properties": "JSON"}') AS b
                FROM raw)
            SELECT position, name, happened_at, recorded_at, day, identity, source, message, imported,
                b.subject AS subject, b.amount AS amount, b.discount AS discount, b.items AS items,
                b.properties::VARCHAR AS properties, strftime(day, '%Y-%m') AS month
            FROM parsed ORDER BY month, name, position""",
                params=[number, settings.SIYU.zone],
            )
            .to_arrow_table()
            .cast(lake.SCHEMAS["events"])
        )


def personal(raw: pa.Table, number: int) -> pa.Table:
    """What says who somebody is, by identity."""
    with lake.connect() as db:
        db.register("raw", raw)
        return (
            db.sql(
                f"""
            SELECT * FROM (
                SELECT (?::BIGINT << 32) + row_number() OVER () AS position, name, happened_at, identity,
                    (body::JSON -> 'personal')::VARCHAR AS personal, identity % {lake.BUCKETS} AS bucket
                FROM raw)
            WHERE identity IS NOT NULL AND personal IS NOT NULL AND personal NOT IN ('null', '{{}}')
            ORDER BY bucket, identity""",
                params=[number],
            )
            .to_arrow_table()
            .cast(lake.SCHEMAS["payloads"])
        )
