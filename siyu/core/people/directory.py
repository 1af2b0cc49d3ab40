"""What the event log asks of people: numbers for claims, and what messages say of who is whom and what is known."""

from collections.abc import Iterable
from datetime import datetime

from siyu.core.eventlog.directory import Change, Claim, Match
from siyu.core.people import learning, numbers, tombstones


class People:
    """The one `Directory` of this house."""

    def number(self, claims: dict[Claim, datetime], *, source: str, imported: bool) -> dict[Claim, int]:
        return numbers.number(claims, source=source, imported=imported) if claims else {}

    def erased(self, claims: Iterable[Claim]) -> dict[Claim, datetime]:
        return tombstones.erased(claims)

    def matched(self, matches: Iterable[Match], *, imported: bool) -> None:
        """Evidence for the identity graph."""

    def learnt(self, changes: Iterable[Change], *, source: str, imported: bool) -> None:
        learning.learn(changes, source=source, imported=imported)
