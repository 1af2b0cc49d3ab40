"""Everything that can happen, one small file per package; it is also the tracking plan.

An event is never edited: a new meaning gets a new name. It carries ids, not objects, and what a
stranger needs next year.
"""

from siyu.events import (
    benefits,
    broadcasts,
    commerce,
    insight,
    ledger,
    links,
    loyalty,
    membership,
    outreach,
    people,
    points,
    traffic,
    trials,
)
from siyu.events.base import BY_NAME, Event, Item

__all__ = [
    "BY_NAME",
    "Event",
    "Item",
    "benefits",
    "broadcasts",
    "commerce",
    "insight",
    "ledger",
    "links",
    "loyalty",
    "membership",
    "outreach",
    "people",
    "points",
    "traffic",
    "trials",
]
