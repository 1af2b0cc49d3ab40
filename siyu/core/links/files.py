"""Links as a file: in, to make ten thousand at once; out, with their codes and addresses."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
from django.conf import settings

from siyu.core.links.models import Link
from siyu.core.links.targets import UTM
from siyu.core.links.writing import AT_ONCE, Wish, make_many
from siyu.kit.refusals import Refused
from siyu.kit.tables import Unreadable, held_in, look_at

WORDS = ("target", "title", "code", "channel", "campaign", "creator", "fallback")
COLUMNS = ("key", *WORDS, "expires_at", *(f"utm_{name}" for name in UTM))
OUT = (*COLUMNS, "address", "state")
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


class BadFile(Refused):
    code = "bad_file"
    status = 422


class BadRow(Refused):
    status = 422

    def __init__(self, row: int, why: Refused) -> None:
        super().__init__(f"row {row}: {why.message}", code=why.code)
        self.row = row


def take(data: bytes, *, name: str, by: str, at: datetime) -> list[Link]:
    """All links of a file, or none; the same file again makes none twice."""
    rows = read(data, name=name)
    try:
        return make_many(list(rows.values()), by=by, at=at)
    except Refused as no:
        if no.nth is None:
            raise
        raise BadRow(list(rows)[no.nth], no) from None


def read(data: bytes, *, name: str) -> dict[int, Wish]:
    """A wish for each row of a CSV (in whatever encoding spreadsheets write) or XLSX. A row without a key is keyed by
    what it says, so that the same file twice makes nothing."""
    try:
        rows = rows_of(data, name)
    except Unreadable as wrong:
        raise BadFile(f"that is no CSV or XLSX: {wrong.message}") from None
    if "target" not in rows[0]:
        raise BadFile("a file of links has a column `target` and a row for each link")
    if len(rows) > AT_ONCE:
        raise BadFile(f"a file has at most {AT_ONCE:,} rows")
    return {row["_row"]: wish(row, row["_row"]) for row in rows}


def rows_of(data: bytes, name: str) -> list[dict[str, Any]]:
    with TemporaryDirectory() as folder, duckdb.connect() as db:
        path = Path(folder) / f"links{Path(name).suffix}"
        path.write_bytes(data)
        with held_in(db, look_at(path)) as (table, columns):
            found = db.execute(f"SELECT * FROM {table} ORDER BY _row").fetchall()
    rows = [dict(zip(("_row", "_broken", *columns), row, strict=True)) for row in found]
    if broken := next((row for row in rows if row["_broken"]), None):
        raise BadRow(broken["_row"], Refused(broken["_broken"].replace("_", " "), code=broken["_broken"]))
    return rows


def wish(row: Mapping[str, Any], line: int) -> Wish:
    said = {name: str(row.get(name) or "").strip().lstrip("'") for name in COLUMNS}
    utm = {name: said[f"utm_{name}"] for name in UTM if said[f"utm_{name}"]}
    words: dict[str, Any] = {name: said[name] for name in WORDS if name != "target"}
    key = said["key"] or f"file:{said['campaign']}:{said['code'] or said['target']}"[:140] + (
        "" if said["code"] else f":{line}"
    )
    return Wish(targets=said["target"], utm=utm, key=key, expires_at=moment(said["expires_at"], line), **words)


def moment(text: str, line: int) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        wrong = Refused(f"{text[:30]!r} is no moment such as 2026-06-01T12:00", code="bad_moment")
        raise BadRow(line, wrong) from None
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(settings.SIYU.zone))


def written(rows: Iterable[Mapping[str, Any]]) -> str:
    """What a spreadsheet would take for a formula is written as text."""
    out = io.StringIO()
    out.write("\ufeff")
    table = csv.DictWriter(out, OUT, extrasaction="ignore")
    table.writeheader()
    for row in rows:
        table.writerow({name: harmless(str(row.get(name, ""))) for name in OUT})
    return out.getvalue()


def harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULAS) else text
