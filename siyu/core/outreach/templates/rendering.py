"""A version's words for many people at once."""

from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import NamedTuple

from siyu.core.outreach.templates.compiling import Column, Prepared, prepared
from siyu.core.outreach.templates.words import Variable, read


class Body(NamedTuple):
    """What is said in one language, prepared."""

    subject: Prepared
    text: Prepared
    html: Prepared | None

    @property
    def variables(self) -> set[Variable]:
        html = self.html.slots if self.html else ()
        return {*self.subject.slots, *self.text.slots, *html}


class Rendered(NamedTuple):
    person: int
    language: str
    subject: str
    text: str
    html: str
    unsubscribe: str = ""
    """Where whoever gets it says that they want no more of it."""
    picture: str = ""


def body(said: Mapping[str, str], language: str) -> Body:
    """Subject, text and HTML as they were written, or a refusal with the place of what is wrong."""
    html = said.get("html", "")
    return Body(
        prepared(read(said.get("subject", ""), field=f"subject ({language})"), "line"),
        prepared(read(said["text"], field=f"text ({language})")),
        prepared(read(html, field=f"HTML ({language})", markup=True), "html") if html else None,
    )


def rendered(
    one: Body, columns: Mapping[Variable, Column], *, people: Sequence[int], language: str,
    outs: Sequence[str] = (), picture: str = "",
) -> list[Rendered]:  # fmt: skip
    """In the order of the people; `columns` hold a value of each, fallbacks put in."""
    count = len(people)
    subjects, texts = one.subject.render(columns, count), one.text.render(columns, count)
    htmls = one.html.render(columns, count) if one.html else [""] * count
    rows = zip(people, repeat(language), subjects, texts, htmls, outs or [""] * count, repeat(picture), strict=False)
    return list(map(Rendered._make, rows))
