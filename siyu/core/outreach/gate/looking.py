"""What is known of those who are asked about: who they are, what they allow, where they are reached. Read before the
gate's transaction, so that nobody waits for it; what changes meanwhile is seen again when a message is posted."""

from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import available_timezones

import numpy as np
from django.conf import settings
from django.db import connection

from siyu.core.outreach.channels import Channel
from siyu.core.outreach.gate.sets import among, columns, distinct, within
from siyu.core.outreach.models import Suppression
from siyu.core.people.models import Trait

NEAR = 4
"""So many numbers to one that is asked about: then all between are read in one go, which is quicker than each."""


@dataclass(frozen=True)
class Looked:
    """`persons` are sorted; the other arrays of the first block stand beside them."""

    persons: np.ndarray
    suppressed: np.ndarray
    consenting: np.ndarray
    reachable: np.ndarray

    gone: np.ndarray
    """Numbers that are nobody's: erased."""
    numbers: np.ndarray
    """Every identity of the persons …"""
    whose: np.ndarray
    """… and which of them it belongs to."""
    units: np.ndarray | None = None


class Words(NamedTuple):
    """Who said yes or no; sorted by identity."""

    identities: np.ndarray
    granted: np.ndarray

    def of(self, numbers: np.ndarray) -> np.ndarray:
        """1: yes, 0: no, -1: nothing."""
        found = np.full(len(numbers), -1, dtype=np.int64)
        if len(self.identities):
            place = np.minimum(np.searchsorted(self.identities, numbers), len(self.identities) - 1)
            said = self.identities[place] == numbers
            found[said] = self.granted[place[said]]
        return found


def words_of(channel: Channel, kind: str, numbers: np.ndarray | None = None) -> Words:
    """What these identities said of the channel and purpose; without numbers: what everybody did, in one sweep."""
    granted = "granted" if connection.vendor == "sqlite" else "granted::int"
    rest, values = "FROM people_consent WHERE channel = %s AND purpose = %s", [channel.consent, kind]
    if numbers is not None:
        some, listed = among(numbers)
        rest, values = f"{rest} AND identity_id IN {some}", [*values, listed]
    who, said = columns(["identity_id", granted], rest, values)
    order = np.argsort(who, kind="stable")
    return Words(who[order], said[order])


def look(
    people: np.ndarray, channel: Channel, kind: str, barred: np.ndarray, units: np.ndarray | None,
    *, words: Words | None = None,
) -> Looked:  # fmt: skip
    """`people` are sorted numbers of any identities; `units` are those of the people, where groups or places are
    drawn. `barred`: identities whose address is suppressed. `words`: what everybody said, where that is known."""
    numbers, owners, address, word = identities(people, channel, kind, words)
    persons, asked = distinct(owners), people
    if len(persons) < len(people) or not within(people, persons).all():
        # some are asked about by another of their identities, or are nobody any more
        strangers = people[~within(people, persons)]
        asked, numbers, owners, address, word = moved(people, strangers, channel, kind, words)
        persons = distinct(owners)
    whose = np.searchsorted(persons, owners)
    here = within(asked, persons) & (asked > 0)
    unit = None if units is None else units[first(asked, here, persons)]
    at_address, free = marked(address > 0, whose, persons), marked(free_of(numbers, address, barred), whose, persons)
    reached = within(persons, reached_by(channel, persons)) if channel.reach else free
    return Looked(
        persons=persons,
        suppressed=at_address & ~free,
        consenting=agreed(word, whose, persons, kind),
        reachable=reached if channel.reach or channel.namespaces else np.ones(len(persons), dtype=bool),
        gone=people[~here],
        numbers=numbers,
        whose=whose,
        units=unit,
    )


def identities(people: np.ndarray, channel: Channel, kind: str, words: Words | None) -> list[np.ndarray]:
    """Number, person, whether it is an address, and its word (1 yes, 0 no, -1 none), of all identities of persons."""
    address = f"CASE WHEN namespace IN ({', '.join(['%s'] * len(channel.namespaces))}) THEN 1 ELSE 0 END"
    asked = ["id", "person_id", address if channel.namespaces else "0"]
    some, listed = among(people)
    where, chosen = f"person_id IN {some}", [listed]
    if len(people) and int(people[-1] - people[0]) < NEAR * len(people):
        where, chosen = "person_id BETWEEN %s AND %s", [str(people[0]), str(people[-1])]
    found = columns(asked, f"FROM people_identity WHERE {where}", [*channel.namespaces, *chosen])
    mine = within(found[1], people)
    numbers, owners, reached = found if mine.all() else [column[mine] for column in found]
    return [numbers, owners, reached, (words or words_of(channel, kind, numbers)).of(numbers)]


def agreed(word: np.ndarray, whose: np.ndarray, persons: np.ndarray, kind: str) -> np.ndarray:
    """Who said yes and never no since, on any of their identities; a transaction asks nobody."""
    if kind == "transactional":
        return np.ones(len(persons), dtype=bool)
    return marked(word == 1, whose, persons) & ~marked(word == 0, whose, persons)


def moved(
    people: np.ndarray, strangers: np.ndarray, channel: Channel, kind: str, words: Words | None
) -> tuple[np.ndarray, ...]:
    """The same where some numbers are not a person's own; first the person of each who is asked about, 0: nobody."""
    some, listed = among(strangers)
    known, theirs = columns(
        ["id", "person_id"], f"FROM people_identity WHERE person_id IS NOT NULL AND id IN {some}", [listed]
    )
    order = np.argsort(known)
    known, theirs = known[order], theirs[order]
    asked = people.copy()
    asked[within(people, strangers)] = 0
    found = within(people, known)
    asked[found] = theirs[np.searchsorted(known, people[found])]
    return asked, *identities(distinct(asked[asked > 0]), channel, kind, words)


def first(asked: np.ndarray, here: np.ndarray, persons: np.ndarray) -> np.ndarray:
    """Where each person was asked about first."""
    places = np.flatnonzero(here)
    _, at = np.unique(asked[places], return_index=True)
    return places[at]


def marked(those: np.ndarray, whose: np.ndarray, persons: np.ndarray) -> np.ndarray:
    """Of each person whether one of those identities is theirs."""
    found = np.zeros(len(persons), dtype=bool)
    found[whose[those]] = True
    return found


def free_of(numbers: np.ndarray, address: np.ndarray, barred: np.ndarray) -> np.ndarray:
    return (address > 0) & ~within(numbers, barred)


def reached_by(channel: Channel, persons: np.ndarray) -> np.ndarray:
    assert channel.reach
    return np.array(sorted(channel.reach(persons)), dtype=np.int64)


def barred(channel: Channel) -> np.ndarray:
    """Identities whose address on this channel is suppressed."""
    known = Suppression.objects.filter(namespace__in=channel.namespaces, identity__isnull=False)
    return distinct(np.fromiter(known.values_list("identity", flat=True), dtype=np.int64))


def zones_of(persons: np.ndarray) -> dict[str, np.ndarray]:
    """{time zone: which of the persons}; where none is known, the brand's."""
    some, listed = among(persons)
    known = Trait.objects.filter(name="timezone")
    if not known.exists():
        return {settings.SIYU.zone: np.arange(len(persons))}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT i.person_id, t.value FROM people_identity i JOIN people_trait t ON t.identity_id = i.id
            WHERE i.person_id IN {some} AND t.name = 'timezone' ORDER BY t.at, t.id""",
            [listed],
        )
        said = {person: str(value).strip('"') for person, value in cursor.fetchall()}
    real = available_timezones()
    named = [said.get(person, "") for person in persons.tolist()]
    names = np.array([zone if zone in real else settings.SIYU.zone for zone in named])
    return {str(zone): np.flatnonzero(names == zone) for zone in np.unique(names)}
