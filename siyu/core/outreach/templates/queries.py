"""What operators and programs see of templates."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import OuterRef, Subquery

from siyu.core.outreach.templates.models import Template, Version
from siyu.core.outreach.templates.rendering import Rendered
from siyu.core.outreach.templates.saying import render_many
from siyu.core.outreach.templates.writing import NoSuchTemplate, found

SHOWN = 100


class Listed(NamedTuple):
    template: Template
    version: Version


def listing(*, channel: str = "", archived: bool = False) -> list[Listed]:
    """By title, each with its newest words; `channel`: those that may be said over it."""
    newest = Version.objects.filter(template=OuterRef("pk")).order_by("-number").values("pk")[:1]
    rows = Template.objects.filter(archived_at__isnull=not archived).annotate(newest=Subquery(newest))
    some = [one for one in rows.order_by("title", "pk") if not (channel and one.channels) or channel in one.channels]
    versions = Version.objects.in_bulk([one.newest for one in some])
    return [Listed(one, versions[one.newest]) for one in some if one.newest in versions][:SHOWN]


class Named(NamedTuple):
    """What a version is called."""

    code: str
    number: int
    kind: str
    title: str


def names(versions: Iterable[int]) -> dict[int, Named]:
    rows = Version.objects.select_related("template").in_bulk(set(versions))
    return {n: Named(one.template.code, one.number, one.template.kind, one.template.title) for n, one in rows.items()}


def coded(code: str) -> Template:
    one = Template.objects.filter(code=code).first()
    if one is None:
        raise NoSuchTemplate("there is no such template")
    return one


def version_of(code: str, number: int = 0) -> Version:
    """By the template's code; 0: the newest."""
    rows = coded(code).versions.order_by("-number")
    one = (rows.filter(number=number) if number else rows).first()
    if one is None:
        raise NoSuchTemplate(f"{code} has no version {number}")
    return one


class Whole(NamedTuple):
    template: Template
    versions: Sequence[Version]
    """The newest first."""


def whole(template: int) -> Whole:
    one = found(template)
    return Whole(one, list(one.versions.order_by("-number")[:SHOWN]))


def preview(version: int, person: int, *, at: datetime) -> dict[str, Rendered]:
    """{language: what this person would be told}; links are bare and count nothing."""
    languages = sorted(Version.objects.values_list("bodies", flat=True).get(pk=version))
    return {one: render_many(version, [person], at=at, language=one)[0] for one in languages}
