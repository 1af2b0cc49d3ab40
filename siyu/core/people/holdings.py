"""A registry: who holds something about people. An export asks all of them; an erasure closes when all have answered.

A holding answers for its own tables and files. It may keep what a law wants kept, and says which; what it keeps names
nobody. `erase` is asked again after a kill and then finds nothing left to do.
"""

from typing import Protocol

from siyu.core.eventlog.forgetting import Answer, Files, Somebody

__all__ = ["Answer", "Files", "Holding", "Somebody", "all_holdings", "hold"]


class Holding(Protocol):
    name: str

    def count(self, who: Somebody) -> dict[str, int]:
        """What it holds of them, for whoever has to decide: {kind: how many}."""
        ...

    def export(self, who: Somebody) -> Files:
        """All of it, in words that the person can read: {file: rows}."""
        ...

    def erase(self, who: Somebody) -> Answer:
        """Forget them, in transactions of its own. Twice is once."""
        ...


FEATURES = 50
"""The turn of what hangs on identity numbers and nowhere else: it moves with them when persons are joined or split."""
_known: dict[str, tuple[int, Holding]] = {}


def hold(holding: Holding, *, turn: int = FEATURES) -> None:
    """Take part. Holdings are asked by `turn`, lowest first: what is derived from another comes after it."""
    _known[holding.name] = turn, holding


def moving() -> list[Holding]:
    return [holding for holding in all_holdings() if _known[holding.name][0] == FEATURES]


def all_holdings() -> list[Holding]:
    return [holding for _, holding in sorted(_known.values(), key=lambda known: (known[0], known[1].name))]
