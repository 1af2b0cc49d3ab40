"""How traits are learnt of many at once: what was said about them, written and announced."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched
from typing import Any

from django.db import connection, transaction
from django.db.models import JSONNull, Q

from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.directory import Change
from siyu.core.people import operations
from siyu.core.people.models import Trait
from siyu.core.people.operations import Standing
from siyu.core.people.persons import persons_of, refresh
from siyu.core.people.traits import check
from siyu.events.people import PersonDescribed

CHUNK = 3_000


@dataclass(frozen=True)
class Description:
    """What was learnt of an identity at a moment. `private` says who somebody is: name, phone, address."""

    identity: int
    at: datetime
    traits: Mapping[str, Any] = field(default_factory=dict)
    private: Mapping[str, Any] = field(default_factory=dict)

    def facts(self) -> Iterator[tuple[str, Any, bool]]:
        yield from ((name, value, False) for name, value in self.traits.items() if name not in self.private)
        yield from ((name, value, True) for name, value in self.private.items())


Key = tuple[int, str]
Learnt = dict[Key, Standing]
"""{(identity, trait): how it stands}"""


@transaction.atomic
def describe_many(rows: Iterable[Description], *, source: str, imported: bool = False) -> set[Key]:
    """Learn traits of many; the (identity, name) that changed, which alone are announced.

    The newest `at` wins whatever the order of arrival; what is not newer changes nothing. The same value at a newer
    time is a change too: what is known is fresher.
    """
    return write(newest(rows), source=source, imported=imported)


@transaction.atomic
def learn(changes: Iterable[Change], *, source: str, imported: bool = False) -> set[Key]:
    """Operations on traits, as messages bring them. What is no valid trait is mended or left out."""
    by_identity: dict[int, list[Change]] = {}
    for change in changes:
        by_identity.setdefault(change.identity, []).append(change)
    plain = {who: some for who, some in by_identity.items() if all(one.operation == "set" for one in some)}
    simple = newest(Description(who, one.at, *sides(one)) for who, some in plain.items() for one in some)
    changed = write(simple, source=source, imported=imported)
    for some in batched(sorted(by_identity.keys() - plain.keys()), CHUNK):
        done = fold({who: by_identity[who] for who in some}, source)
        tell(done, source=source, imported=imported)
        changed |= done.keys()
    return changed


def sides(change: Change) -> tuple[dict[str, Any], dict[str, Any]]:
    told: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    for name, value, private in operations.told(change):
        told[private][name] = value
    return told


def newest(rows: Iterable[Description]) -> Learnt:
    """One value a trait, so that one statement can take them all."""
    learnt: Learnt = {}
    for row in rows:
        for name, value, private in row.facts():
            check(name, value)
            known = learnt.get((row.identity, name))
            if known is None or row.at > known.at:
                learnt[row.identity, name] = Standing(row.at, value, private)
    return learnt


def write(learnt: Learnt, *, source: str, imported: bool) -> set[Key]:
    """What was set, in one statement for those of whom nothing but that was ever said."""
    changed: set[Key] = set()
    for chunk in batched(sorted(learnt), CHUNK):
        odd = unusual({identity for identity, _ in chunk})
        done = keep({key: learnt[key] for key in chunk if key[0] not in odd}, source)
        done |= fold(as_changes({key: learnt[key] for key in chunk if key[0] in odd}), source)
        tell(done, source=source, imported=imported)
        changed |= done.keys()
    return changed


def unusual(identities: set[int]) -> set[int]:
    """Those with traits that were deleted, or are held otherwise than by a plain set."""
    odd = Q(name=operations.ALL) | Q(once_at__isnull=False) | Q(settled_at__isnull=False)
    return set(Trait.objects.filter(odd, identity__in=identities).values_list("identity", flat=True))


def as_changes(learnt: Learnt) -> dict[int, list[Change]]:
    changes: dict[int, list[Change]] = {}
    for (identity, name), one in learnt.items():
        said = ({}, {name: one.value}) if one.private else ({name: one.value}, {})
        changes.setdefault(identity, []).append(Change(identity, one.at, "set", *said))
    return changes


def keep(learnt: Learnt, source: str) -> Learnt:
    """Write what is newer than what is known, in one statement; what was written.

    The condition stands in the statement, so that two writers at once agree on the newest.
    """
    if not learnt:
        return {}
    moment, json = connection.ops.adapt_datetimefield_value, connection.ops.adapt_json_value
    values = [
        part
        for (identity, name), one in learnt.items()
        for part in (identity, name, json(one.value, None), source, moment(one.at), one.private)
    ]
    marks = ", ".join(["(%s, %s, %s, %s, %s, %s)"] * len(learnt))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO people_trait (identity_id, name, value, source, at, private) VALUES {marks}
            ON CONFLICT (identity_id, name) DO UPDATE SET value = excluded.value, source = excluded.source,
                at = excluded.at, private = excluded.private
            WHERE excluded.at > people_trait.at RETURNING identity_id, name""",
            values,
        )
        return {key: learnt[key] for key in cursor.fetchall()}


def fold(changes: dict[int, list[Change]], source: str) -> Learnt:
    """Operations one after another on what is known, which is locked for it; what is different then."""
    known: dict[int, operations.Known] = {who: {} for who in changes}
    rows = Trait.objects.filter(identity__in=changes).order_by("pk").select_for_update(no_key=True)
    for row in rows:
        stands = Standing(row.at, row.value, row.private, row.settled_at, row.once_at)
        known[row.identity_id][row.name] = stands
    different: Learnt = {}
    for who, some in changes.items():
        for change in operations.in_order(some):
            news = operations.after(known[who], change)
            known[who] |= news
            different |= {(who, name): stands for name, stands in news.items()}
    Trait.objects.bulk_create(
        [
            Trait(
                identity_id=who,
                name=name,
                value=JSONNull() if one.value is None else one.value,
                source=source,
                at=one.at,
                private=one.private,
                settled_at=one.settled_at,
                once_at=one.once_at,
            )
            for (who, name), one in different.items()
        ],
        update_conflicts=True,
        unique_fields=["identity", "name"],
        update_fields=["value", "source", "at", "private", "settled_at", "once_at"],
        batch_size=1_000,
    )
    return different


def tell(learnt: Learnt, *, source: str, imported: bool) -> None:
    """Announce how traits stand now: one event an identity and moment."""
    parts: dict[tuple[int, datetime], tuple[dict[str, Any], dict[str, Any]]] = {}
    for (identity, name), one in sorted(learnt.items()):
        if name != operations.ALL:
            parts.setdefault((identity, one.at), ({}, {}))[one.private][name] = one.value
    said = [
        PersonDescribed(at=at, identity=identity, traits=traits, private=private, source=source)
        for (identity, at), (traits, private) in parts.items()
    ]
    announce(*said, source=source, imported=imported)
    named = sorted(identity for identity, name in learnt if name == "name")
    refresh({person for some in batched(named, CHUNK) for person in persons_of(some)})
