"""A table of a page as a file: `?as=csv` or `?as=xlsx`."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from siyu.core.team import trail
from siyu.core.team.roles import may
from siyu.interfaces.console.asking import choice

MOST = 100_000
"""Rows of a file made while somebody waits."""
KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def asked(request: HttpRequest) -> str:
    return choice(request, "as", KINDS)


def answer(kind: str, name: str, head: Sequence[Any], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    write = {"csv": to_csv, "xlsx": to_xlsx}[kind]
    body = write([[plain(cell) for cell in row] for row in [head, *rows]])
    return HttpResponse(body, KINDS[kind], headers={"Content-Disposition": f'attachment; filename="{name}.{kind}"'})


def book(name: str, tables: Iterable[tuple[str, Sequence[Any], Iterable[Sequence[Any]]]]) -> HttpResponse:
    """A workbook with a sheet for each (name, head, rows)."""
    body = to_book((title, [[plain(cell) for cell in row] for row in [head, *rows]]) for title, head, rows in tables)
    return HttpResponse(body, KINDS["xlsx"], headers={"Content-Disposition": f'attachment; filename="{name}.xlsx"'})


def plain(cell: Any) -> Any:
    """Numbers stay numbers, moments become ISO, and no text is a formula."""
    if cell is None or isinstance(cell, int | float):
        return cell
    text = cell.isoformat(sep=" ", timespec="seconds") if hasattr(cell, "hour") else str(cell)
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def note_export(request: HttpRequest, what: str, rows: int, *, people: bool = True) -> None:
    """It stands in the audit trail. A file of people is for those who may export them."""
    if people and not may(request.user, "audiences.export"):
        raise PermissionDenied
    trail.note(request.user, "exported", by=request.user, what=what, rows=rows)  # type: ignore[arg-type]


def to_csv(rows: list[list[Any]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return ("\ufeff" + out.getvalue()).encode()


def to_xlsx(rows: list[list[Any]]) -> bytes:
    return to_book([(None, rows)])


def to_book(tables: Iterable[tuple[str | None, list[list[Any]]]]) -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        for title, rows in tables:
            sheet = book.add_worksheet(title)
            for n, row in enumerate(rows):
                sheet.write_row(n, 0, row)
    return out.getvalue()
