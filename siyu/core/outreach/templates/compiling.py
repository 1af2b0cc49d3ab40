"""A text as a format that is prepared once: for a thousand people its variables are columns, and a message is one
`%` of a row. No database, no clock.
"""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from siyu.core.outreach.templates.words import Piece, Variable

Column = Sequence[str]
Mode = Literal["line", "text", "html"]
BREAKS = re.compile(r"[\r\n\t\v\f\x00-\x1f\x85\u2028\u2029]+")
MARKS = re.compile(r"[&<>\"']")


@dataclass(frozen=True)
class Prepared:
    format: str
    """With a %s for each of `slots`."""
    slots: tuple[Variable, ...]
    mode: Mode

    def render(self, columns: Mapping[Variable, Column], count: int) -> list[str]:
        """One text for each of `count` people; `columns` are what they put in for each variable, in their order."""
        if not self.slots:
            return [self.format % ()] * count
        rows = zip(*(self.safe(columns[slot]) for slot in self.slots), strict=True)
        return list(map(self.format.__mod__, rows))

    def safe(self, column: Column) -> Column:
        """In HTML a value is text and no markup, and in a subject it begins no other header."""
        clean = CLEAN.get(self.mode)
        return [clean(value) for value in column] if clean else column


def one_line(value: str) -> str:
    return BREAKS.sub(" ", value) if BREAKS.search(value) else value


def escaped(value: str) -> str:
    return html.escape(value) if MARKS.search(value) else value


CLEAN: dict[Mode, Callable[[str], str]] = {"line": one_line, "html": escaped}


def prepared(pieces: Sequence[Piece], mode: Mode = "text") -> Prepared:
    parts = ["%s" if isinstance(piece, Variable) else piece.replace("%", "%%") for piece in pieces]
    return Prepared("".join(parts), tuple(piece for piece in pieces if isinstance(piece, Variable)), mode)
