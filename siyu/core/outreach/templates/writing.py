"""Operators write templates. Each change of words is a new version; what was said by an old one stays what it was."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from siyu.core.eventlog.locks import one_at_a_time
from siyu.core.links import domains
from siyu.core.links.models import Link
from siyu.core.links.targets import CODE, sound
from siyu.core.outreach.addresses import own_code
from siyu.core.outreach.models import KINDS
from siyu.core.outreach.templates.models import Template, Version
from siyu.core.outreach.templates.rendering import Body, body
from siyu.core.outreach.templates.words import BadTemplate
from siyu.kit.refusals import Refused

FIELDS = ("subject", "text", "html")
LONGEST_SUBJECT = 200
OVER = ("inapp", "email", "sms", "web_push", "webhook", "by_hand")
"""Channels that words can be for."""
PICTURE = re.compile(r"(/media/[\w.-]{1,190})?", re.ASCII)
type Bodies = Mapping[str, Mapping[str, str]]


class NoSuchTemplate(Refused):
    code = "no_such_template"
    status = 404


@transaction.atomic
def write(
    *, code: str, title: str, kind: str, bodies: Bodies, by: str, at: datetime, channels: Sequence[str] = (),
    picture: str = "",
) -> Version:  # fmt: skip
    """A template, or new words of the one with that code. The same words again are the same version."""
    one_at_a_time("templates")
    fields = sound_fields(code, title, kind, channels)
    said = sound_bodies(bodies, kind, channels)
    if not PICTURE.fullmatch(picture):
        raise BadTemplate("a picture is one that was uploaded, as /media/…")
    one = Template.objects.filter(code=code).first() or Template(code=code, by=by[:150], made_at=at)
    for name, value in fields.items():
        setattr(one, name, value)
    one.archived_at = None
    one.save()
    last = one.versions.order_by("-number").first()
    if last and (last.bodies, last.picture) == (said, picture):
        return last
    number = last.number + 1 if last else 1
    return Version.objects.create(template=one, number=number, bodies=said, picture=picture, by=by[:150], made_at=at)


@transaction.atomic
def archive(*, template: int, at: datetime) -> Template:
    """It is offered no more; what was planned with it is still said. Written anew, it is back."""
    one = found(template)
    if one.archived_at is None:
        one.archived_at = at
        one.save(update_fields=["archived_at"])
    return one


def found(template: int) -> Template:
    one = Template.objects.filter(pk=template).first()
    if one is None:
        raise NoSuchTemplate("there is no such template")
    return one


def sound_fields(code: str, title: str, kind: str, channels: Sequence[str]) -> dict[str, Any]:
    title = " ".join(title.split())
    if not CODE.fullmatch(code):
        raise BadTemplate("a code has 3 to 40 small letters, digits and hyphens")
    if not 0 < len(title) <= 100 or not title.isprintable():
        raise BadTemplate("a title has 1 to 100 characters")
    if kind not in KINDS:
        raise BadTemplate(f"a message is {', '.join(KINDS)}")
    if unknown := sorted(set(channels) - set(OVER)):
        raise BadTemplate(f"{unknown[0][:40]!r} is no channel; there are {', '.join(OVER)}")
    return {"title": title, "kind": kind, "channels": [one for one in OVER if one in channels]}


def sound_bodies(bodies: Bodies, kind: str, channels: Sequence[str]) -> dict[str, dict[str, str]]:
    """Of each language what is said; a language of which nothing is said is left out."""
    languages = dict(settings.LANGUAGES)
    said: dict[str, dict[str, str]] = {}
    for language, given in bodies.items():
        if language not in languages or set(given) - set(FIELDS):
            raise BadTemplate(f"of {', '.join(languages)} there are {', '.join(FIELDS)}")
        words = {name: mended(given.get(name, "")) for name in FIELDS}
        if any(value.strip() for value in words.values()):
            said[language] = words
            check(words, language, kind, channels)
    if not said:
        raise BadTemplate("say something, in one language at least")
    return said


def mended(text: object) -> str:
    if not isinstance(text, str):
        raise BadTemplate("words are text")
    return text.replace("\r\n", "\n")


def check(words: Mapping[str, str], language: str, kind: str, channels: Sequence[str]) -> None:
    if not words["text"].strip():
        raise BadTemplate(f"text ({language}): say something; where HTML is not shown, it is all there is")
    if "\n" in words["subject"] or len(words["subject"]) > LONGEST_SUBJECT:
        raise BadTemplate(f"subject ({language}): one line of at most {LONGEST_SUBJECT} characters")
    made = body(words, language)
    if "email" in channels and not words["subject"].strip():
        raise BadTemplate(f"subject ({language}): an e-mail has one")
    if "email" in channels and kind == "marketing" and not all(leads_out(part) for part in (made.text, made.html)):
        raise BadTemplate(f"text and HTML ({language}): a marketing e-mail says {{unsubscribe}}")
    sound_links(made, language)


def leads_out(part: Any) -> bool:
    return part is None or any(slot.kind == "unsubscribe" for slot in part.slots)


def sound_links(made: Body, language: str) -> None:
    wanted = {one.of for one in made.variables if one.kind == "link"}
    codes = {one for one in wanted if CODE.fullmatch(one)}
    for address in sorted(wanted - codes):
        if own_code(address) is None:
            try:
                sound(address, hosts=domains.hosts())
            except Refused as no:
                raise BadTemplate(f"{language}, {address[:60]}: {no.message}") from None
    if missing := codes - set(Link.objects.filter(code__in=codes).values_list("code", flat=True)):
        raise BadTemplate(f"{language}: there is no link {min(missing)!r}")
