"""Questions about people, answered with plain data by a constant number of queries."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from django.conf import settings
from django.db.models import Q, QuerySet

from siyu.core.eventlog.models import Entry
from siyu.core.people.codes import NoSuchPerson, code
from siyu.core.people.models import Identity, Person, Tag, Tagging, Trait
from siyu.core.people.numbers import look_up
from siyu.core.people.tags import NoSuchTag
from siyu.kit import codes

MOST = 200


class Name(NamedTuple):
    """What somebody is known by."""

    namespace: str
    value: str


class Known(NamedTuple):
    """An identity: how somebody is known, where, and since when."""

    number: int
    namespace: str
    value: str
    source: str
    seen_at: datetime


@dataclass(frozen=True)
class Row:
    """A person in a list."""

    number: int
    code: str
    name: str
    since: datetime
    identities: list[Name]
    tags: list[str]


@dataclass(frozen=True)
class Page[T]:
    """Some rows, and where the next page begins; None: that was all."""

    rows: list[T]
    next: tuple[datetime, int] | None


@dataclass(frozen=True)
class KnownTrait:
    name: str
    value: Any
    source: str
    at: datetime
    private: bool


@dataclass(frozen=True)
class CarriedTag:
    number: int
    group: str
    name: str
    by: str
    at: datetime


class TagRow(NamedTuple):
    number: int
    group: str
    name: str
    exclusive: bool
    retired_at: datetime | None


@dataclass(frozen=True)
class Detail:
    number: int
    code: str
    name: str
    since: datetime
    identities: list[Known]
    traits: list[KnownTrait]
    tags: list[CarriedTag]


@dataclass(frozen=True)
class Happening:
    """One entry of the log. `body` is as `Event.body` wrote it: subject, amount, items, properties, personal."""

    position: int
    name: str
    at: datetime
    source: str
    imported: bool
    body: dict[str, Any]


def people(
    search: str | None = None, tag: int | None = None, after: tuple[datetime, int] | None = None, limit: int = 50
) -> Page[Row]:
    """People, newest first: all, those that `search` finds, those that carry a tag (its number)."""
    found = searched(search.strip()) if search and search.strip() else Person.objects.all()
    if tag is not None:
        found = found.filter(pk__in=Tagging.objects.filter(tag=tag).values("identity__person"))
    if after:
        since, number = after
        found = found.filter(since__lte=since).exclude(since=since, pk__gte=number)
    limit = min(limit, MOST)
    rows = list(found.order_by("-since", "-pk").values_list("pk", "since", "name")[: limit + 1])
    return Page(listed(rows[:limit]), (rows[limit - 1][1], rows[limit - 1][0]) if len(rows) > limit else None)


def searched(text: str) -> QuerySet[Person]:
    """Who has that code, that value as an identity, or that text in the name."""
    if (number := codes.decode("per", text, settings.SECRET_KEY)) is not None:
        return Person.objects.filter(identities=number)
    return Person.objects.filter(
        Q(pk__in=Identity.objects.filter(value=text).values("person")) | Q(name__icontains=text)
    )


def listed(rows: list[tuple[int, datetime, str]]) -> list[Row]:
    numbers = [number for number, _, _ in rows]
    identities: dict[int, list[Name]] = {number: [] for number in numbers}
    known = Identity.objects.filter(person__in=numbers).order_by("pk")
    for person, namespace, value in known.values_list("person", "namespace", "value"):
        identities[person].append(Name(namespace, value))
    tags: dict[int, dict[str, None]] = {number: {} for number in numbers}
    carried = Tagging.objects.filter(identity__person__in=numbers).order_by("tag__group__name", "tag__name")
    for person, name in carried.values_list("identity__person", "tag__name"):
        tags[person][name] = None
    return [Row(pk, code(pk), name, since, identities[pk], list(tags[pk])) for pk, since, name in rows]


def person(number: int) -> Detail:
    """All that is known of the person that this number is an identity of."""
    who = Person.objects.filter(identities=number).first()
    if who is None:
        raise NoSuchPerson("nobody has that code")
    fields = Identity.objects.filter(person=who).order_by("seen_at", "pk")
    return Detail(
        number=who.pk,
        code=code(who.pk),
        name=who.name,
        since=who.since,
        identities=[Known(*row) for row in fields.values_list("pk", "namespace", "value", "source", "seen_at")],
        traits=traits(who),
        tags=tags(who),
    )


def traits(who: Person) -> list[KnownTrait]:
    """The newest value of every trait, whichever identity it was learnt of; what was unset is gone."""
    known = Trait.objects.filter(identity__person=who).order_by("name", "at", "pk")
    newest = {row[0]: KnownTrait(*row) for row in known.values_list("name", "value", "source", "at", "private")}
    return [one for one in newest.values() if one.value is not None]


def tags(who: Person) -> list[CarriedTag]:
    carried = Tagging.objects.filter(identity__person=who).order_by("tag__group__name", "tag__name", "-at")
    rows = carried.values_list("tag", "tag__group__name", "tag__name", "by", "at")
    return list({row[0]: CarriedTag(*row) for row in rows}.values())


def tag_list() -> list[TagRow]:
    """All tags by group and name, those retired too: some people still carry them."""
    known = Tag.objects.order_by("group__name", "name")
    return [TagRow(*row) for row in known.values_list("pk", "group__name", "name", "group__exclusive", "retired_at")]


def tag_numbered(number: int) -> Tag:
    found = Tag.objects.select_related("group").filter(pk=number).first()
    if found is None:
        raise NoSuchTag("no tag has that code")
    return found


def timeline(
    number: int, before: tuple[datetime, int] | None = None, limit: int = 50, names: Collection[str] = ()
) -> Page[Happening]:
    """What happened to the person, newest first: all, or the events of these names only. Behaviour that only landed
    stands in the lake, not here."""
    numbers = list(Identity.objects.filter(person__identities=number).values_list("pk", flat=True))
    if not numbers:
        raise NoSuchPerson("nobody has that code")
    entries = Entry.objects.filter(identity__in=numbers)
    if names:
        entries = entries.filter(name__in=names)
    if before:
        at, position = before
        entries = entries.filter(at__lte=at).exclude(at=at, pk__gte=position)
    limit = min(limit, MOST)
    fields = ("position", "name", "at", "source", "imported", "body")
    rows = list(entries.order_by("-at", "-pk").values(*fields)[: limit + 1])
    happenings = [Happening(**row | {"body": msgspec.json.decode(row["body"])}) for row in rows[:limit]]
    return Page(happenings, (happenings[-1].at, happenings[-1].position) if len(rows) > limit else None)


def find(code_or_value: str) -> list[int]:
    """The persons behind a code `per_…` or a value that somebody is known by (a phone, a member number)."""
    text = code_or_value.strip()
    number = codes.decode("per", text, settings.SECRET_KEY)
    asked = Q(value=text) if number is None else Q(pk=number)
    found = Identity.objects.filter(asked).order_by("person").values_list("person", flat=True)
    return list(dict.fromkeys(one for one in found if one is not None))


def numbered(claims: list[tuple[str, str]]) -> list[int]:
    """The numbers of identities that must be known."""
    known = look_up(claims)
    if missing := [value for namespace, value in claims if (namespace, value) not in known]:
        raise NoSuchPerson(f"nobody is known as {missing[0][:50]!r}")
    return [known[claim] for claim in claims]
