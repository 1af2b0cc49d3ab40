"""A version, said to people: asked for what it needs of them, a set at a time, each in the own language."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils.html import format_html, linebreaks, urlize

from siyu.core.outreach import addresses, tokens
from siyu.core.outreach.models import Dispatch
from siyu.core.outreach.templates.compiling import Column
from siyu.core.outreach.templates.models import Version
from siyu.core.outreach.templates.rendering import Body, Rendered, body, rendered
from siyu.core.outreach.templates.values import Facts
from siyu.core.outreach.templates.words import Variable
from siyu.core.outreach.templates.writing import FIELDS, NoSuchTemplate

type Bodies = Mapping[str, Body]


def render_many(
    version: int, people: Sequence[int], *, at: datetime, messages: Sequence[int] = (),
    dispatch: Dispatch | None = None, language: str = "",
) -> list[Rendered]:  # fmt: skip
    """What each of these people is told, in their order; `language` is forced on all where it is given.

    `messages` are their rows in the outbox: links carry a sign of each. Without them (a preview) links are bare.
    """
    bodies, picture = known(version)
    return said(bodies, people, at=at, messages=messages, dispatch=dispatch, language=language, picture=picture)


def render_variant(
    variant: Mapping[str, Any], people: Sequence[int], *, at: datetime, messages: Sequence[int] = (),
    dispatch: Dispatch | None = None,
) -> list[Rendered]:  # fmt: skip
    """A dispatch's variant: a version's words, or its own, which are the same for every language."""
    if number := variant.get("template"):
        return render_many(number, people, at=at, messages=messages, dispatch=dispatch)
    own = settings.SIYU.language
    one = compiled(own, *(variant.get(name, "") for name in FIELDS))
    return said({own: one}, people, at=at, messages=messages, dispatch=dispatch)


def said(
    bodies: Bodies, people: Sequence[int], *, at: datetime, messages: Sequence[int] = (),
    dispatch: Dispatch | None = None, language: str = "", picture: str = "",
) -> list[Rendered]:  # fmt: skip
    facts = Facts(people, {one for each in bodies.values() for one in each.variables})
    chosen = [spoken(bodies, language or facts.language(one)) for one in people]
    signs = tokens.tokens(messages, people) if messages else [""] * len(people)
    found: list[Rendered | None] = [None] * len(people)
    for one in sorted(set(chosen)):
        places = [place for place, own in enumerate(chosen) if own == one]
        theirs, marks = [people[place] for place in places], [signs[place] for place in places]
        columns = facts.columns(theirs, bodies[one].variables, one) | links(bodies[one], marks, dispatch, at)
        outs = addresses.ways_out(marks) if messages else [""] * len(marks)
        points = addresses.pixels(marks) if messages else [""] * len(marks)
        texts = rendered(bodies[one], columns, people=theirs, language=one, outs=outs, picture=picture)
        for place, text, point in zip(places, texts, points, strict=True):
            found[place] = watched(pictured(text, dispatch), point, dispatch)
    return [one for one in found if one]


def links(one: Body, signs: Sequence[str], dispatch: Dispatch | None, at: datetime) -> dict[Variable, Column]:
    """An address for each; without a dispatch it leads where it says and counts nothing."""
    wanted = [slot for slot in one.variables if slot.kind == "link"]
    known = addresses.addresses(dispatch, [slot.of for slot in wanted], at=at) if dispatch and any(signs) else {}
    columns: dict[Variable, Column] = {
        slot: [f"{known[slot.of]}?m={sign}" for sign in signs]
        if known else [addresses.bare(slot.of)] * len(signs)
        for slot in wanted
    }  # fmt: skip
    outs = addresses.ways_out(signs)
    return columns | {slot: outs for slot in one.variables if slot.kind == "unsubscribe"}


def pictured(one: Rendered, dispatch: Dispatch | None) -> Rendered:
    """A mail shows its picture: below its HTML, or below its text, which is made HTML for it."""
    if not (one.picture and dispatch and dispatch.channel == "email"):
        return one
    html = one.html or linebreaks(urlize(one.text, autoescape=True))
    picture = format_html('<p><img src="{}" alt=""></p>', addresses.bare(one.picture))
    return one._replace(html=at_the_end(html, picture))


def watched(one: Rendered, pixel: str, dispatch: Dispatch | None) -> Rendered:
    """With the point of a picture that tells that a mail was opened."""
    if not (one.html and pixel and dispatch and dispatch.channel == "email"):
        return one
    return one._replace(html=at_the_end(one.html, f'<img src="{pixel}" width="1" height="1" alt="">'))


def at_the_end(html: str, more: str) -> str:
    before, end, after = html.rpartition("</body>")
    return f"{before}{more}{end}{after}" if end else html + more


def spoken(bodies: Bodies, language: str) -> str:
    """That language, else the brand's, else the one there is."""
    return next(one for one in (language, settings.SIYU.language, *sorted(bodies)) if one in bodies)


def known(version: int) -> tuple[Bodies, str]:
    found = Version.objects.filter(pk=version).values_list("bodies", "picture").first()
    if found is None:
        raise NoSuchTemplate("there is no such version")
    return {language: compiled(language, *map(words.get, FIELDS)) for language, words in found[0].items()}, found[1]


@lru_cache(512)
def compiled(language: str, *words: str) -> Body:
    """Once a process."""
    return body(dict(zip(FIELDS, words, strict=True)), language)
