"""The people of an audience as a file: their codes and, where portraits are drawn, what the newest say of them.

Money in minor units, times in UTC, as in every file of ours.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from django.conf import settings

from siyu.core.insight import portraits
from siyu.core.insight.audiences.answering import members
from siyu.kit import codes
from siyu.kit.refusals import Refused

SHEET = 1_048_575


class CannotExport(Refused):
    code = "cannot_export"


def export(definition: Any, *, to: Path, as_of: datetime | None = None) -> int:
    """Write a row a person to a `.csv`, `.xlsx` or `.parquet` file; how many. The file appears whole or not at all."""
    write = WRITERS.get(to.suffix.lower())
    if write is None:
        raise CannotExport(f"{to.name}: a file ends in {', '.join(WRITERS)}.", code="unknown_format")
    people = members(definition, as_of)
    if to.suffix.lower() == ".xlsx" and len(people) > SHEET:
        raise CannotExport(f"A sheet holds {SHEET:,} rows; write a .csv or a .parquet.", code="too_many_rows")
    table = portrayed(people) if as_of is None and portraits.kept() else coded(people)
    fresh = to.with_name(f".{to.stem}.part{to.suffix}")
    write(table, fresh)
    fresh.replace(to)
    return len(people)


def coded(people: np.ndarray) -> pa.Table:
    return pa.table({"person": [codes.encode("per", number, settings.SECRET_KEY) for number in people.tolist()]})


def portrayed(people: np.ndarray) -> pa.Table:
    """With a column for all that a portrait says; nothing stands there for who has none yet."""
    with duckdb.connect() as db:
        db.register("wanted", pa.table({"person": people, "place": np.arange(len(people))}))
        said = db.sql(f"""
            SELECT p.* EXCLUDE (person, as_of)
                REPLACE (array_to_string(favourite_categories, '; ') AS favourite_categories)
            FROM wanted LEFT JOIN {portraits.scan()} p USING (person) ORDER BY place""").to_arrow_table()
    return pa.table({"person": coded(people)["person"], **dict(zip(said.column_names, said.columns, strict=True))})


def to_csv(table: pa.Table, file: Path) -> None:
    with file.open("wb") as out:
        out.write("\ufeff".encode())  # spreadsheets take it for the system's own encoding otherwise
        pyarrow.csv.write_csv(table, out, pyarrow.csv.WriteOptions(quoting_style="needed"))


def to_parquet(table: pa.Table, file: Path) -> None:
    pyarrow.parquet.write_table(table, file, compression="zstd")


def to_xlsx(table: pa.Table, file: Path) -> None:
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False, "default_date_format": "yyyy-mm-dd hh:mm:ss"}
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, table.column_names)
        for i, row in enumerate(zip(*(column.to_pylist() for column in table.columns), strict=True), 1):
            sheet.write_row(i, 0, row)


WRITERS = {".csv": to_csv, ".xlsx": to_xlsx, ".parquet": to_parquet}
