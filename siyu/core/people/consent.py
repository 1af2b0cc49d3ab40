"""What people allow: per channel and purpose, said by whom and when. Silence is a no.

A word hangs on the identity it was said of, and the newest counts, whatever the order of arrival. Of a person with
several identities the strictest newest word holds: one no is a no, until whoever has it says yes. What a transaction
needs (an order's receipt, a code to sign in) needs no consent.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from typing import NamedTuple

import msgspec
from django.db import connection, transaction
from django.db.models import QuerySet

from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.models import Entry
from siyu.core.people.codes import NoSuchPerson
from siyu.core.people.models import Consent, Identity
from siyu.events.people import ConsentGiven, ConsentWithdrawn
from siyu.kit.refusals import Refused

CHANNELS = (
    "inapp", "email", "sms", "phone", "mail", "wechat", "wecom", "mini_program", "app_push", "web_push", "ads",
)  # fmt: skip
PURPOSES = ("marketing", "service", "social")
CHUNK = 3_000
HISTORY = 100


class NoSuchConsent(Refused):
    code = "no_such_consent"
    status = 422


class Word(NamedTuple):
    """What was said of an identity."""

    identity: int
    channel: str
    purpose: str
    granted: bool
    at: datetime


Key = tuple[int, str, str]


@dataclass(frozen=True)
class Standing:
    """What holds of a person for a channel and purpose, and who said so."""

    channel: str
    purpose: str
    granted: bool
    source: str
    at: datetime


@transaction.atomic
def give(*, person: int, channel: str, purpose: str = "marketing", source: str, at: datetime) -> int:
    """The person says yes: every identity that said otherwise says so now; how many words changed."""
    return say(Word(person, channel, purpose, True, at), source)


@transaction.atomic
def withdraw(*, person: int, channel: str, purpose: str = "marketing", source: str, at: datetime) -> int:
    """The person says no. It is always possible, also where nobody ever said yes."""
    return say(Word(person, channel, purpose, False, at), source)


def say(word: Word, source: str) -> int:
    """A person is addressed by any identity; the word is its own, and that of all who said the opposite."""
    if not Identity.objects.filter(pk=word.identity, person__isnull=False).exists():
        raise NoSuchPerson("nobody has that code")
    others = said_by(Identity.objects.filter(person__identities=word.identity), word.channel, word.purpose)
    who = {word.identity, *others.exclude(granted=word.granted).values_list("identity", flat=True)}
    return len(take([word._replace(identity=one) for one in who], source=source))


@transaction.atomic
def withdraw_many(*, when: Mapping[int, datetime], channel: str, purpose: str, source: str) -> int:
    """The same of many, by any of their numbers; whoever is nobody any more is left out."""
    mine = Identity.objects.filter(pk__in=when, person__isnull=False).values_list("pk", flat=True)
    theirs = Identity.objects.filter(person__identities__in=when)
    granted = said_by(theirs, channel, purpose).filter(granted=True, identity__person__identities__in=when)
    others = granted.values_list("identity", "identity__person__identities")
    who = {*((one, one) for one in mine), *others}
    return len(take([Word(one, channel, purpose, False, when[said]) for one, said in who], source=source))


def said_by(identities: QuerySet[Identity], channel: str, purpose: str) -> QuerySet[Consent]:
    """What these said. They are looked for first: SQLite would else read what everybody said of that channel."""
    return Consent.objects.filter(identity__in=identities.values("pk"), channel=channel, purpose=purpose)


@transaction.atomic
def take(words: Iterable[Word], *, source: str, imported: bool = False) -> set[Key]:
    """Take in what was said of many; what is newer than what is known counts, and of one moment the no."""
    newest: dict[Key, Word] = {}
    for word in words:
        check(word.channel, word.purpose)
        key = (word.identity, word.channel, word.purpose)
        if key not in newest or beats(word, newest[key]):
            newest[key] = word
    changed: set[Key] = set()
    for chunk in batched(sorted(newest), CHUNK):
        changed |= keep([newest[key] for key in chunk], source)
    said = [newest[key] for key in sorted(changed)]
    announce(*(event(word, source) for word in said), source=source, imported=imported)
    return changed


def check(channel: str, purpose: str) -> None:
    if channel not in CHANNELS:
        raise NoSuchConsent(f"{channel[:40]!r} is no channel; there are {', '.join(CHANNELS)}")
    if purpose not in PURPOSES:
        raise NoSuchConsent(f"{purpose[:40]!r} is no purpose that needs consent; there are {', '.join(PURPOSES)}")


def beats(word: Word, other: Word) -> bool:
    return (word.at, not word.granted) > (other.at, not other.granted)


def keep(words: list[Word], source: str) -> set[Key]:
    """In one statement, with the condition in it, so that two writers at once agree."""
    moment = connection.ops.adapt_datetimefield_value
    values = [part for w in words for part in (w.identity, w.channel, w.purpose, w.granted, source, moment(w.at))]
    marks = ", ".join(["(%s, %s, %s, %s, %s, %s)"] * len(words))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO people_consent (identity_id, channel, purpose, granted, source, at) VALUES {marks}
            ON CONFLICT (identity_id, channel, purpose) DO UPDATE SET
                granted = excluded.granted, source = excluded.source, at = excluded.at
            WHERE excluded.at > people_consent.at
                OR (excluded.at = people_consent.at AND people_consent.granted AND NOT excluded.granted)
            RETURNING identity_id, channel, purpose""",
            values,
        )
        return set(cursor.fetchall())


def event(word: Word, source: str) -> ConsentGiven | ConsentWithdrawn:
    kind = ConsentGiven if word.granted else ConsentWithdrawn
    return kind(at=word.at, identity=word.identity, channel=word.channel, purpose=word.purpose, source=source)


def standing(person: int) -> list[Standing]:
    """What holds of the person behind this number: per channel and purpose the strictest newest word."""
    words = Consent.objects.filter(identity__person__identities=person).order_by("-granted", "at", "pk")
    fields = ("channel", "purpose", "granted", "source", "at")
    found = {row[:2]: Standing(*row) for row in words.values_list(*fields)}
    return sorted(found.values(), key=lambda one: (CHANNELS.index(one.channel), PURPOSES.index(one.purpose)))


def history(person: int) -> list[Standing]:
    """How it came to be, the newest first."""
    numbers = list(Identity.objects.filter(person__identities=person).values_list("pk", flat=True))
    names = (ConsentGiven.name, ConsentWithdrawn.name)
    entries = Entry.objects.filter(identity__in=numbers, name__in=names).order_by("-at", "-pk")[:HISTORY]
    return [told(entry) for entry in entries]


def told(entry: Entry) -> Standing:
    said = msgspec.json.decode(entry.body).get("properties", {})
    granted = entry.name == ConsentGiven.name
    return Standing(said.get("channel", ""), said.get("purpose", ""), granted, entry.source, entry.at)


def allowed(persons: Iterable[int], channel: str, purpose: str) -> set[int]:
    """Of these persons those who said yes and never no since, on any of their identities."""
    check(channel, purpose)
    found: set[int] = set()
    for some in batched(sorted(set(persons)), CHUNK):
        theirs = said_by(Identity.objects.filter(person__in=some), channel, purpose)
        said = list(theirs.values_list("identity__person", "granted"))
        found |= {who for who, _ in said} - {who for who, granted in said if not granted}
    return found
