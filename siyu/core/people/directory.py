"""What the event log asks of people: numbers for claims, and what messages say of who is whom and what is known."""

from collections.abc import Hashable, Iterable, Sequence
from datetime import datetime

from siyu.core.eventlog.directory import Change, Claim, Match
from siyu.core.people import learning, namespaces, numbers, tombstones
from siyu.core.people.graph.observing import observe, part
from siyu.core.people.recognising import naming_the_erased

LONGEST_NAMESPACE = 50


class People:
    """The one `Directory` of this house."""

    def normal(self, claims: Iterable[Claim]) -> dict[Claim, Claim]:
        kept = ((claim, namespaces.normal(*claim)) for claim in claims if 0 < len(claim[0]) <= LONGEST_NAMESPACE)
        return {claim: (claim[0], value) for claim, value in kept if value}

    def number(self, claims: dict[Claim, datetime], *, source: str, imported: bool) -> dict[Claim, int]:
        return numbers.number(claims, source=source, imported=imported) if claims else {}

    def erased(self, claims: Iterable[Claim]) -> dict[Claim, datetime]:
        return tombstones.erased(claims)

    def naming_the_erased(self, texts: Sequence[str]) -> list[bool]:
        return naming_the_erased(texts)

    def edition(self) -> Hashable:
        return tombstones.edition()

    def matched(self, matches: Iterable[Match], *, imported: bool) -> None:
        matches = list(matches)
        gone = numbers.forgotten(side for match in matches for side in (match.a, match.b))
        observe([match for match in matches if not {match.a, match.b} & gone], imported=imported)

    def parted(self, matches: Iterable[Match], *, imported: bool) -> None:
        part(matches, imported=imported)

    def learnt(self, changes: Iterable[Change], *, source: str, imported: bool) -> None:
        changes = list(changes)
        gone = numbers.forgotten(change.identity for change in changes)
        left = [change for change in changes if change.identity not in gone]
        learning.learn(left, source=source, imported=imported)
