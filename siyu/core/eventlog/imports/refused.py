"""The refused rows of a file, in a file of the same format, each with its row number, a code and a sentence."""

import csv
from collections.abc import Iterator
from itertools import batched
from pathlib import Path

import msgspec

from siyu.core.eventlog.directory import directory
from siyu.core.eventlog.imports.desk import EXTRA, Desk
from siyu.core.eventlog.imports.faults import FORGOTTEN, SKIPPED
from siyu.kit.tables import literal, quoted

WRITTEN = f"refused AND code NOT IN {SKIPPED}"


def write(desk: Desk, stem: Path) -> Path | None:
    """Write them beside the data folder's other imports; None where every row was taken."""
    if not desk.count(f"faults WHERE {WRITTEN}"):
        return None
    silence(desk)
    path = stem.with_name(f"{stem.name}{extension(desk)}")
    WRITERS[desk.file.format](desk, path)
    return path


def silence(desk: Desk) -> None:
    """Table `silenced`: rows that are refused for another reason and name somebody who was erased."""
    desk.db.execute("CREATE OR REPLACE TABLE silenced (row BIGINT)")
    found = desk.db.execute(f"""
        SELECT _row, to_json([{", ".join(map(quoted, desk.columns))}])::VARCHAR FROM raw
        WHERE _row IN (SELECT row FROM faults WHERE refused AND code <> '{FORGOTTEN}') ORDER BY 1""").fetchall()
    for some in batched(found, 5_000):
        named = directory().naming_the_erased([text for _, text in some])
        rows = [(row,) for (row, _), gone in zip(some, named, strict=True) if gone]
        if rows:
            desk.db.executemany("INSERT INTO silenced VALUES (?)", rows)


def extension(desk: Desk) -> str:
    return ".xlsx" if desk.file.format == "xlsx" else desk.file.path.suffix.lower()


def header(desk: Desk) -> list[str]:
    return [*(c for c in desk.columns if c.lower() not in EXTRA), *EXTRA]


def query(desk: Desk) -> str:
    kept = f"CASE WHEN f.code <> '{FORGOTTEN}' AND f.row NOT IN (FROM silenced) THEN raw.{{0}} END AS {{0}}"
    cells = ", ".join(kept.format(quoted(c)) for c in desk.columns if c.lower() not in EXTRA)
    return f"""
        SELECT {cells}{", " if cells else ""}f.row AS "row", f.code AS reason_code, f.sentence AS reason
        FROM (SELECT * FROM faults WHERE {WRITTEN}) f JOIN raw ON raw._row = f.row ORDER BY f.row"""


def rows(desk: Desk) -> Iterator[tuple]:
    found = desk.db.execute(query(desk))
    while batch := found.fetchmany(5_000):
        yield from batch


def to_csv(desk: Desk, path: Path) -> None:
    with path.open("w", encoding=desk.file.encoding, newline="") as file:
        writer = csv.writer(file, delimiter=desk.file.delimiter)
        writer.writerow(header(desk))
        writer.writerows(rows(desk))


def to_ndjson(desk: Desk, path: Path) -> None:
    names = header(desk)
    with path.open("wb") as file:
        for row in rows(desk):
            said = {name: cell for name, cell in zip(names, row, strict=True) if cell is not None}
            file.write(msgspec.json.encode(said) + b"\n")


def to_workbook(desk: Desk, path: Path) -> None:
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_numbers": False, "strings_to_formulas": False}
    with xlsxwriter.Workbook(str(path), options | {"strings_to_urls": False}) as book:
        sheet = book.add_worksheet("refused")
        for place, row in enumerate([tuple(header(desk)), *rows(desk)][:1_048_576]):
            sheet.write_row(place, 0, row)


def to_parquet(desk: Desk, path: Path) -> None:
    desk.db.execute(f"COPY ({query(desk)}) TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)")


WRITERS = {"csv": to_csv, "ndjson": to_ndjson, "xlsx": to_workbook, "parquet": to_parquet}
