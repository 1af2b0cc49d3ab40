"""Does a text name somebody who was erased? Their values are gone; its words are hashed like them and compared."""

import re
from collections.abc import Iterable, Iterator, Sequence

from siyu.core.eventlog.directory import Claim
from siyu.core.eventlog.forgetting import unescaped
from siyu.core.eventlog.models import Source
from siyu.core.people import namespaces, numbers, tombstones
from siyu.core.people.models import Tombstone

MOST = 20_000
"""Texts that are looked into at once; of more, every further one is taken to name somebody."""
WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|([^\s"\',;:{}\[\]()<>|=&?/\\]+)')
"""What stands in quotes, and what stands between signs."""
SHORTEST, LONGEST = 3, 100


def naming_the_erased(texts: Sequence[str]) -> list[bool]:
    """Of each text whether it names somebody who was erased and has not come back since."""
    if not texts or not Tombstone.objects.exists():
        return [False] * len(texts)
    spaces = {*namespaces.NAMESPACES, *Source.objects.values_list("namespace", flat=True)}
    claims = [set(claims_of(text, spaces)) for text in texts[:MOST]]
    gone = set(tombstones.erased(set().union(*claims)))
    gone -= set(numbers.look_up(gone))
    return [bool(said & gone) for said in claims] + [True] * (len(texts) - len(claims))


def claims_of(text: str, spaces: Iterable[str]) -> Iterator[Claim]:
    for word in words(text):
        for space in spaces:
            value = namespaces.normal(space, word)
            if value:
                yield space, value


def words(text: str) -> set[str]:
    plain = unescaped(text) if "\\u" in text else text
    pairs = WORD.findall(plain)
    found = {word for pair in pairs for word in pair} | {word for said, _ in pairs for _, word in WORD.findall(said)}
    return {word.strip(".!") for word in found if SHORTEST <= len(word) <= LONGEST}
