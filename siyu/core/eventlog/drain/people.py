"""Whose the messages are, and what they say of people. The directory knows; it is asked once a step, set-wise."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import itemgetter

import duckdb
import pyarrow as pa

from siyu.core.eventlog import lake
from siyu.core.eventlog.directory import Change, Claim, Match, directory
from siyu.kit.texts import read_json

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CLAIMS = """
    WITH claims AS (
        SELECT source, imported, namespace, value, happened_at FROM told WHERE code IS NULL AND value IS NOT NULL
        UNION ALL
        SELECT source, imported, other.namespace, other.value, happened_at
        FROM (SELECT source, imported, happened_at, unnest(others) AS other FROM told
              WHERE code IS NULL AND others IS NOT NULL))
    SELECT source, imported, namespace, value, epoch_us(min(happened_at)) FROM claims
    WHERE namespace IS NOT NULL AND value IS NOT NULL GROUP BY ALL ORDER BY ALL"""
WHO = pa.schema(
    [
        ("namespace", pa.string()),
        ("value", pa.string()),
        ("identity", pa.int64()),
        ("erased_at", pa.timestamp("us", tz="UTC")),
    ]
)


def number(db: duckdb.DuckDBPyConnection) -> None:
    """Make `who`: the number of every claim in `told`, and when its person was erased."""
    everything, known = db.execute(CLAIMS).fetchall(), remembered()
    rows = [row for row in everything if row[2:4] not in known]
    normal = directory().normal({(namespace, value) for _, _, namespace, value, _ in rows})
    erased = directory().erased(set(normal.values())) if normal else {}
    numbers: dict[Claim, int] = {}
    for (source, imported), some in groupby(rows, key=itemgetter(0, 1)):
        claims = first_seen(db, some, normal, erased)
        numbers |= directory().number(claims, source=source, imported=imported) if claims else {}
    said = [(*raw, numbers.get(claim), erased.get(claim)) for raw, claim in normal.items()]
    said += [(*raw, known[raw], None) for raw in {row[2:4] for row in everything} if raw in known]
    known.update({(space, value): who for space, value, who, gone in said if who is not None and gone is None})
    columns = zip(*said, strict=True) if said else ([] for _ in WHO)
    db.register("numbered", pa.table([pa.array(c, f.type) for c, f in zip(columns, WHO, strict=True)], schema=WHO))
    db.execute("CREATE OR REPLACE TEMP TABLE who AS SELECT * FROM numbered")
    db.unregister("numbered")


MOST = 500_000
"""Claims that a process remembers, some 100 MB: of who comes back nobody has to be asked again."""
_known: dict[Claim, int] = {}
_edition: list[object] = [None]


def remembered() -> dict[Claim, int]:
    """{claim as sent: number}, of nobody who was erased: forgotten when somebody is, and with another lake."""
    edition = (str(lake.table("events").metadata().id), directory().edition())
    if _edition != [edition] or len(_known) > MOST:
        _known.clear()
        _edition[:] = [edition]
    return _known


def first_seen(
    db: duckdb.DuckDBPyConnection, rows: Iterable[tuple], normal: dict[Claim, Claim], erased: dict[Claim, datetime]
) -> dict[Claim, datetime]:
    """{claim: when it was first seen} for claims that are somebody's: what was erased is only where it came anew."""
    seen: dict[Claim, datetime] = {}
    for source, imported, namespace, value, moment in rows:
        claim = normal.get((namespace, value))
        if claim is None:
            continue
        at: datetime | None = EPOCH + timedelta(microseconds=moment)
        if claim in erased:
            at = None if imported else since(db, source, (namespace, value), erased[claim])
        if at is not None:
            seen[claim] = min(at, seen.get(claim, at))
    return seen


def since(db: duckdb.DuckDBPyConnection, source: str, raw: Claim, erased_at: datetime) -> datetime | None:
    [(moment,)] = db.execute(
        """SELECT epoch_us(min(happened_at)) FROM told
        WHERE code IS NULL AND NOT imported AND source = $1 AND happened_at > $4::TIMESTAMPTZ
            AND ((namespace = $2 AND value = $3)
                OR list_contains(others, {'namespace': $2::VARCHAR, 'value': $3::VARCHAR}))""",
        [source, *raw, erased_at.isoformat()],
    ).fetchall()
    return None if moment is None else EPOCH + timedelta(microseconds=moment)


FRESH = "SELECT * FROM told WHERE code IS NULL AND n NOT IN (FROM repeats)"
TIES = f"""
    WITH ties AS (
        SELECT t.source, t.imported, t.rule, t.happened_at, t.message, t.n, a.identity AS a, b.identity AS b
        FROM (SELECT *, unnest(others) AS other FROM ({FRESH}) WHERE others IS NOT NULL) t
        JOIN alive a ON a.n = t.n
        JOIN who b ON b.namespace = t.other.namespace AND b.value = t.other.value
        WHERE a.identity <> b.identity
            AND (b.erased_at IS NULL OR (NOT t.imported AND t.happened_at > b.erased_at)))
    SELECT imported, rule, a, b, source, epoch_us(min(happened_at)), arg_min(message, (happened_at, n))
    FROM ties GROUP BY imported, rule, a, b, source ORDER BY ALL"""
SAID = f"""
    SELECT t.source, t.imported, a.identity, epoch_us(t.happened_at), t.operation, t.traits
    FROM ({FRESH}) t JOIN alive a USING (n) WHERE t.operation IS NOT NULL
    ORDER BY t.source, t.imported, t.happened_at, t.n"""


def say(db: duckdb.DuckDBPyConnection) -> None:
    """Tell the directory who is whom and what is known, in the caller's transaction."""
    ties = db.execute(TIES).fetchall()
    for (imported, parts), some in groupby(ties, key=lambda row: (row[0], row[1] == "unbind")):
        matches = [
            Match(a, b, rule, EPOCH + timedelta(microseconds=moment), source, message)
            for _, rule, a, b, source, moment, message in some
        ]
        (directory().parted if parts else directory().matched)(matches, imported=imported)
    for (source, imported), rows in groupby(db.execute(SAID).fetchall(), key=itemgetter(0, 1)):
        directory().learnt(list(changes(rows)), source=source, imported=imported)


def changes(rows: Iterable[tuple]) -> Iterator[Change]:
    """The directory says which of the traits are private, and what it makes of values that it cannot keep."""
    for _, _, identity, moment, operation, text in rows:
        traits = read_json(text or "{}")
        if traits or operation == "delete":
            yield Change(identity, EPOCH + timedelta(microseconds=moment), operation, traits)
