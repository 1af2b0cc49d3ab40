"""A registry: who keeps the people that messages speak of. The log itself knows identity numbers only."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple, Protocol

Claim = tuple[str, str]
"""(namespace, value): who a message says it is from, before anybody gave that a number."""

Operation = Literal["set", "set_once", "increment", "append", "unset", "delete"]


class Match(NamedTuple):
    """A message that speaks of two identities as one person."""

    a: int
    b: int
    rule: str
    at: datetime
    source: str
    message: int | None = None


class Change(NamedTuple):
    """What a message says of an identity. `unset` takes the names of its traits only, `delete` forgets all traits."""

    identity: int
    at: datetime
    operation: Operation
    traits: Mapping[str, Any]
    private: Mapping[str, Any] = {}


class Directory(Protocol):
    """What the drain asks of whoever keeps people. All of it is set-wise.

    `number` is idempotent and stands on its own. `matched`, `parted` and `learnt` are called in the transaction that
    ends a step, exactly once for each message.
    """

    def normal(self, claims: Iterable[Claim]) -> dict[Claim, Claim]:
        """{claim as sent: claim as it is kept}; what names nobody is not in the answer."""
        ...

    def number(self, claims: dict[Claim, datetime], *, source: str, imported: bool) -> dict[Claim, int]:
        """{claim: first seen} in, {claim: number} out, made where it is new. Who was erased is not in the answer."""
        ...

    def erased(self, claims: Iterable[Claim]) -> dict[Claim, datetime]:
        """Of these claims those whose person was erased, and when: what happened before is nobody's."""
        ...

    def naming_the_erased(self, texts: Sequence[str]) -> list[bool]:
        """Of each text whether it names somebody who was erased and has not come back."""
        ...

    def edition(self) -> Hashable:
        """Another one as soon as somebody was erased: until then a claim that has a number keeps it."""
        ...

    def matched(self, matches: Iterable[Match], *, imported: bool) -> None: ...

    def parted(self, matches: Iterable[Match], *, imported: bool) -> None:
        """What a message says not to be one person any more."""
        ...

    def learnt(self, changes: Iterable[Change], *, source: str, imported: bool) -> None: ...


_kept: list[Directory] = []


def kept_by(directory: Directory) -> None:
    """Whoever keeps people (core/people) says so here."""
    _kept[:] = [directory]


def directory() -> Directory:
    return _kept[0]
