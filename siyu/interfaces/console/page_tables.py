"""Every table of every page as a file: what it shows, its pages to come included, figures as numbers.

A view that knows more than its page shows answers by `sheets`; a link to such a file stands before its table. All other
tables are read from the page itself, so that a new page has its files by being a page. `?table=<which>&file=csv`.
"""

import re
from collections.abc import Callable, Iterator
from html import unescape
from html.parser import HTMLParser
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils.html import strip_tags

from siyu.interfaces.console import sheets
from siyu.interfaces.console.asking import choice, whole

MOST = 10_000
"""Rows of a file that is read page by page."""
PARTS = re.compile(
    r"""<h[123][^>]*>(?P<title>.*?)</h[123]>
    |(?P<given>[?&;]as=(?:csv|xlsx))
    |(?P<table><table\ class="(?:heat|table(?![^"]*\boffers\b))[^>]*>.*?</table>)
    |(?P<following>\ href="\?[^"]*"\ rel="next")""",
    re.DOTALL | re.VERBOSE,
)
"""Tables of fields (`offers`) are forms; the lines of an order stand inside its story."""
NEXT = re.compile(r' href="(\?[^"]*)" rel="next"')
PEOPLE = re.compile(r"/people/per_|<table[^>]* data-personal")
"""What makes a table one of people: it leads to them, or says that it shows their addresses."""
SILENT = {"form", "button", "select", "svg", "noscript"}
VOID = {"br", "hr", "img", "input", "wbr"}
FIGURE = re.compile(r"\+?(-?)(?:[A-Z]{0,2}[^\w\s.%/-])?(\d+(?:\.\d+)?)")
NOTHING = {"", "–"}

Cell = str | int | float | None


class Table(NamedTuple):
    title: str
    html: str
    following: str = ""
    """Where its next page is."""

    @property
    def of_people(self) -> bool:
        return bool(PEOPLE.search(self.html))


def tables(page: str) -> list[Table]:
    """Those for which the page has no file of its own."""
    found: list[Table] = []
    title, given = "", False
    for part in PARTS.finditer(page):
        if part["title"] is not None:
            title = " ".join(unescape(strip_tags(part["title"])).split()) or title
        elif part["given"]:
            given = True
        elif part["following"] and found:
            found[-1] = found[-1]._replace(following=following(part["following"]))
        elif part["table"]:
            found += [] if given else [Table(title, part["table"], following(part["table"]))]
            given = False
    return found


def following(html: str) -> str:
    found = NEXT.search(html)
    return unescape(found[1]) if found else ""


def asked(request: HttpRequest) -> str:
    return choice(request, "file", sheets.KINDS) if request.method == "GET" else ""


def file(request: HttpRequest, kind: str, page: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """The table that was asked for; where it is gone by now, the page."""
    answer, nth = page(), whole(request, "table") or 0
    found = read(answer)
    if nth >= len(found):
        return answer
    table, parts = found[nth], [rows(part.html) for part in pages(request, found[nth], page)]
    headed = "<thead" in table.html
    lines = parts[0] + [line for part in parts[1:] for line in part[headed:]]
    sheets.note_export(request, table.title, len(lines) - headed, people=table.of_people)
    head, *rest = filled(lines, headed=headed)
    return sheets.answer(kind, name_of(table.title), head, rest)


def read(answer: HttpResponseBase) -> list[Table]:
    if not isinstance(answer, HttpResponse) or answer.status_code != 200:
        return []
    return tables(answer.content.decode()) if answer["Content-Type"].startswith("text/html") else []


def pages(request: HttpRequest, table: Table, page: Callable[[], HttpResponseBase]) -> Iterator[Table]:
    seen, most = {""}, MOST
    while most > 0:
        yield table
        most -= table.html.count("<tr")
        if table.following in seen:
            return
        seen.add(table.following)
        request.GET = QueryDict(table.following[1:])
        further = [one for one in read(page()) if one.title == table.title]
        if not further:
            return
        table = further[0]


def rows(table: str) -> list[list[Cell]]:
    reader = Reader()
    reader.feed(table)
    return reader.rows


def filled(lines: list[list[Cell]], *, headed: bool) -> list[list[Cell]]:
    """Without empty columns and rows, and without a last column of what is to be pressed, which has no name."""
    wide = max((len(line) for line in lines), default=0)
    square = [line + [None] * (wide - len(line)) for line in lines]
    told = [n for n in range(wide) if any(line[n] is not None for line in square)]
    if headed and told and square[0][told[-1]] is None:
        told.pop()
    rows = [[line[n] for n in told] for line in square]
    return [row for row in rows if any(cell is not None for cell in row)] or [[]]


def name_of(title: str) -> str:
    return "-".join(re.findall(r"\w+", title))[:60] or "table"


def figure(said: str) -> Cell:
    """1,234 and ¥1,234.50 and −5 as numbers; what is more than a figure stays what it says."""
    plain = said.replace(",", "").replace("−", "-")
    found = FIGURE.fullmatch(plain)
    if not found:
        return said
    number = found[1] + found[2]
    return float(number) if "." in number else int(number)


class Reader(HTMLParser):
    """Rows of cells; what is to be pressed or filled in says nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[Cell]] = []
        self.words: list[str] = []
        self.silent = 0
        self.counts = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if self.silent or tag in SILENT or told.get("aria-hidden") == "true":
            self.silent += tag not in VOID
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.words = []
            self.counts = tag == "td" and "num" in (told.get("class") or "").split()
        else:
            self.words.append(" · " if tag == "small" and "".join(self.words).strip() else " ")

    def handle_endtag(self, tag: str) -> None:
        if self.silent:
            self.silent -= 1
        elif tag in ("td", "th") and self.rows:
            said = " ".join("".join(self.words).split()).removesuffix(" ·")
            self.rows[-1].append(None if said in NOTHING else figure(said) if self.counts else said)

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.words.append(data)
