"""Tags: words that operators and rules stick on people. A tagging hangs on the identity as sent."""

from collections.abc import Iterable
from datetime import datetime
from itertools import batched

from django.db import IntegrityError, connection, transaction

from siyu.core.eventlog.announce import announce
from siyu.core.people.codes import NoSuchPerson
from siyu.core.people.models import Identity, Person, Tag, Tagging, TagGroup
from siyu.events.people import PersonTagged, PersonUntagged, TagRenamed
from siyu.kit.refusals import Refused

CHUNK = 3_000


class NoSuchTag(Refused):
    code = "no_such_tag"
    status = 404


class BadTag(Refused):
    code = "bad_tag"
    status = 422


class TagRetired(Refused):
    code = "tag_retired"
    status = 409


class TagExists(Refused):
    code = "tag_exists"
    status = 409


@transaction.atomic
def make_tag(group: str, name: str, *, exclusive: bool | None = None) -> Tag:
    """The tag of that name, made where it is new and brought back where it was retired.

    `exclusive`: a person carries at most one tag of the group. None leaves the group as it is; an existing group
    does not change its mind, since people may carry several by now.
    """
    its_group, _ = TagGroup.objects.get_or_create(name=named(group), defaults={"exclusive": bool(exclusive)})
    if exclusive is not None and its_group.exclusive != exclusive:
        raise BadTag(f"the group {group} is {'not ' if exclusive else ''}exclusive")
    tag, _ = Tag.objects.update_or_create(group=its_group, name=named(name), defaults={"retired_at": None})
    return tag


def named(text: str) -> str:
    text = text.strip()
    if not 0 < len(text) <= 50 or any(letter < " " for letter in text):
        raise BadTag("a name has 1 to 50 characters")
    return text


@transaction.atomic
def rename_tag(*, tag: Tag, name: str, at: datetime) -> Tag:
    """Call it otherwise; who carries it carries it on."""
    tag.name = named(name)
    try:
        with transaction.atomic():
            tag.save(update_fields=["name"])
    except IntegrityError:
        raise TagExists(f"{tag.group.name} has a tag {tag.name} already") from None
    announce(TagRenamed(at=at, tag_id=tag.pk, tag=tag.name, group=tag.group.name))
    return tag


def retire_tag(*, tag: Tag, at: datetime) -> Tag:
    """From now on nobody gets it; who carries it carries it on."""
    tag.retired_at = at
    tag.save(update_fields=["retired_at"])
    return tag


@transaction.atomic
def tag(*, tag: Tag, identities: Iterable[int], by: str, at: datetime, imported: bool = False) -> int:
    """Tag these identities; how many did not carry it yet. Of an exclusive group, the new tag replaces the old."""
    if tag.retired_at:
        raise TagRetired(f"{tag.name} is retired")
    total = 0
    for some in batched(sorted(set(identities)), CHUNK):
        check(some)
        if tag.group.exclusive:
            replace(tag, some, by, at, imported)
        tagged = stick(tag, some, by, at)
        announce(
            *(
                PersonTagged(at=at, identity=one, tag_id=tag.pk, tag=tag.name, group=tag.group.name, by=by)
                for one in sorted(tagged)
            ),
            imported=imported,
        )
        total += len(tagged)
    return total


@transaction.atomic
def untag(*, tag: Tag, identities: Iterable[int], by: str, at: datetime, imported: bool = False) -> int:
    """Take the tag from the persons behind these identities, whichever identity it hangs on; how many taggings went."""
    total = 0
    for some in batched(sorted(set(identities)), CHUNK):
        check(some)
        total += peel(some, by, at, imported, tag=tag)
    return total


def check(identities: tuple[int, ...]) -> None:
    if Identity.objects.filter(pk__in=identities).count() < len(identities):
        raise NoSuchPerson("one of these identities is unknown")


def replace(tag: Tag, identities: tuple[int, ...], by: str, at: datetime, imported: bool) -> None:
    """Clear the way for a tag of an exclusive group; persons are locked, so that two tags cannot both win."""
    persons = Person.objects.filter(identities__in=identities).order_by("pk")
    list(Person.objects.filter(pk__in=persons.values("pk")).order_by("pk").select_for_update(no_key=True))
    others = Tag.objects.filter(group=tag.group).exclude(pk=tag.pk)
    peel(identities, by, at, imported, tag__in=others)


def peel(identities: tuple[int, ...], by: str, at: datetime, imported: bool, **which: object) -> int:
    """Remove taggings of everybody behind the identities and announce them; only who deletes a row announces it."""
    persons = Identity.objects.filter(pk__in=identities).values("person")
    found = Tagging.objects.filter(identity__person__in=persons, **which).order_by("pk").select_for_update(of=("self",))
    gone = list(found.values_list("pk", "identity", "tag", "tag__name", "tag__group__name"))
    Tagging.objects.filter(pk__in=[row[0] for row in gone]).delete()
    announce(
        *(
            PersonUntagged(at=at, identity=identity, tag_id=tag, tag=name, group=group, by=by)
            for _, identity, tag, name, group in gone
        ),
        imported=imported,
    )
    return len(gone)


def stick(tag: Tag, identities: tuple[int, ...], by: str, at: datetime) -> set[int]:
    """The unique constraint decides who is new."""
    moment = connection.ops.adapt_datetimefield_value(at)
    marks = ", ".join(["(%s, %s, %s, %s)"] * len(identities))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO people_tagging (tag_id, identity_id, at, "by") VALUES {marks}
            ON CONFLICT DO NOTHING RETURNING identity_id""",
            [part for one in identities for part in (tag.pk, one, moment, by)],
        )
        return {identity for (identity,) in cursor.fetchall()}
