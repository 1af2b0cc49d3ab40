"""The language of templates. No database, no clock.

{name|friend}          what is known, and after the bar what stands there for whom it is not
{trait.city|}          a trait; nothing where there is none
{portrait.orders|0}    a column of the portrait
{brand}                what is always known
{link:https://…}       a link that counts; so does every address that stands in the text, and every href in HTML
{link:/m/coupons}      a page of the house for its members
{link:spring}          one of the house's short links, by its code
{unsubscribe}          the address of the page where nothing more can be asked for
{{ and }}              braces
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from siyu.core.links.targets import CODE, OURS
from siyu.kit.refusals import Refused

LONGEST = 20_000
LONGEST_HTML = 200_000
KNOWN = ("name",)
"""What may be unknown, and so needs a fallback; beside traits and columns of portraits."""
GIVEN = ("brand", "unsubscribe")
PORTRAIT = (
    "orders", "gmv", "net", "average_basket", "recency_days", "first_order_at", "last_order_at", "favourite_categories",
)  # fmt: skip
ADDRESS = r"https?://[^\s{}<>\"'，。；！？）】、]+"
PLAIN = re.compile(rf"(?P<double>\{{\{{|\}}\}})|\{{(?P<said>[^{{}}\n]*)\}}|(?P<stray>[{{}}])|(?P<address>{ADDRESS})")
HTML = re.compile(
    r"(?P<double>\{\{|\}\})|\{(?P<said>[^{}\n]*)\}|(?P<stray>[{}])"
    r"|(?<=href=[\"'])(?P<address>https?://[^\s{}\"'<>]+)"
)
TRAIT = re.compile(r'trait\.([^"\\\x00-\x1f|{}]{1,100})')
Kind = Literal["name", "trait", "portrait", "brand", "link", "unsubscribe"]


class BadTemplate(Refused):
    """`message` says where."""

    code = "bad_template"
    status = 422


@dataclass(frozen=True)
class Variable:
    kind: Kind
    of: str = ""
    """Which trait or column; where a link leads."""
    fallback: str = ""


Piece = str | Variable


def read(text: str, *, field: str, markup: bool = False) -> list[Piece]:
    """The pieces of a text, in order; what is wrong with it is said with its place."""
    longest = LONGEST_HTML if markup else LONGEST
    if len(text) > longest:
        raise BadTemplate(f"{field} has at most {longest:,} characters")
    if "\0" in text:
        raise BadTemplate(f"{field} holds a character that is none")
    pieces: list[Piece] = []
    for piece in cut(text, field, markup):
        if isinstance(piece, str) and pieces and isinstance(pieces[-1], str):
            pieces[-1] += piece
        elif piece:
            pieces.append(piece)
    return pieces


def cut(text: str, field: str, markup: bool) -> Iterator[Piece]:
    end = 0
    for found in (HTML if markup else PLAIN).finditer(text):
        yield text[end : found.start()]
        end = found.end()
        if found["double"]:
            yield found["double"][0]
        elif found["stray"]:
            raise wrong(text, found.start(), field, "a brace stands alone; {{ and }} are braces")
        elif found["address"]:
            address = found["address"] if markup else found["address"].rstrip(".,;:!?)")
            yield Variable("link", html.unescape(address) if markup else address)
            yield found["address"][len(address) :]
        else:
            yield variable(found["said"], text, found.start(), field)
    yield text[end:]


def variable(said: str, text: str, place: int, field: str) -> Variable:
    name, bar, fallback = said.partition("|")
    name = name.strip()
    if name.startswith("link:"):
        return link(name.removeprefix("link:").strip(), text, place, field)
    if name in GIVEN:
        return Variable("brand" if name == "brand" else "unsubscribe")
    found = optional(name)
    if found is None:
        raise wrong(text, place, field, f"nothing is known as {{{name[:60]}}}")
    if not bar:
        raise wrong(text, place, field, f"say what stands there for whom it is not known: {{{name}|…}}")
    return Variable(found.kind, found.of, fallback)


def optional(name: str) -> Variable | None:
    if name in KNOWN:
        return Variable("name")
    if trait := TRAIT.fullmatch(name):
        return Variable("trait", trait[1])
    kind, _, column = name.partition(".")
    return Variable("portrait", column) if kind == "portrait" and column in PORTRAIT else None


def link(said: str, text: str, place: int, field: str) -> Variable:
    """An address, a page for members, or the code of a short link of the house."""
    if re.fullmatch(ADDRESS, said) or OURS.fullmatch(said) or CODE.fullmatch(said):
        return Variable("link", said)
    raise wrong(text, place, field, f"{said[:60]!r} is no address that begins with http or /m/, and no code of a link")


def wrong(text: str, place: int, field: str, why: str) -> BadTemplate:
    line, column = text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place)
    return BadTemplate(f"{field}, line {line}, column {column}: {why}")
