"""What the lines of a step say, in one shape: dialects read them, and what cannot be taken is given a code."""

import json
import threading

import duckdb
import pyarrow as pa
from django.conf import settings

from siyu.core.eventlog import hearing
from siyu.core.eventlog.dialects import DIALECTS, TOLD, Dialect
from siyu.core.eventlog.drain import lines, private
from siyu.core.eventlog.drain.lines import Unpacked
from siyu.events import BY_NAME
from siyu.kit.tables import literal

LONGEST_NAME = 200
DEEPEST = 32
FUTURE = "INTERVAL 1 HOUR"
"""A clock may be that fast; what says to happen later, happened when it came."""

MACROS = """
    CREATE OR REPLACE MACRO lasting(t) AS
        CASE WHEN t >= TIMESTAMPTZ '1970-01-01' AND t < TIMESTAMPTZ '2200-01-01' THEN t END;
    CREATE OR REPLACE MACRO moment(said) AS lasting(TRY_CAST(said AS TIMESTAMPTZ));
    CREATE OR REPLACE MACRO shifted(received, sent, said) AS
        make_timestamptz(epoch_us(received) - (epoch_us(sent) - epoch_us(said)));
    CREATE OR REPLACE MACRO numbered(said) AS lasting(CASE
        WHEN abs(said) < 1e11 THEN make_timestamptz((said * 1e6)::BIGINT)
        WHEN abs(said) < 1e14 THEN make_timestamptz((said * 1e3)::BIGINT) END);
    CREATE OR REPLACE MACRO counted(said) AS CASE
        WHEN TRY_CAST(said AS DOUBLE) IS NOT NULL THEN numbered(TRY_CAST(said AS DOUBLE))
        WHEN regexp_matches(said, '(Z|[+-]\\d\\d:?\\d\\d)$') THEN moment(said)
        ELSE lasting(timezone($zone, TRY_CAST(said AS TIMESTAMP))) END;
    CREATE OR REPLACE MACRO made_up(id) AS
        regexp_matches(id, '^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$');
    CREATE OR REPLACE MACRO kind_of(key, own) AS CASE key
        WHEN '$identity_login_id' THEN own WHEN '$identity_mobile' THEN 'phone' WHEN '$identity_email' THEN 'email'
        WHEN '$identity_mp_unionid' THEN 'unionid' WHEN '$identity_unionid' THEN 'unionid'
        WHEN '$identity_mp_openid' THEN 'openid' WHEN '$identity_openid' THEN 'openid'
        WHEN '$identity_external_userid' THEN 'external_userid'
        ELSE CASE WHEN key LIKE '$identity%' THEN 'device' ELSE left(key, 50) END END;
    CREATE OR REPLACE MACRO no_object(text) AS coalesce(text NOT LIKE '{%', false);
    CREATE OR REPLACE MACRO speechless(text) AS regexp_replace(text, '"(\\\\.|[^"\\\\])*"', '', 'g');
    CREATE OR REPLACE MACRO brackets(text) AS regexp_replace(speechless(text), '[^\\[\\]{}]', '', 'g');
    CREATE OR REPLACE MACRO deep(text) AS coalesce(CASE
        WHEN strlen(text) > 100 AND strlen(text) - strlen(translate(text, '{[', '')) > $deepest
        THEN $peeled <> '' END, false);
    CREATE OR REPLACE MACRO no_number(text) AS coalesce(
        regexp_matches(text, 'NaN|Inf') AND regexp_matches(speechless(text), 'NaN|Inf'), false);
    CREATE OR REPLACE MACRO has_nul(text) AS
        contains(text, '\\u0000') AND regexp_matches(text, '(^|[^\\\\])(\\\\\\\\)*\\\\u0000');
    CREATE OR REPLACE MACRO identified(said, line, timed, batch, ordinal) AS coalesce(said,
        CASE WHEN timed THEN 'text:' || sha256(line) ELSE 'place:' || batch || '/' || ordinal END);
    CREATE OR REPLACE MACRO hashed(source, id) AS (md5_number(source || chr(0) || id) >> 65)::BIGINT;
"""


AT_ONCE = 4
"""Levels that one expression peels off: fewer expressions are planned sooner."""


def macros() -> str:
    peeled, flat = "brackets(text)", ""
    for _ in range(AT_ONCE):
        flat = f"(?:\\{{{flat}\\}}|\\[{flat}\\])*"
    for _ in range(DEEPEST // AT_ONCE):
        peeled = f"regexp_replace({peeled}, '{flat.removesuffix('*')}', '', 'g')"
    text = MACROS.replace("$deepest", str(DEEPEST)).replace("$peeled", peeled)
    return text.replace("$zone", literal(settings.SIYU.zone)) + private.MACROS


_spoken = [""]
_one_speaks = threading.Lock()


def speak(db: duckdb.DuckDBPyConnection) -> None:
    """See that all connections of the process know the macros: to read them costs as much as 2,000 messages."""
    with _one_speaks:
        if _spoken != [text := macros()]:
            db.execute(text)
            _spoken[:] = [text]


def read(db: duckdb.DuckDBPyConnection, found: Unpacked) -> None:
    """Make `told`, a row a line: what `TOLD` says, the batch and the place in it, and the code of what is wrong."""
    speak(db)
    db.register("landed_heads", lines.heads(found))
    db.execute("""
        CREATE OR REPLACE TEMP TABLE heads AS
        SELECT * EXCLUDE (sent_at, namespace, context), moment(sent_at) AS sent_at, namespace AS kind,
            context AS around_all
        FROM landed_heads""")
    db.unregister("landed_heads")
    db.execute("CREATE OR REPLACE TEMP TABLE reserved AS SELECT unnest(?::VARCHAR[]) AS name", [sorted(BY_NAME)])
    db.execute("CREATE OR REPLACE TEMP TABLE heard AS SELECT unnest(?::VARCHAR[]) AS name", [hearing.names()])
    db.execute(f"CREATE OR REPLACE TEMP TABLE told ({COLUMNS})")
    for name, pieces in found.pieces.items():
        take(db, DIALECTS[name], lines.table(pieces))


KEPT = "n, batch, ordinal, source, received_at, imported, line, broken, m IS NULL AS unread"
COLUMNS = ", ".join(
    f"{name} {kind}"
    for name, kind in {
        "n": "BIGINT",
        "batch": "BIGINT",
        "ordinal": "BIGINT",
        "source": "VARCHAR",
        "received_at": "TIMESTAMPTZ",
        "imported": "BOOLEAN",
        "code": "VARCHAR",
        "line": "VARCHAR",
        **TOLD,
        "message": "BIGINT",
    }.items()
    if name not in ("timed", "id", "fault")
)


def take(db: duckdb.DuckDBPyConnection, dialect: Dialect, landed: pa.Table) -> None:
    """One pass: read, judged, and what is personal put aside."""
    db.register("landed_lines", landed)
    apart = "private_keys(properties)" if dialect.open else "[]"
    db.execute(f"""
        INSERT INTO told BY NAME
        WITH parsed AS (
            SELECT *, CASE WHEN NOT broken AND strlen(line) <= {dialect.longest + 1}
                THEN try(from_json(line, {literal(structure(dialect))})) END AS m
            FROM landed_lines JOIN heads USING (batch) WHERE strlen(line) > 1),
        said AS ({dialect.sql.replace("$kept", KEPT)}),
        judged AS (SELECT *, {code(dialect)} AS code FROM said),
        parted AS (
            SELECT * EXCLUDE (properties, personal, id), happened_at > received_at + {FUTURE} AS ahead,
                properties AS whole, personal AS told_apart,
                CASE WHEN code IS NULL THEN {apart} ELSE [] END AS keys,
                identified(id, line, timed, batch, ordinal) AS id
            FROM judged)
        SELECT n, batch, ordinal, source, received_at, imported, code,
            CASE WHEN code IS NOT NULL OR name IN (FROM heard) THEN rtrim(line, chr(10)) END AS line,
            name, CASE WHEN ahead THEN received_at ELSE happened_at END AS happened_at,
            CASE WHEN ahead THEN together(context, json_object('said_at', strftime(happened_at, '%Y-%m-%dT%H:%M:%SZ')))
                ELSE context END AS context,
            namespace, value, others, rule, operation, traits, spared(whole, keys) AS properties,
            together(told_apart, picked(whole, keys)) AS personal, hashed(source, id) AS message
        FROM parted""")
    db.unregister("landed_lines")


def structure(dialect: Dialect) -> str:
    """What is to be read of a line, as `from_json` wants it."""
    lists = {name: [kind.removesuffix("[]")] for name, kind in dialect.columns.items() if kind.endswith("[]")}
    return json.dumps({**dialect.columns, **lists})


def code(dialect: Dialect) -> str:
    """The first thing that is wrong. What next to no line has is looked for in its bytes before it is in its texts."""
    texts = ("properties", "traits", "context", "personal")
    deep, no_object, no_number = (
        " OR ".join(f"{test}({text})" for text in texts) for test in ("deep", "no_object", "no_number")
    )
    return f"""CASE
        WHEN broken THEN 'encoding_wrong'
        WHEN strlen(line) > {dialect.longest} THEN 'message_too_large'
        WHEN unread THEN 'unreadable'
        WHEN has_nul(line) THEN 'nul_character'
        WHEN fault IS NOT NULL THEN fault
        WHEN name IS NULL OR trim(name) = '' THEN 'event_missing'
        WHEN length(name) > {LONGEST_NAME} THEN 'name_too_long'
        WHEN name IN (FROM reserved) THEN 'name_reserved'
        WHEN length(id) > {dialect.longest_id} THEN 'message_id_too_long'
        WHEN happened_at IS NULL THEN 'time_unreadable'
        WHEN {no_object} THEN 'properties_malformed'
        WHEN {deep} THEN 'too_deep'
        WHEN (contains(line, 'NaN') OR contains(line, 'Inf')) AND ({no_number}) THEN 'number_malformed' END"""
