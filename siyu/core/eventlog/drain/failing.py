"""Messages that cannot be taken: kept as they came, with a reason, until an operator has mended and replayed them."""

from collections.abc import Sequence

import duckdb
import msgspec

from siyu.core.eventlog.dialects import FAULTS
from siyu.core.eventlog.forgetting import without_the_erased
from siyu.core.eventlog.hearing import Missed
from siyu.core.eventlog.models import Batch, FailedMessage
from siyu.kit.rows import insert

HEARING = "hearing_failed"
COLUMNS = ("source", "dialect", "batch", "ordinal", "received_at", "code", "reason", "head", "body")


def keep(db: duckdb.DuckDBPyConnection, broken: Sequence[Batch], batches: dict[int, Batch]) -> int:
    """Keep what `told` has a code for, and batches that are none; how many messages that are.

    They are kept once, however often the step is taken.
    """
    found = db.execute("SELECT batch, ordinal, code, line FROM told WHERE code IS NOT NULL ORDER BY n").fetchall()
    rows = [row(batches[batch], ordinal, code, line) for batch, ordinal, code, line in found]
    rows += [row(batch, 0, "batch_unreadable", "") for batch in broken]
    insert(FailedMessage, COLUMNS, without_the_erased(rows), ignore=True)
    return len(found) + sum(batch.count for batch in broken)


def keep_missed(missed: Sequence[Missed]) -> None:
    """Keep what a subscription could not take: its row stands in the lake all the same."""
    if missed:
        batches = Batch.objects.in_bulk({one.heard.batch for one in missed})
        rows = [row(batches[one.heard.batch], one.heard.ordinal, HEARING, one.heard.line, one.reason) for one in missed]
        insert(FailedMessage, COLUMNS, without_the_erased(rows), ignore=True)


def row(batch: Batch, ordinal: int, code: str, line: str, reason: str = "") -> tuple:
    head = msgspec.json.encode(batch.head).decode()
    body = line.replace("\0", "\\x00")
    return (
        batch.source,
        batch.dialect,
        batch.pk,
        ordinal,
        batch.received_at,
        code,
        reason or FAULTS.get(code, code),
        head,
        body,
    )
