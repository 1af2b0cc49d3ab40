"""Whose the messages are, and what they say of people. The directory knows; it is asked once a step, set-wise."""

import threading
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import itemgetter

import duckdb
import pyarrow as pa

from siyu.core.eventlog import lakeside
from siyu.core.eventlog.directory import Change, Claim, Match, directory
from siyu.kit.texts import read_json

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WHOSE = """
    -- whose each message is, says what is remembered, and who else it speaks of. Of the others what they are called
    WITH claims AS (
        SELECT n, true AS own, namespace, value FROM told WHERE code IS NULL
        UNION ALL
        SELECT n, false, other.namespace, other.value
        FROM (SELECT n, unnest(others) AS other FROM told WHERE code IS NULL AND others IS NOT NULL))
    SELECT n, own, identity, NULL::TIMESTAMPTZ AS erased_at,
        CASE WHEN identity IS NULL THEN c.namespace END AS namespace,
        CASE WHEN identity IS NULL THEN c.value END AS value
    FROM claims c LEFT JOIN known_claims USING (namespace, value)
    WHERE c.namespace IS NOT NULL AND c.value IS NOT NULL"""
ASKED = """
    SELECT t.source, t.imported, w.namespace, w.value, epoch_us(min(t.happened_at)) AS moment
    FROM whose w JOIN told t USING (n) WHERE w.identity IS NULL GROUP BY ALL ORDER BY ALL"""
WHO = pa.schema(
    [
        ("namespace", pa.string()),
        ("value", pa.string()),
        ("identity", pa.int64()),
        ("erased_at", pa.timestamp("us", tz="UTC")),
    ]
)
MOST = 2_000_000
"""Claims that a process remembers, some 100 MB: of who comes back nobody has to be asked again."""
_edition: list[object] = [None]
_one_asks = threading.Lock()


def number(db: duckdb.DuckDBPyConnection) -> None:
    """Make `whose`: of every claim in `told` the number, and when its person was erased."""
    with _one_asks:
        recall(db)
        db.execute(f"CREATE OR REPLACE TEMP TABLE whose AS {WHOSE}")
        said = numbered(db, db.execute(ASKED).fetchall())
        if said:
            learn(db, said)


def learn(db: duckdb.DuckDBPyConnection, said: list[tuple]) -> None:
    """Fill in what was not remembered, and remember it."""
    columns = zip(*said, strict=True)
    db.register("said", pa.table([pa.array(c, f.type) for c, f in zip(columns, WHO, strict=True)], schema=WHO))
    db.execute("""
        UPDATE whose SET identity = said.identity, erased_at = said.erased_at FROM said
        WHERE whose.namespace = said.namespace AND whose.value = said.value""")
    db.execute("""
        INSERT INTO known_claims SELECT namespace, value, identity FROM said
        WHERE identity IS NOT NULL AND erased_at IS NULL""")
    db.unregister("said")


def recall(db: duckdb.DuckDBPyConnection) -> None:
    """See that `known_claims` is there for all connections of the process: claims as sent, with their numbers.

    Nobody who was erased is in it: all is forgotten when somebody is, with another lake, and when it is too much.
    """
    db.execute("CREATE TABLE IF NOT EXISTS known_claims (namespace VARCHAR, value VARCHAR, identity BIGINT)")
    [(count,)] = db.execute("SELECT count(*) FROM known_claims").fetchall()
    edition = (lakeside.now().table, directory().edition())
    if _edition != [edition] or count > MOST:
        db.execute("TRUNCATE known_claims")
        _edition[:] = [edition]


def numbered(db: duckdb.DuckDBPyConnection, rows: list[tuple]) -> list[tuple]:
    """The same for claims that are not remembered, as rows of `WHO`."""
    normal = directory().normal({(namespace, value) for _, _, namespace, value, _ in rows})
    erased = directory().erased(set(normal.values())) if normal else {}
    numbers: dict[Claim, int] = {}
    for (source, imported), some in groupby(rows, key=itemgetter(0, 1)):
        claims = first_seen(db, some, normal, erased)
        numbers |= directory().number(claims, source=source, imported=imported) if claims else {}
    return [(*raw, numbers.get(claim), erased.get(claim)) for raw, claim in normal.items()]


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
OTHERS = "SELECT 1 FROM whose WHERE NOT own LIMIT 1"
TIES = f"""
    WITH ties AS (
        SELECT t.source, t.imported, t.rule, t.happened_at, t.message, t.n, a.identity AS a, b.identity AS b
        FROM whose b JOIN ({FRESH}) t USING (n) JOIN alive a USING (n)
        WHERE NOT b.own AND a.identity <> b.identity
            AND (b.erased_at IS NULL OR (NOT t.imported AND t.happened_at > b.erased_at)))
    SELECT imported, rule, a, b, source, epoch_us(min(happened_at)), arg_min(message, (happened_at, n)),
        epoch_us(max(happened_at)), arg_max(message, (happened_at, n))
    FROM ties GROUP BY imported, rule, a, b, source
    ORDER BY imported, rule <> 'unbind', rule, a, b, source"""
"""Who is two comes first: who is tied again after that is one."""
SAID = f"""
    SELECT t.source, t.imported, a.identity, epoch_us(t.happened_at), t.operation, t.traits
    FROM ({FRESH}) t JOIN alive a USING (n) WHERE t.operation IS NOT NULL
    ORDER BY t.source, t.imported, t.happened_at, t.n"""


def say(db: duckdb.DuckDBPyConnection) -> None:
    """Tell the directory who is whom and what is known, in the caller's transaction."""
    ties = db.execute(TIES).fetchall() if db.execute(OTHERS).fetchall() else []
    for (imported, parts), some in groupby(ties, key=lambda row: (row[0], row[1] == "unbind")):
        matches = [
            Match(a, b, rule, EPOCH + timedelta(microseconds=moment), source, message)
            for _, rule, a, b, source, *seen in some
            for moment, message in sorted({(seen[0], seen[1]), (seen[2], seen[3])})
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
