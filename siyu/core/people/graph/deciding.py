"""What operators say of who is whom: persons joined and split, evidence withdrawn, doubts looked at.

A split writes separations between the two sides, which no evidence crosses, and holds each side together; a join is an
edge that comes before all others. Both are taken back by deleting what they made: the map is then what the evidence
says, as if nothing had been decided.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.locks import one_at_a_time
from siyu.core.people import accounts, namespaces
from siyu.core.people.codes import NoSuchPerson
from siyu.core.people.graph.observing import MAP, PARTED, project_again
from siyu.core.people.models import UNREVIEWED, AccountJoin, Decision, Edge, Identity, Separation
from siyu.events.people import IdentityMatched, IdentityReconciled, IdentitySeparated, IdentityUnmatched
from siyu.kit.refusals import Refused
from siyu.kit.rows import insert

PAIRS = 5_000
"""So many pairs of identities a split may keep apart."""
RULES = {"join": "manual", "split": "split"}


class OnePerson(Refused):
    code = "one_person"
    status = 409


class KeptApart(Refused):
    code = "kept_apart"
    status = 409


class NothingToSplit(Refused):
    code = "nothing_to_split"
    status = 422


class NoSuchEvidence(Refused):
    code = "no_such_evidence"
    status = 404


class NoSuchDecision(Refused):
    code = "no_such_decision"
    status = 404


@transaction.atomic
def join(*, person: int, other: int, by: str, at: datetime) -> Decision:
    """Two persons are one, whatever the evidence; a guard that is against it refuses.

    Where both have a member account, that of `person` is kept, and the other one's belongings are carried over to it.
    """
    one_at_a_time(MAP)
    mine, theirs = members_of(person), members_of(other)
    if person_of(mine[0]) == person_of(theirs[0]):
        raise OnePerson("these two are one person already")
    kept, joined = accounts.own_account(mine), accounts.own_account(theirs)
    a, b = kept or strongest(mine), joined or strongest(theirs)
    decision = Decision.objects.create(kind="join", person=a, other=b, at=at, by=by)
    both = accounts.join(decision=decision, kept=kept, joined=joined) if kept and joined else None
    tie(decision, [(a, b)])
    again((a, b), at, "manual")
    if refused := Edge.objects.get(decision=decision).refused:
        raise KeptApart(f"a guard keeps the two apart: {refused}")
    if both:
        accounts.carry_over(both, at=at)
    return decision


@transaction.atomic
def split(*, person: int, leaving: Iterable[int], by: str, at: datetime) -> Decision:
    """These identities leave the person and are one of their own; nothing but taking it back joins the two again."""
    one_at_a_time(MAP)
    members = members_of(person)
    away = set(leaving) & set(members)
    stay = set(members) - away
    if not away or not stay or len(away) < len(set(leaving)):
        raise NothingToSplit("name some of the person's identities, and leave some")
    if len(away) * len(stay) > PAIRS:
        raise NothingToSplit(f"at most {PAIRS} pairs can be kept apart at once: split in smaller steps")
    decision = Decision.objects.create(kind="split", person=min(stay), other=min(away), at=at, by=by)
    across = Q(kept__in=away, joined__in=stay) | Q(kept__in=stay, joined__in=away)
    parted = accounts.part(AccountJoin.objects.filter(across), at=at, split=decision)
    separate(decision, away, stay)
    again(members, at, "split")
    loose = [(first, one) for first, *rest in (firsts_of(away), firsts_of(stay)) for one in rest]
    if loose:  # what only the other side held together
        tie(decision, loose)
        again(members, at, "split")
    for one in parted:
        accounts.carry_back(one, at=at)
    return decision


@transaction.atomic
def undo(*, decision: Decision, by: str, at: datetime) -> Decision:
    """Take it back, with all that it made."""
    one_at_a_time(MAP)
    if not Decision.objects.filter(pk=decision.pk, undone_at=None).update(undone_at=at, undone_by=by):
        raise NoSuchDecision("that was taken back already")
    ties = list(Edge.objects.filter(decision=decision).values_list("a_id", "b_id"))
    apart = list(Separation.objects.filter(decision=decision).values_list("a_id", "b_id"))
    parted = accounts.part(AccountJoin.objects.filter(decision=decision), at=at)
    united = accounts.unite(decision)
    Edge.objects.filter(decision=decision).delete()
    Separation.objects.filter(decision=decision).delete()
    rule = RULES[decision.kind]
    announce(
        *(IdentityUnmatched(at=at, identity=a, other=b, rule=rule, by=by) for a, b in ties),
        *(IdentityReconciled(at=at, identity=a, other=b, by=by) for a, b in apart),
    )
    again({one for pair in ties + apart for one in pair}, at, "undone")
    for one in parted:
        accounts.carry_back(one, at=at)
    for one in united:
        accounts.carry_over(one, at=at)
    decision.refresh_from_db()
    return decision


@transaction.atomic
def withdraw(*, edge: int, by: str, at: datetime) -> Edge:
    """That evidence is wrong and counts no more, however often it is seen again."""
    return turn(edge, Edge.objects.filter(withdrawn_at=None), at=at, by=by, to=at)


@transaction.atomic
def restore(*, edge: int, by: str, at: datetime) -> Edge:
    """It counts again."""
    return turn(edge, Edge.objects.exclude(withdrawn_at=None).exclude(rule=PARTED), at=at, by=by, to=None)


def turn(edge: int, among: QuerySet[Edge], *, at: datetime, by: str, to: datetime | None) -> Edge:
    one_at_a_time(MAP)
    found = among.filter(pk=edge, decision=None).first()
    if found is None:
        raise NoSuchEvidence("there is no such evidence, or it is so already")
    found.withdrawn_at, found.withdrawn_by, found.refused = to, by if to else "", ""
    found.save(update_fields=["withdrawn_at", "withdrawn_by", "refused"])
    pair: dict[str, Any] = {"identity": found.a_id, "other": found.b_id, "rule": found.rule, "by": by}
    if to:
        announce(IdentityUnmatched(at=at, **pair))
    else:
        announce(IdentityMatched(at=found.at, source=found.source, evidence=found.message, **pair))
    change = -1 if to else 1
    ends = (found.a_id, found.b_id)
    project_again(dict.fromkeys(ends, (at, found.rule)), fresh=dict.fromkeys(ends, change), imported=False)
    return found


@transaction.atomic
def leave_apart(*, edge: int, at: datetime) -> None:
    """Somebody looked at contested evidence and lets the guard have its way."""
    if not Edge.objects.filter(pk=edge, withdrawn_at=None).exclude(refused="").update(reviewed_at=at):
        raise NoSuchEvidence("nothing is contested there")


@transaction.atomic
def leave_all_apart(*, identity: int, at: datetime) -> int:
    """The same of whatever is contested with this identity; how many ties that were."""
    mine = waiting().filter(Q(a=identity) | Q(b=identity)).order_by("-at", "-pk")
    some = list(mine.values_list("pk", flat=True)[:PAIRS])
    if not some:
        raise NoSuchEvidence("nothing is contested there")
    return Edge.objects.filter(pk__in=some).update(reviewed_at=at)


def waiting() -> QuerySet[Edge]:
    """What a guard keeps apart and an operator may have a word on: no crowd's, and nothing answered before."""
    return Edge.objects.filter(UNREVIEWED, refused__contested=True)


def members_of(person: int) -> list[int]:
    found = list(Identity.objects.filter(person__identities=person).order_by("pk").values_list("pk", flat=True))
    if not found:
        raise NoSuchPerson("nobody has that code")
    return found


def strongest(identities: list[int]) -> int:
    rows = Identity.objects.filter(pk__in=identities).values_list("pk", "namespace")
    return min((-namespaces.of(namespace).strength, pk) for pk, namespace in rows)[1]


def person_of(identity: int) -> int:
    return Identity.objects.values_list("person_id", flat=True).get(pk=identity)


def firsts_of(side: set[int]) -> list[int]:
    """One identity, the first, of every person that the side has become."""
    firsts: dict[int | None, int] = {}
    for pk, person in Identity.objects.filter(pk__in=side).order_by("-pk").values_list("pk", "person_id"):
        firsts[person] = pk
    return sorted(firsts.values())


def again(touched: Iterable[int], at: datetime, rule: str) -> None:
    project_again(dict.fromkeys(touched, (at, rule)), fresh={}, imported=False)


def tie(decision: Decision, pairs: Iterable[tuple[int, int]]) -> None:
    rule, at, by = RULES[decision.kind], decision.at, decision.by
    pairs = list(ordered(pairs))
    columns = ("a", "b", "rule", "at", "source", "decision", "refused", "withdrawn_by")
    insert(Edge, columns, [(a, b, rule, at, "siyu", decision.pk, "", "") for a, b in pairs])
    announce(*(IdentityMatched(at=at, identity=a, other=b, rule=rule, source="siyu", by=by) for a, b in pairs))


def separate(decision: Decision, away: set[int], stay: set[int]) -> None:
    pairs = list(ordered((a, b) for a in away for b in stay))
    insert(Separation, ("a", "b", "decision"), [(a, b, decision.pk) for a, b in pairs])
    announce(*(IdentitySeparated(at=decision.at, identity=a, other=b, by=decision.by) for a, b in pairs))


def ordered(pairs: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    return (tuple(sorted(pair)) for pair in pairs)  # type: ignore[misc]
