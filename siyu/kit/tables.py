"""Files of rows as people send them: CSV (utf-8, utf-16, gb18030), XLSX, NDJSON, Parquet.

Everything is read as text into a DuckDB table, in the order of the file, with two columns of ours in front: `_row`, the
number of the row as whoever opens the file sees it, and `_broken`, a code where the row itself cannot be read. No row
is lost, and no file is held in memory, a workbook's sheet excepted: that is bounded.
"""

import csv
import json
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import msgspec
import pyarrow as pa

from siyu.kit.refusals import Refused

BATCH = 20_000
LONGEST_RECORD = 200
"""Lines that a quoted field may span before its quote counts as forgotten."""
LARGEST_SHEET = 512 * 1024 * 1024
"""Bytes that a workbook's sheet may unpack to: about eight million cells."""
FORMATS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".xls": "xlsx",
    ".parquet": "parquet",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "ndjson",
}
Row = tuple[int, str | None, list[str | None]]
"""Its number, what is broken about it, its cells."""


class Unreadable(Refused):
    """The file as a whole cannot be read; `code` says why."""

    code = "file_unreadable"
    status = 422


@dataclass(frozen=True)
class File:
    path: Path
    format: str
    encoding: str = "utf-8"
    delimiter: str = ","


def look_at(path: Path, encoding: str = "") -> File:
    """What kind of file it is; refuses what is absent, empty or in no known format or encoding."""
    if not path.is_file():
        raise Unreadable(f"There is no file {path}.", code="file_missing")
    if not path.stat().st_size:
        raise Unreadable(f"{path.name} is empty.", code="file_empty")
    format = FORMATS.get(path.suffix.lower())
    if not format:
        known = ", ".join(sorted(FORMATS))
        raise Unreadable(f"{path.name} is in no known format; known are {known}.", code="format_unknown")
    if format in ("csv", "ndjson"):
        encoding = encoding or guess_encoding(path)
        return File(path, format, encoding, guess_delimiter(path, encoding) if format == "csv" else ",")
    return File(path, format)


def guess_encoding(path: Path) -> str:
    """By its mark, else utf-8 where that fits, else gb18030 where that does.

    A file that begins as real utf-8 and breaks later is utf-8 with damaged rows; they are refused one by one.
    """
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    fault = first_fault(path, "utf-8")
    if fault is None:
        return "utf-8-sig"
    if foreign_before(path, fault):
        return "utf-8-sig"
    if first_fault(path, "gb18030") is None:
        return "gb18030"
    row = path.read_bytes()[:fault].count(b"\n") + 1
    raise Unreadable(
        f"Row {row} of {path.name} is neither utf-8 nor gb18030; save the file as utf-8, or name its encoding.",
        code="encoding_unknown",
    )


def first_fault(path: Path, encoding: str) -> int | None:
    """The place of the first byte that is not of the encoding."""
    import codecs

    decoder, place = codecs.getincrementaldecoder(encoding)(), 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            pending = len(decoder.getstate()[0])
            try:
                decoder.decode(block)
            except UnicodeDecodeError as fault:
                return place - pending + fault.start
            place += len(block)
    return place if decoder.getstate()[0] else None


def foreign_before(path: Path, place: int) -> bool:
    """Whether anything but ASCII stands before that place."""
    with path.open("rb") as file:
        return not file.read(place).isascii()


def guess_delimiter(path: Path, encoding: str) -> str:
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        head = file.readline()
    return max(",\t;|，", key=head.count) if any(mark in head for mark in ",\t;|") else ","


@contextmanager
def held_in(db: duckdb.DuckDBPyConnection, file: File) -> Iterator[tuple[str, list[str]]]:
    """A table of all rows of the file for a while, and its columns; other cursors see it, so its name is its own."""
    table = f"given_{uuid4().hex}"
    try:
        yield table, read_into(db, table, file)
    finally:
        db.execute(f"DROP TABLE IF EXISTS {table}")


def read_into(db: duckdb.DuckDBPyConnection, table: str, file: File) -> list[str]:
    """Make `table` of all rows of the file; its columns by name."""
    if file.format == "parquet":
        return read_parquet(db, table, file)
    if file.format == "ndjson":
        columns = columns_of_ndjson(file)
        rows = ndjson_rows(file, columns)
    else:
        read = csv_rows(file) if file.format == "csv" else sheet_rows(file)
        header = next(read, None)
        if header is None or not any(header[2]):
            raise Unreadable(f"{file.path.name} has no row with the names of columns.", code="file_empty")
        columns = named(header[2])
        rows = fitted(read, len(columns))
    fill(db, table, columns, rows)
    if not db.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone():
        raise Unreadable(f"{file.path.name} has no rows.", code="file_empty")
    return columns


def read_parquet(db: duckdb.DuckDBPyConnection, table: str, file: File) -> list[str]:
    source = f"read_parquet({literal(str(file.path))}, file_row_number = true)"
    try:
        types = db.sql(f"SELECT * EXCLUDE (file_row_number) FROM {source} LIMIT 0")
        columns, kinds = named(types.columns), [str(kind) for kind in types.types]
    except duckdb.Error as fault:
        raise Unreadable(f"{file.path.name} is no Parquet file: {first_line(fault)}") from fault
    cells = ", ".join(
        f"{as_text(column, kind)} AS {quoted(name)}"
        for column, kind, name in zip(types.columns, kinds, columns, strict=True)
    )
    db.execute(f"""
        CREATE TABLE {table} AS
        SELECT file_row_number + 1 AS _row, NULL::VARCHAR AS _broken, {cells} FROM {source}""")
    if not db.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone():
        raise Unreadable(f"{file.path.name} has no rows.", code="file_empty")
    return columns


def as_text(column: str, kind: str) -> str:
    name = quoted(column)
    if kind in ("DOUBLE", "FLOAT"):  # 17850.0 was a number before a null made the column floating
        whole = f"{name} = trunc({name}) AND abs({name}) < 1e15"
        return f"CASE WHEN {whole} THEN {name}::BIGINT::VARCHAR WHEN isfinite({name}) THEN {name}::VARCHAR END"
    if kind.startswith(("STRUCT", "MAP")) or kind.endswith("[]"):
        return f"to_json({name})::VARCHAR"
    if kind == "BLOB":
        return f"decode({name})"
    return f"{name}::VARCHAR"


def csv_rows(file: File) -> Iterator[Row]:
    """Every record with its number. Where a quote was forgotten, only the line that forgot it is broken."""
    csv.field_size_limit(1 << 24)
    with file.path.open(encoding=file.encoding, errors="surrogateescape", newline="") as text:
        lines = Lines(text)
        width, number = 0, 0
        reader = csv.reader(lines, delimiter=file.delimiter, strict=False)
        while True:
            lines.taken.clear()
            try:
                cells: list[str] | None = next(reader)
            except StopIteration:
                return
            except (csv.Error, TooLong):
                cells = None
            number += 1
            if cells is None or (len(lines.taken) > 1 and len(cells) != width and width):
                first, *rest = lines.taken
                lines.again(rest)
                reader = csv.reader(lines, delimiter=file.delimiter, strict=False)
                yield number, "row_malformed", [*first.rstrip("\r\n").split(file.delimiter)]
                continue
            width = width or len(cells)
            if any(cells):
                yield number, fault_in(lines.taken), list(cells)


class TooLong(Exception):
    pass


class Lines:
    """The lines of a text, with those that the record at hand has taken."""

    def __init__(self, text: Iterable[str]) -> None:
        self.text, self.taken = iter(text), list[str]()

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        line = next(self.text)
        self.taken.append(line)
        if len(self.taken) > LONGEST_RECORD:
            raise TooLong
        return line

    def again(self, lines: list[str]) -> None:
        self.text = chain(lines, self.text)


def fault_in(lines: list[str]) -> str | None:
    line = lines[0] if len(lines) == 1 else "".join(lines)
    if line.isascii():
        return "row_malformed" if "\0" in line else None
    try:
        line.encode()
    except UnicodeEncodeError:
        return "encoding_wrong"
    return "row_malformed" if "\0" in line else None


def sheet_rows(file: File) -> Iterator[Row]:
    """The first sheet that has anything in it. The reader holds it packed; rows become Python one by one."""
    for sheet in sheets(file):
        if sheet.height:
            for number, cells in enumerate(sheet.iter_rows(), 1):
                texts = [cell_text(cell) for cell in cells]
                if any(texts):
                    yield number, None, texts
            return


def sheets(file: File) -> Iterator[Any]:
    """One after the other, so that only one is held."""
    import python_calamine

    if unpacked(file.path) > LARGEST_SHEET:
        limit = LARGEST_SHEET // (1024 * 1024)
        raise Unreadable(
            f"{file.path.name} unpacks to more than {limit} MB; save it as CSV, which is read line by line.",
            code="workbook_too_large",
        )
    try:
        book = python_calamine.CalamineWorkbook.from_path(str(file.path))
        for name in book.sheet_names:
            yield book.get_sheet_by_name(name)
    except (python_calamine.CalamineError, OSError, ValueError) as fault:
        raise Unreadable(f"{file.path.name} is no workbook: {first_line(fault)}") from fault


def unpacked(path: Path) -> int:
    """Bytes of the largest sheet and its texts, unpacked; the reader holds less than twice as much."""
    if not zipfile.is_zipfile(path):
        return path.stat().st_size
    with zipfile.ZipFile(path) as parts:
        sizes = {part.filename: part.file_size for part in parts.infolist()}
    largest = max((size for name, size in sizes.items() if name.startswith("xl/worksheets/")), default=0)
    return largest + sizes.get("xl/sharedStrings.xml", 0)


def cell_text(cell: Any) -> str | None:
    """As somebody would have typed it: whole numbers without a point, moments as ISO."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime | date | time):
        return cell.isoformat(" ") if isinstance(cell, datetime) else cell.isoformat()
    return str(cell)


def columns_of_ndjson(file: File) -> list[str]:
    """Every name that any row has, in the order of appearance."""
    names: dict[str, None] = {}
    for _, _, row in ndjson_objects(file):
        if row:
            names.update(dict.fromkeys(row))
    if not names:
        raise Unreadable(f"{file.path.name} holds no JSON objects, one a line.", code="file_empty")
    return [name for name in names if name not in ("_row", "_broken")]


def ndjson_rows(file: File, columns: list[str]) -> Iterator[Row]:
    for number, broken, row in ndjson_objects(file):
        yield number, broken, [json_text(row.get(name)) for name in columns]


def ndjson_objects(file: File) -> Iterator[tuple[int, str | None, dict[str, Any]]]:
    decoder = msgspec.json.Decoder(dict[str, Any], float_hook=str)
    with file.path.open(encoding=file.encoding, errors="surrogateescape") as text:
        for number, line in enumerate(text, 1):
            if not line.strip():
                continue
            try:
                yield number, None, decoder.decode(line)
            except UnicodeEncodeError:
                yield number, "encoding_wrong", {}
            except (msgspec.DecodeError, UnicodeDecodeError):
                yield number, "row_malformed", {}


def json_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dict | list | bool):
        return json.dumps(value, ensure_ascii=False)
    return cell_text(value)


def named(header: Iterable[str | None]) -> list[str]:
    """Names without blanks around them; a nameless column gets one, a second of the same name a number."""
    seen = {"_row": 1, "_broken": 1}
    names = []
    for place, text in enumerate(header, 1):
        name = (text or "").strip().strip("\ufeff") or f"column_{place}"
        folded = name.lower()
        seen[folded] = seen.get(folded, 0) + 1
        names.append(name if seen[folded] == 1 else f"{name}_{seen[folded]}")
    return names


def fitted(rows: Iterable[Row], width: int) -> Iterator[Row]:
    """Each row as wide as the header. Empty cells too many are forgiven, others and cells too few are not."""
    for number, broken, cells in rows:
        if len(cells) == width:
            yield number, broken, cells
            continue
        surplus = any(cells[width:]) or len(cells) < width
        padded = (cells + [None] * width)[:width]
        yield number, broken or ("row_malformed" if surplus else None), padded


def fill(db: duckdb.DuckDBPyConnection, table: str, columns: list[str], rows: Iterator[Row]) -> None:
    names = ", ".join(f"{quoted(c)} VARCHAR" for c in columns)
    db.execute(f"CREATE TABLE {table} (_row BIGINT, _broken VARCHAR, {names})")
    while batch := list(_take(rows)):
        numbers, broken, cells = zip(*batch, strict=True)
        arrays = [pa.array(numbers, pa.int64()), pa.array(broken, pa.string())]
        arrays += [text_array(column) for column in zip(*cells, strict=True)]
        incoming = pa.table(arrays, names=["_row", "_broken", *columns])
        db.register("incoming", incoming)
        db.execute(f"INSERT INTO {table} SELECT * FROM incoming")
        db.unregister("incoming")


def _take(rows: Iterator[Row]) -> Iterator[Row]:
    for _, row in zip(range(BATCH), rows, strict=False):
        yield row


def text_array(cells: tuple[str | None, ...]) -> pa.Array:
    try:
        return pa.array(cells, pa.string())
    except UnicodeEncodeError:  # bytes that are not of the encoding; their rows are marked as broken
        return pa.array([cell and cell.encode(errors="replace").decode() for cell in cells], pa.string())


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def first_line(fault: Exception) -> str:
    return (str(fault).splitlines() or [""])[0][:200]
