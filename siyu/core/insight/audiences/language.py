"""The audience language as nodes: what a definition means once it has been read. Closed, version 1."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

VERSION = 1
DEPTH = 12
NODES = 200
LIST = 1_000
PEOPLE = 100_000
STEPS = 5
TEXT = 200
DAYS = 36_600

Scalar = str | int | float | bool
Value = Scalar | list[Scalar] | None


@dataclass(frozen=True)
class Comparison:
    """What a number, a text or a moment is held against. `kind` says how the value is to be understood."""

    op: str
    value: Value
    kind: str = "number"


@dataclass(frozen=True)
class Condition:
    """A comparison on one field of an event: `amount`, `category`, `properties.sku`."""

    field: str
    test: Comparison


@dataclass(frozen=True)
class Rolling:
    """`days`: that many whole brand days before as_of's day, and as_of's day so far. `hours`: exactly so many."""

    unit: str
    n: int
    zone: str | None = None


@dataclass(frozen=True)
class Calendar:
    """`n` whole units, the last of which lies `offset` units from the present one (0: this one, -1: the one before)."""

    unit: str
    n: int
    offset: int
    zone: str | None = None


@dataclass(frozen=True)
class Between:
    """From the beginning of one day to the beginning of another."""

    first: date
    end: date
    zone: str | None = None


Window = Rolling | Calendar | Between


@dataclass(frozen=True)
class Step:
    """Something done: an event and what must hold of it."""

    event: str
    where: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class Node:
    """A part of a definition. `op` is its key in the JSON."""

    @property
    def op(self) -> str:
        return OPS[type(self)]

    @property
    def children(self) -> tuple["Node", ...]:
        return ()


@dataclass(frozen=True)
class Many(Node):
    nodes: tuple[Node, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        return self.nodes


@dataclass(frozen=True)
class All(Many):
    """Everyone whom all of the nodes hold; without nodes: everyone."""


@dataclass(frozen=True)
class AnyOf(Many):
    """Everyone whom one of the nodes holds; without nodes: nobody."""


@dataclass(frozen=True)
class Not(Node):
    node: Node

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.node,)


@dataclass(frozen=True)
class InAudience(Node):
    """A saved audience, with what it says at this moment."""

    name: str
    node: Node

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.node,)


@dataclass(frozen=True)
class Leaf(Node):
    """A question that facts answer."""


@dataclass(frozen=True)
class Trait(Leaf):
    """A portrait column, or what somebody told. Who has no value is in no comparison but `unknown`."""

    name: str
    test: Comparison
    portrait: bool


@dataclass(frozen=True)
class Did(Leaf):
    """`measure` (count, sum, distinct, days) of what somebody did in the window; who did nothing measures 0."""

    step: Step
    measure: str
    field: str | None
    test: Comparison
    window: Window | None


@dataclass(frozen=True)
class Edge(Leaf):
    """The first or the last time, ever: in a window, or so many brand days ago."""

    step: Step
    window: Window | None
    days_ago: Comparison | None


@dataclass(frozen=True)
class FirstDid(Edge):
    pass


@dataclass(frozen=True)
class LastDid(Edge):
    pass


@dataclass(frozen=True)
class Sequence(Leaf):
    """The steps one after another, each later than the one before and within so many hours of it."""

    steps: tuple[Step, ...]
    hours: int
    window: Window | None


@dataclass(frozen=True)
class Regularity(Leaf):
    """How evenly somebody does it, by distinct brand days.

    cv: deviation of the gaps over their mean; weeks: in how many of the last `of` weeks; silent: days since the last
    time over the own usual (median) gap. cv and silent need `least` gaps.
    """

    step: Step
    measure: str
    test: Comparison
    of: int
    least: int
    window: Window | None


@dataclass(frozen=True)
class Tag(Leaf):
    name: str
    group: str | None


@dataclass(frozen=True)
class Level(Leaf):
    """The level that somebody holds, by the newest step up or down."""

    test: Comparison


@dataclass(frozen=True)
class Membership(Leaf):
    """The tier of the paid membership that somebody holds, by the newest word of it."""

    test: Comparison


@dataclass(frozen=True)
class Acquired(Leaf):
    """By which domain, platform, channel, campaign or creator a buyer came, as it was drawn last."""

    by: str
    test: Comparison


@dataclass(frozen=True)
class Reachable(Leaf):
    """Who said yes to a channel and purpose, and no since with none of their identities. Silence is a no."""

    channel: str
    purpose: str


@dataclass(frozen=True)
class Bucket(Leaf):
    """A stable tenth-of-a-thousandth of people for every salt: [first, end) of 10,000."""

    salt: str
    first: int
    end: int


@dataclass(frozen=True)
class Members(Leaf):
    people: tuple[int, ...]


OPS: dict[type[Node], str] = {
    All: "all",
    AnyOf: "any",
    Not: "not",
    InAudience: "in_audience",
    Trait: "trait",
    Did: "did",
    FirstDid: "first_did",
    LastDid: "last_did",
    Sequence: "sequence",
    Regularity: "regularity",
    Tag: "tag",
    Level: "level",
    Membership: "membership",
    Acquired: "acquired",
    Reachable: "reachable",
    Bucket: "bucket",
    Members: "members",
}


@dataclass(frozen=True)
class Definition:
    """A definition that was read and found sound."""

    node: Node
    source: dict


def leaves(node: Node) -> Iterator[Leaf]:
    """Every leaf, in the order of the JSON."""
    if isinstance(node, Leaf):
        yield node
    for child in node.children:
        yield from leaves(child)
