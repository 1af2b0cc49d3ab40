"""Why somebody is one person, what is contested, and what a decision would move."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from django.db import transaction
from django.db.models import Count

from siyu.core.eventlog.models import Entry
from siyu.core.people.codes import NoSuchPerson, code
from siyu.core.people.graph.deciding import NoSuchDecision, NoSuchEvidence, waiting
from siyu.core.people.graph.observing import PARTED
from siyu.core.people.graph.standing import STANDING
from siyu.core.people.holdings import Somebody, moving
from siyu.core.people.models import Decision, Edge, Identity, Person, Tagging

MOST = 200
JOINABLE = {"shared"}
"""Guards that an operator's word overrules."""
LOOKED_AT = 1_000
"""Contested ties that are looked into at once, the newest."""


class Known(NamedTuple):
    number: int
    namespace: str
    value: str
    person: int | None
    seen_at: datetime


@dataclass(frozen=True)
class Evidence:
    """A tie: by which rule, from where, since when; `refused` by which guard."""

    number: int
    a: Known
    b: Known
    rule: str
    source: str
    at: datetime
    message: int | None
    refused: str
    decision: int | None
    withdrawn_at: datetime | None
    withdrawn_by: str


@dataclass(frozen=True)
class Decided:
    number: int
    kind: str
    by: str
    at: datetime
    sides: tuple[Known, Known]


@dataclass(frozen=True)
class Why:
    """The chain that makes a person one; what a guard keeps away; what operators decided and can take back."""

    number: int
    code: str
    name: str
    identities: list[Known]
    evidence: list[Evidence]
    contested: list[Evidence]
    withdrawn: list[Evidence]
    decisions: list[Decided]


@dataclass(frozen=True)
class Side:
    """A person as it is, or would be: who it is and what hangs on it."""

    number: int
    code: str
    name: str
    identities: list[Known]
    orders: int
    amount: int
    tags: list[str]
    happenings: int
    holds: tuple[tuple[str, int], ...] = ()
    """What else hangs on it, as all packages say; in a preview only. Orders stand above, with their amount."""


@dataclass(frozen=True)
class Doubt:
    """Contested evidence, with both persons side by side. What is contested with the same identity stands behind it."""

    evidence: Evidence
    sides: tuple[Side, Side]
    joinable: bool
    around: Known
    """The one of the two that more is contested with."""
    more: int
    """So many further ties of it wait, among those that were looked into."""


def why(number: int) -> Why:
    who = Person.objects.filter(identities=number).first()
    if who is None:
        raise NoSuchPerson("nobody has that code")
    mine = set(Identity.objects.filter(person=who).values_list("pk", flat=True))
    touching = (Edge.objects.filter(a__in=mine) | Edge.objects.filter(b__in=mine)).exclude(rule=PARTED)
    standing = touching.filter(withdrawn_at=None)
    return Why(
        number=who.pk,
        code=code(who.pk),
        name=who.name,
        identities=list(known(mine).values()),
        evidence=told(standing.filter(refused="")),
        contested=told(standing.exclude(refused="")),
        withdrawn=told(touching.exclude(withdrawn_at=None)),
        decisions=decisions(mine),
    )


def told(edges: Any) -> list[Evidence]:
    fields = (
        "pk", "a_id", "b_id", "rule", "source", "at", "message", "refused", "decision_id", "withdrawn_at",
        "withdrawn_by",
    )  # fmt: skip
    rows = list(edges.order_by("at", "pk").values_list(*fields)[:MOST])
    ends = known({side for row in rows for side in row[1:3]})
    return [Evidence(row[0], ends[row[1]], ends[row[2]], *row[3:]) for row in rows]


def known(numbers: Iterable[int]) -> dict[int, Known]:
    rows = Identity.objects.filter(pk__in=numbers).order_by("seen_at", "pk")
    return {row[0]: Known(*row) for row in rows.values_list("pk", "namespace", "value", "person_id", "seen_at")}


def decisions(mine: set[int]) -> list[Decided]:
    """What still holds and touches these identities, newest first."""
    standing = Decision.objects.filter(undone_at=None)
    found = (
        standing.filter(edges__a__in=mine)
        | standing.filter(edges__b__in=mine)
        | standing.filter(separations__a__in=mine)
        | standing.filter(separations__b__in=mine)
    )
    rows = list(found.distinct().order_by("-at", "-pk")[:MOST])
    ends = known({side for one in rows for side in (one.person, one.other)})
    return [
        Decided(one.pk, one.kind, one.by, one.at, (ends[one.person], ends[one.other]))
        for one in rows
        if one.person in ends and one.other in ends
    ]


def decision_numbered(number: int) -> Decision:
    found = Decision.objects.filter(pk=number).first()
    if found is None:
        raise NoSuchDecision("there is no such decision")
    return found


def contested(limit: int = 20) -> list[Doubt]:
    """What a guard refused and nobody has looked at, newest first; once for each identity, however much is contested
    with it."""
    groups = gathered(waiting().order_by("-at", "-pk").values_list("pk", "a_id", "b_id")[:LOOKED_AT])
    shown = dict(list(groups.items())[: min(limit, MOST)])
    found = {one.number: one for one in told(Edge.objects.filter(pk__in=[pks[0] for pks in shown.values()]))}
    sides = {one.number: one for one in people_of({p for e in found.values() for p in (e.a.person, e.b.person) if p})}
    return [
        doubted(found[pks[0]], sides, around, len(pks) - 1)
        for around, pks in shown.items()
        if {found[pks[0]].a.person, found[pks[0]].b.person} <= sides.keys()
    ]


def gathered(ties: Iterable[tuple[int, int, int]]) -> dict[int, list[int]]:
    """{identity: its ties}; a tie counts to that of its ends which has more."""
    ties = list(ties)
    busy = Counter(side for _, a, b in ties for side in (a, b))
    groups: dict[int, list[int]] = {}
    for pk, a, b in ties:
        groups.setdefault(a if busy[a] > busy[b] else b, []).append(pk)
    return groups


def doubted(one: Evidence, sides: dict[int, Side], around: int, more: int) -> Doubt:
    assert one.a.person and one.b.person
    middle = one.a if one.a.number == around else one.b
    return Doubt(one, (sides[one.a.person], sides[one.b.person]), one.refused in JOINABLE, middle, more)


def contested_count() -> int:
    """How many ties wait; more than `LOOKED_AT` are not counted."""
    return waiting()[: LOOKED_AT + 1].count()


def doubt(edge: int) -> Evidence:
    found = told(STANDING.filter(pk=edge).exclude(refused=""))
    if not found:
        raise NoSuchEvidence("nothing is contested there")
    return found[0]


def people_of(persons: set[int]) -> list[Side]:
    """These persons with what hangs on them, by a constant number of queries."""
    rows = dict(Person.objects.filter(pk__in=persons).values_list("pk", "name"))
    members: dict[int, list[Known]] = {pk: [] for pk in rows}
    for one in known(Identity.objects.filter(person__in=rows).values_list("pk", flat=True)).values():
        members[one.person or 0].append(one)
    owner = {one.number: pk for pk, some in members.items() for one in some}
    orders, happenings = worth(owner)
    tags: dict[int, dict[str, None]] = {pk: {} for pk in rows}
    carried = Tagging.objects.filter(identity__in=owner).order_by("tag__group__name", "tag__name")
    for identity, name in carried.values_list("identity", "tag__name"):
        tags[owner[identity]][name] = None
    return [
        Side(pk, code(pk), name, members[pk], *orders[pk], list(tags[pk]), happenings[pk])
        for pk, name in sorted(rows.items())
    ]


def worth(owner: dict[int, int]) -> tuple[dict[int, tuple[int, int]], dict[int, int]]:
    """By person how many orders stand and what was paid, and how much happened, as the log tells it."""
    happened = dict.fromkeys(owner.values(), 0)
    mine = Entry.objects.filter(identity__in=owner)
    lived = mine.exclude(name__startswith="identity.").order_by()
    for identity, count in lived.values_list("identity").annotate(Count("pk")):
        happened[owner[identity or 0]] += count
    paid: dict[int, tuple[int, int]] = {}
    said = mine.filter(name__in=("order.placed", "order.corrected", "order.cancelled")).order_by("xid", "pk")
    for identity, name, body in said.values_list("identity", "name", "body"):
        order = msgspec.json.decode(body)
        if name == "order.cancelled":
            paid.pop(order["subject"], None)
        else:
            paid[order["subject"]] = (owner[identity or 0], order.get("amount", 0))
    sums = dict.fromkeys(happened, (0, 0))
    for pk, amount in paid.values():
        sums[pk] = (sums[pk][0] + 1, sums[pk][1] + amount)
    return sums, happened


@dataclass(frozen=True)
class Plan:
    """Before and after of what would be decided."""

    before: list[Side]
    after: list[Side]


def foresee(decide: Callable[..., Any], **said: Any) -> Plan:
    """What the verb would do: it is done, looked at, and rolled back. Whatever it refuses, this refuses."""
    with transaction.atomic():
        before = concerned(said)
        mine = list(Identity.objects.filter(person__in=before).values_list("pk", flat=True))
        was = holding_all(people_of(before))
        decide(**said)
        now = set(Identity.objects.filter(pk__in=mine).exclude(person=None).values_list("person_id", flat=True))
        plan = Plan(was, holding_all(people_of(now)))
        transaction.set_rollback(True)
    return plan


def holding_all(sides: list[Side]) -> list[Side]:
    return [replace(side, holds=tuple(held_by(side))) for side in sides]


def held_by(side: Side) -> Iterator[tuple[str, int]]:
    who = Somebody(tuple(one.number for one in side.identities))
    for holding in moving():
        yield from ((what, count) for what, count in holding.count(who).items() if count and what != "orders")


def concerned(said: dict[str, Any]) -> set[int]:
    numbers = {said[name] for name in ("person", "other") if name in said}
    if "decision" in said:
        numbers |= {said["decision"].person, said["decision"].other}
    return set(Identity.objects.filter(pk__in=numbers).exclude(person=None).values_list("person_id", flat=True))
