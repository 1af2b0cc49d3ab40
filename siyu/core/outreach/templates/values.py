"""What is known of people, as columns: a handful of questions for a thousand of them, whatever is said."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from siyu.core.eventlog import lake
from siyu.core.insight import portraits
from siyu.core.outreach.templates.compiling import Column
from siyu.core.outreach.templates.words import Variable
from siyu.core.people.models import Identity, Member, Trait
from siyu.kit import formats

MONEY, NUMBERS, DAYS = ("gmv", "net", "average_basket"), ("orders", "recency_days"), ("first_order_at", "last_order_at")
LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)
type People = Sequence[int]


def persons(people: People) -> dict[int, tuple[int, str]]:
    """{identity: (person, name)}; who has been erased is not in it."""
    rows = Identity.objects.filter(pk__in=people, person__isnull=False).order_by("pk")
    return {pk: (person, name) for pk, person, name in rows.values_list("pk", "person", "person__name")}


def members(known: Iterable[int]) -> dict[int, tuple[str, str]]:
    """{person: (name, language)} of those who are members; of several accounts the first."""
    rows = Member.objects.filter(identity__person__in=known).order_by("-pk")
    return {person: (name, said) for person, name, said in rows.values_list("identity__person", "name", "language")}


def traits(known: Iterable[int], names: Sequence[str]) -> dict[tuple[str, int], Any]:
    """{(trait, person): its newest value}"""
    rows = Trait.objects.filter(identity__person__in=known, name__in=names).order_by("at", "pk")
    return {(name, person): value for name, person, value in rows.values_list("name", "identity__person", "value")}


def portrayed(known: Sequence[int], columns: Sequence[str]) -> dict[tuple[str, int], Any]:
    """{(column, person): what the portrait says}; nothing of it as long as none is drawn."""
    if portraits.kept() is None:
        return {}
    with lake.connect() as db:
        rows = db.execute(
            f"SELECT person, {', '.join(columns)} FROM {portraits.scan()} WHERE person IN (SELECT unnest(?::BIGINT[]))",
            [list(known)],
        ).fetchall()
    return {(name, row[0]): value for row in rows for name, value in zip(columns, row[1:], strict=True)}


class Facts:
    """All that these variables ask of these people; `columns` says it in a language."""

    def __init__(self, people: People, variables: Iterable[Variable]) -> None:
        self.wanted = list(variables)
        self.persons = persons(people)
        known = sorted({person for person, _name in self.persons.values()})
        self.members = members(known)
        names = sorted({one.of for one in self.wanted if one.kind == "trait"})
        drawn = sorted({one.of for one in self.wanted if one.kind == "portrait"})
        self.traits = traits(known, names) if names else {}
        self.portraits = portrayed(known, drawn) if drawn else {}

    def language(self, identity: int) -> str:
        """The member's own, else the brand's."""
        person = self.persons.get(identity, (0, ""))[0]
        said = self.members.get(person, ("", ""))[1]
        return said if said in LANGUAGES else settings.SIYU.language

    def columns(self, people: People, variables: Iterable[Variable], language: str) -> dict[Variable, Column]:
        with translation.override(language):
            return {one: self.column(one, people) for one in variables if one.kind not in ("link", "unsubscribe")}

    def column(self, variable: Variable, people: People) -> Column:
        if variable.kind == "brand":
            return [settings.SIYU.brand] * len(people)
        empty = (0, "")
        said = [self.value(variable, *self.persons.get(one, empty)) for one in people]
        return [value or variable.fallback for value in said]

    def value(self, variable: Variable, person: int, name: str) -> str:
        if variable.kind == "name":
            return self.members.get(person, ("", ""))[0] or name
        if variable.kind == "trait":
            return shown(self.traits.get((variable.of, person)))
        return drawn_as(variable.of, self.portraits.get((variable.of, person)))


def shown(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ("、" if formats.chinese() else ", ").join(filter(None, map(shown, value)))
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def drawn_as(column: str, value: Any) -> str:
    """A column of the portrait as each language writes it."""
    if value is None:
        return ""
    if column in MONEY:
        return formats.money(value)
    if column in DAYS:
        return formats.day(value)
    return formats.number(value) if column in NUMBERS else shown(value)
