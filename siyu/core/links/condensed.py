"""What is known of clicks, kept beside the lake so that nobody reads a hundred million events for a figure.

For every file of the lake three small ones: `clicks` (a row a click or scan, by link), `words` (who was excluded or
readmitted) and `back` (whose cookie came back). They say what was sent; exclusions change no file. A lake's file never
changes; one that was written anew is looked at anew.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from siyu.core.eventlog import lake, lakeside
from siyu.core.eventlog.lakeside import File
from siyu.core.links.clicking import CLICKED, SCANNED, SOURCE
from siyu.kit.tables import literal

FOLDER = "clicks-1"
"""Another number where what is kept changes."""
SAID = {
    "link": "link", "variant": "variant", "form": "form", "app": "app", "os": "os", "known": "known", "trace": "trace",
    "host": "domain", "referrer": "referrer", "target": "target",
}  # fmt: skip
PARTS = {
    "clicks": f"""
        SELECT position, happened_at, day, identity,
            {", ".join(f"properties ->> '$.{name}' AS {column}" for column, name in SAID.items())}
        FROM {{file}} WHERE source = '{SOURCE}' AND name IN ('{CLICKED}', '{SCANNED}') ORDER BY link, position""",
    "words": """
        SELECT identity, position, name = 'visitor.excluded' AS out FROM {file}
        WHERE name IN ('visitor.excluded', 'visitor.readmitted') ORDER BY identity""",
    "back": f"""
        SELECT DISTINCT identity FROM {{file}} WHERE source = '{SOURCE}' AND name IN ('{CLICKED}', '{SCANNED}')
            AND properties ->> '$.known' = 'cookie' ORDER BY identity""",
}  # fmt: skip
LAST = "clicks"


def scan(part: str, files: Sequence[File]) -> str:
    """SQL for what is kept of these files, for a FROM clause; what is not there yet is made."""
    if not files:
        return f"({PARTS[part].format(file=lake.scan('events'))} LIMIT 0)"
    condense(files)
    return f"read_parquet([{', '.join(literal(str(place(one) / part)) for one in files)}])"


def condense(files: Sequence[File]) -> None:
    if new := [one for one in files if not (place(one) / LAST).exists()]:
        with lake.connect() as db:
            for one in new:
                look_at(db, one)


def place(file: File) -> Path:
    return lakeside.beside(FOLDER, file)


def look_at(db: duckdb.DuckDBPyConnection, file: File) -> None:
    """The clicks last: where they are, all is there."""
    for part in sorted(PARTS, key=lambda one: one == LAST):
        query = PARTS[part].format(file=lake.read("events", [file.uri]))
        lakeside.keep(db, query, place(file) / part, ", ROW_GROUP_SIZE 20000")
