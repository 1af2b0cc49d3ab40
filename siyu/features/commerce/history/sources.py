"""Whoever tells of orders from elsewhere, and what became of what they told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from siyu.core.people.numbers import forgotten
from siyu.events import Event
from siyu.features.commerce import rules
from siyu.features.commerce.models import Order, Refund
from siyu.features.commerce.rules import OrderState, RefundState
from siyu.kit.refusals import Refused


@dataclass
class Outcome:
    """Numbers of documents by what became of them."""

    placed: list[str] = field(default_factory=list)
    corrected: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)


class OurOwn(Refused):
    code = "our_own"
    status = 409


def not_our_own(source: str) -> None:
    if source == rules.SHOP:
        raise OurOwn(f"orders and products of {source} are made in our own shop, and nowhere else")


def of_the_forgotten[State: (OrderState, RefundState)](
    states: list[State], known: Mapping[str, Order | Refund]
) -> list[State]:
    """A buyer who was erased has no number any more that a file could say. Their orders keep the one that they have,
    and are not corrected by files that say the same as ever."""
    kept = {s.number: known[s.number].identity_id for s in states if s.identity is None and s.number in known}
    gone = forgotten(who for who in kept.values() if who is not None)
    return [
        msgspec.structs.replace(state, identity=kept[state.number]) if kept.get(state.number) in gone else state
        for state in states
    ]


def as_rows(events: Iterable[Event]) -> Iterable[tuple]:
    return ((event.name, event.at, event.identity, event.body()) for event in events)
