"""Files of paths or of touches, read into journeys.

    paths     path, conversions [, value, nulls]             one row a path: a > b > c, or a list
    touches   person, at, channel, conversions [, value]     one row a touch, a conversion, or a touch that converted

A table with a path is one of paths. Nothing is guessed of a row that cannot be read: the first is named, all counted.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from siyu.core.eventlog.imports.columns import Field, find, plain
from siyu.core.eventlog.imports.macros import day_first, define, define_moments
from siyu.features.traffic.attribution import cells
from siyu.features.traffic.attribution.journeys import Counts, Journeys, coded
from siyu.features.traffic.attribution.touches import of_rows
from siyu.kit.refusals import Refused
from siyu.kit.tables import File, Unreadable, first_line, held_in, literal, look_at, named

Said = Mapping[str, tuple[str, ...]]
PATHS = [
    Field("path", "path paths journey journeys channel_path 路径 转化路径", required=True),
    Field(
        "conversions",
        "total_conversions conversions conversion converted total_conversion conv orders 转化 转化数 转化次数",
        required=True,
    ),
    Field("value", "total_conversion_value conversion_value total_value value revenue amount 转化价值 金额"),
    Field("nulls", "total_null total_nulls nulls null total_null_conversions non_conversions 未转化 未转化数"),
]
PERSON = (
    "person person_id user_id userid user customer_id customer visitor cookie distinct_id openid 用户 用户编号 客户"
)
TOUCHES = [
    Field("person", PERSON, required=True),
    Field("at", "at happened_at timestamp touched_at event_time time datetime date 时间 触点时间", required=True),
    Field("channel", "channel channel_name touchpoint touch source utm_source 渠道 触点", required=True),
    Field(
        "conversions",
        "conversions conversion converted total_conversions conv is_conversion 转化",
        required=True,
        instead=("event",),
    ),
    Field("event", "event event_name event_type kind type action 事件 事件类型"),
    Field("value", "conversion_value total_conversion_value value revenue amount 转化价值 金额"),
]
CONVERTED = (
    "conversion",
    "convert",
    "converted",
    "purchase",
    "order",
    "order completed",
    "转化",
    "购买",
    "下单",
    "成交",
)
"""Words of an event column that make a row a conversion."""
MOST = 1e12


class BadRow(Refused):
    """Something in the file cannot be read; `row` is the first of them, as whoever opens the file counts."""

    code = "row_refused"
    status = 422

    def __init__(self, row: int, said: str, *, code: str, rows: int) -> None:
        also = f" {rows:,} rows are like it." if rows > 1 else ""
        super().__init__(f"Row {row:,}: {said}{also}", code=code)
        self.row = row
        self.rows = rows

    def as_dict(self) -> dict[str, Any]:
        return {**super().as_dict(), "row": self.row, "rows": self.rows}


def read(
    db: duckdb.DuckDBPyConnection,
    path: Path,
    *,
    mapping: Said | None = None,
    separator: str = ">",
    window: float | None = None,
    zone: str = "UTC",
) -> tuple[str, Journeys]:
    """What kind of file it is, paths or touches, and its journeys."""
    define(db, zone=zone)
    file = look_at(path)

    def taken() -> tuple[str, Journeys]:
        return understood(db, file, mapping or {}, separator=separator, window=window, zone=zone)

    if quick(db, file):
        try:
            return taken()
        except duckdb.Error as fault:
            if file.format == "parquet":
                raise Unreadable(f"{path.name} cannot be read: {first_line(fault)}") from fault
    with careful(db, file):
        return taken()


def quick(db: duckdb.DuckDBPyConnection, file: File) -> bool:
    """View `given` straight over the file: Parquet has types, and a CSV without a fault needs no careful reader."""
    if file.format == "parquet":
        source = f"read_parquet({literal(str(file.path))}, file_row_number = true)"
        rows = f"SELECT file_row_number + 1 AS _row, NULL::VARCHAR AS _broken, * EXCLUDE file_row_number FROM {source}"
    elif file.format == "csv" and file.encoding == "utf-8-sig":
        source = f"""read_csv({literal(str(file.path))}, delim = {literal(file.delimiter)}, quote = '"', escape = '"',
            header = true, auto_detect = false, strict_mode = true, columns = {header(file)})"""
        rows = f"SELECT row_number() OVER () + 1 AS _row, NULL::VARCHAR AS _broken, * FROM {source}"
    else:
        return False
    try:
        db.execute(f"CREATE OR REPLACE TEMP VIEW given AS {rows}")
        return bool(db.execute("SELECT 1 FROM given LIMIT 1").fetchall())
    except duckdb.Error:
        return False


@contextmanager
def careful(db: duckdb.DuckDBPyConnection, file: File) -> Iterator[None]:
    """View `given` over a table of all rows as text."""
    with held_in(db, file) as (table, _):
        db.execute(f"CREATE OR REPLACE TEMP VIEW given AS FROM {table}")
        yield


def header(file: File) -> str:
    import csv

    with file.path.open(encoding=file.encoding, newline="") as text:
        columns = named(next(csv.reader(text, delimiter=file.delimiter)))
    return "{" + ", ".join(f"{literal(column)}: 'VARCHAR'" for column in columns) + "}"


def understood(
    db: duckdb.DuckDBPyConnection, file: File, said: Said, *, separator: str, window: float | None, zone: str
) -> tuple[str, Journeys]:
    kinds = {name: kind for name, kind, *_ in db.execute("DESCRIBE given").fetchall()}
    columns = [name for name in kinds if name not in ("_row", "_broken")]
    of = PATHS if is_of_paths(columns, said) else TOUCHES
    chosen = {
        name: cells.Cell(among[0], kinds[among[0]]) for name, among in find(of, columns, said, file.path.name).items()
    }
    refuse(db, "given", [("_broken IS NOT NULL", "the row cannot be read.", "row_malformed")])
    if of is PATHS:
        return "paths", paths(db, chosen, separator)
    return "touches", touches(db, chosen, window=window, zone=zone)


def is_of_paths(columns: list[str], said: Said) -> bool:
    if "person" in said or "path" in said:
        return "path" in said
    names = {plain(name) for name in PATHS[0].names.split()}
    return any(plain(column) in names for column in columns)


def refuse(db: duckdb.DuckDBPyConnection, rows: str, faults: list[tuple[str, str, str]]) -> None:
    """The first kind of fault that any row has: (what is wrong as SQL, its sentence, its code)."""
    asked = ", ".join(f"min(_row) FILTER (WHERE {wrong}), count(*) FILTER (WHERE {wrong})" for wrong, _, _ in faults)
    [found] = db.execute(f"SELECT {asked} FROM {rows}").fetchall()
    for (_, sentence, code), row, count in zip(faults, found[::2], found[1::2], strict=True):
        if count:
            raise BadRow(row, sentence, code=code, rows=count)


def numbers(*names: str) -> list[tuple[str, str, str]]:
    return [
        (
            f"{name} IS NULL OR NOT ({name} BETWEEN 0 AND {MOST})",
            f"{name} is no number from zero to {MOST:,.0f}.",
            f"{name}_unreadable",
        )
        for name in names
    ]


VALUE_ALONE = ("value > 0 AND conversions = 0", "there is value without a conversion.", "value_without_conversion")


def paths(db: duckdb.DuckDBPyConnection, found: Mapping[str, cells.Cell], separator: str) -> Journeys:
    told = ", ".join(f"{cells.number(found.get(name))} AS {name}" for name in ("conversions", "value", "nulls"))
    db.execute(
        f"CREATE OR REPLACE TEMP TABLE rows AS SELECT _row, {cells.text(found['path'])} AS path, {told} FROM given"
    )
    refuse(
        db,
        "rows",
        [("path IS NULL", "the path is empty.", "path_empty"), *numbers("conversions", "value", "nulls"), VALUE_ALONE],
    )
    split(db, separator)
    refuse(db, "steps", [("coalesce(name, '') = ''", "a step of the path has no channel.", "step_empty")])
    db.execute("""CREATE OR REPLACE TEMP TABLE channels AS
        SELECT name, row_number() OVER (ORDER BY name) - 1 AS code FROM (SELECT DISTINCT name FROM steps)""")
    channels = [name for (name,) in db.execute("SELECT name FROM channels ORDER BY code").fetchall()]
    touch = db.execute("SELECT code FROM steps JOIN channels USING (name) ORDER BY _row, place").fetchnumpy()["code"]
    rest = db.execute("""
        SELECT length, conversions, nulls, value
        FROM rows JOIN (SELECT _row, count(*) AS length FROM steps GROUP BY _row) USING (_row)
        ORDER BY _row""").fetchnumpy()
    amounts = Counts(*(rest[name].astype(float) for name in ("conversions", "nulls", "value")))
    return coded(channels, touch.astype(np.int64), rest["length"].astype(np.int64), amounts)


def split(db: duckdb.DuckDBPyConnection, separator: str) -> None:
    """The channels of every path; a path may also be a list, as Parquet and JSON have them."""
    ways = {
        "path[1] = '['": "json_extract_string(path, '$[*]')",
        "path[1] <> '['": f"string_split(path, {literal(separator)})",
    }
    parts = " UNION ALL ".join(
        f"SELECT _row, unnest({steps}) AS name, generate_subscripts({steps}, 1) AS place FROM rows WHERE {which}"
        for which, steps in ways.items()
    )
    db.execute(f"CREATE OR REPLACE TEMP TABLE steps AS SELECT _row, trim(name) AS name, place FROM ({parts})")


def touches(
    db: duckdb.DuckDBPyConnection, found: Mapping[str, cells.Cell], *, window: float | None, zone: str
) -> Journeys:
    at = found["at"]
    if at.is_text:
        define_moments(db, zone=zone, day_first=day_first(db, "given", at.name))
    won = cells.number(found.get("conversions"))
    if "conversions" not in found:
        won = f"(lower({cells.text(found['event'])}) IN {CONVERTED})::INT::DOUBLE"
    rows = db.sql(f"""
        SELECT _row, {cells.text(found["person"])} AS person, epoch_us({cells.moment(at, zone)}) AS moment,
            {cells.text(found["channel"])} AS channel, coalesce({won}, 0) AS conversions,
            {cells.number(found.get("value"))} AS value
        FROM given""").to_arrow_table()
    db.register("rows_read", rows)
    refuse(
        db,
        "rows_read",
        [
            ("person IS NULL", "there is no person.", "person_missing"),
            ("moment IS NULL", "the time cannot be read.", "time_unreadable"),
            *numbers("conversions", "value"),
            ("channel IS NULL AND conversions = 0", "there is neither a channel nor a conversion.", "channel_missing"),
        ],
    )
    db.unregister("rows_read")
    return of_rows(rows, window=window)
