"""What is known of those who are asked about: who they are, what they allow, where they are reached. Read before the
gate's transaction, so that nobody waits for it; what changes meanwhile is seen again when a message is posted."""

from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import available_timezones

import numpy as np
from django.conf import settings
from django.db import connection

from siyu.core.outreach.channels import Channel
from siyu.core.outreach.gate.sets import among, columns, distinct, near, whole, within
from siyu.core.outreach.models import Suppression
from siyu.core.people.models import Trait


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


def words_of(channel: Channel, kind: str, numbers: np.ndarray) -> Words:
    """What these identities said of the channel and purpose."""
    rest = "FROM people_consent WHERE channel = %s AND purpose = %s"
    [said] = near(
        distinct(numbers), [f"identity_id * 2 + {whole('granted')}"], rest, [channel.consent, kind], "identity_id"
    )
    said.sort()
    return Words(said >> 1, said & 1)


def look(people: np.ndarray, channel: Channel, kind: str, barred: np.ndarray, units: np.ndarray | None) -> Looked:
    """`people` are sorted numbers of any identities; `units` are those of the people, where groups or places are
    drawn. `barred`: identities whose address is suppressed."""
    numbers, owners, address, word = identities(people, channel, kind)
    persons, asked = distinct(owners), people
    if len(persons) < len(people) or not within(people, persons).all():
        # some are asked about by another of their identities, or are nobody any more
        strangers = people[~within(people, persons)]
        asked, numbers, owners, address, word = moved(people, strangers, channel, kind)
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


def identities(people: np.ndarray, channel: Channel, kind: str) -> list[np.ndarray]:
    """Number, person, whether it is an address, and its word (1 yes, 0 no, -1 none), of all identities of persons."""
    listed = f"(namespace IN ({', '.join(['%s'] * len(channel.namespaces))}))" if channel.namespaces else "false"
    asked = [f"id * 2 + {whole(listed)}", "person_id"]
    found = near(people, asked, "FROM people_identity WHERE 1 = 1", channel.namespaces, "person_id")
    mine = within(found[1], people)
    marked, owners = found if mine.all() else [column[mine] for column in found]
    numbers = marked >> 1
    return [numbers, owners, marked & 1, words_of(channel, kind, numbers).of(numbers)]


def agreed(word: np.ndarray, whose: np.ndarray, persons: np.ndarray, kind: str) -> np.ndarray:
    """Who said yes and never no since, on any of their identities; a transaction asks nobody."""
    if kind == "transactional":
        return np.ones(len(persons), dtype=bool)
    return marked(word == 1, whose, persons) & ~marked(word == 0, whose, persons)


def moved(people: np.ndarray, strangers: np.ndarray, channel: Channel, kind: str) -> tuple[np.ndarray, ...]:
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
    return asked, *identities(distinct(asked[asked > 0]), channel, kind)


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
