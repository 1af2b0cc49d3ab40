"""Evidence comes in: new edges are kept, and the clusters that they touch are projected anew."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import batched
from typing import NamedTuple

from django.db import connection, transaction

from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.directory import Match
from siyu.core.eventlog.locks import one_at_a_time
from siyu.core.people import namespaces
from siyu.core.people.graph.standing import CHUNK, parts, reach, run, settle
from siyu.core.people.models import Edge, Identity
from siyu.core.people.persons import move
from siyu.events.people import IdentityLinked, IdentityMatched, IdentityUnmatched

MAP = "the map of persons"
"""The lock under which clusters are projected."""

PARTED = "unbind"
"""The rule under which it is kept when two were last said to be two: an edge that never stands."""

Tie = tuple[int, int, str]
"""Two identities, the lower number first, and the rule."""


class Sight(NamedTuple):
    """Where a tie was seen first; the smallest counts, so that the order of arrival does not."""

    at: datetime
    source: str
    message: int


@dataclass
class Observed:
    """What evidence did."""

    new: set[tuple[int, int]] = field(default_factory=set)
    """Pairs that something new was said of, whether a guard refused it or not."""
    linked: set[int] = field(default_factory=set)
    """Identities that are of another person now."""


@transaction.atomic
def observe(matches: Iterable[Match], *, imported: bool = False) -> Observed:
    """Take in that messages speak of two identities as one person. What is known already costs one query."""
    said_so = sightings(matches)
    known, parted = look_up(said_so)
    seen = dict(counting(said_so, parted))
    new = {tie: first for tie, (first, _) in seen.items() if tie not in known or first < known[tie][0]}
    back = {tie: last for tie, (_, last) in seen.items() if tie in known and last.at > (known[tie][1] or last.at)}
    result = Observed()
    if new or back:
        one_at_a_time(MAP)
        said = {tie: new[tie] for tie in keep(without_poison(new))} | back
        revive(back)
        result.new = {tie[:2] for tie in said}
        announce(*(matched(tie, sight) for tie, sight in said.items()), imported=imported)
        fresh = Counter(side for tie in said if tie not in known or tie in back for side in tie[:2])
        words = {side: (sight.at, tie[2]) for tie, sight in sorted(said.items(), key=at_of) for side in tie[:2]}
        result.linked = project_again(words, fresh=fresh, imported=imported)
    return result


def at_of(said: tuple[Tie, Sight]) -> datetime:
    return said[1].at


@transaction.atomic
def part(matches: Iterable[Match], *, imported: bool = False) -> int:
    """Messages say that pairs are one person no more: what tied them until then counts no longer, whenever it comes.

    What an operator withdrew stays withdrawn by them, and what an operator joined stays joined.
    """
    last: dict[tuple[int, int], Match] = {}
    for match in matches:
        pair = (min(match.a, match.b), max(match.a, match.b))
        last[pair] = max(match, last.get(pair, match), key=lambda one: one.at)
    if not last:
        return 0
    one_at_a_time(MAP)
    remember(last)
    rows = (row for some in parts({a for a, _ in last}) for row in tying(some))
    gone = [row for row in rows if row[1:3] in last and row[3] <= last[row[1:3]].at]
    moment = connection.ops.adapt_datetimefield_value
    run(
        "UPDATE people_edge SET withdrawn_at = %s, refused = '' WHERE id = %s",
        [(moment(last[row[1:3]].at), row[0]) for row in gone],
    )
    announce(
        *(IdentityUnmatched(at=last[a, b].at, identity=a, other=b, rule=rule, by="") for _, a, b, _, rule in gone),
        imported=imported,
    )
    fresh = Counter(side for row in gone for side in row[1:3])
    said = {side: (last[row[1:3]].at, row[4]) for row in gone for side in row[1:3]}
    project_again(said, fresh={side: -count for side, count in fresh.items()}, imported=imported)
    return len(gone)


def remember(last: Mapping[tuple[int, int], Match]) -> None:
    """When each pair was parted, of which the latest counts."""
    moment = connection.ops.adapt_datetimefield_value
    for some in batched(sorted(last.items()), CHUNK):
        rows = [(a, b, PARTED, moment(m.at), m.source, m.message or None, moment(m.at)) for (a, b), m in some]
        marks = ", ".join(["(%s, %s, %s, %s, %s, %s, %s, '', '')"] * len(rows))
        told = f"""INSERT INTO people_edge
                (a_id, b_id, rule, at, source, message, withdrawn_at, refused, withdrawn_by)
            VALUES {marks} ON CONFLICT (a_id, b_id, rule) WHERE decision_id IS NULL
            DO UPDATE SET at = excluded.at, withdrawn_at = excluded.withdrawn_at WHERE excluded.at > people_edge.at"""
        with connection.cursor() as cursor:
            cursor.execute(told, [value for row in rows for value in row])


def counting(
    seen: Mapping[Tie, tuple[Sight, Sight]], parted: Mapping[tuple[int, int], datetime]
) -> Iterator[tuple[Tie, tuple[Sight, Sight]]]:
    """What was seen before a message parted the two counts no more, whichever of them arrived first."""
    for tie, (first, last) in seen.items():
        at = parted.get(tie[:2])
        if at is None or first.at > at:
            yield tie, (first, last)
        elif last.at > at:
            yield tie, (last, last)


def tying(some: Iterable[int]) -> Iterable[tuple]:
    standing = Edge.objects.filter(a__in=some, withdrawn_at=None, decision=None)
    return standing.values_list("pk", "a_id", "b_id", "at", "rule")


def sightings(matches: Iterable[Match]) -> dict[Tie, tuple[Sight, Sight]]:
    """Of every tie the first sighting and the last."""
    seen: dict[Tie, tuple[Sight, Sight]] = {}
    for match in matches:
        if match.a != match.b:
            tie = (min(match.a, match.b), max(match.a, match.b), match.rule)
            sight = Sight(match.at, match.source, match.message or 0)
            first, last = seen.get(tie, (sight, sight))
            seen[tie] = (min(first, sight), max(last, sight))
    return seen


def look_up(ties: Iterable[Tie]) -> tuple[dict[Tie, tuple[Sight, datetime | None]], dict[tuple[int, int], datetime]]:
    """What is known of them: the first sighting, and until when a message said that it counts no more; and of pairs
    when they were parted last."""
    found: dict[Tie, tuple[Sight, datetime | None]] = {}
    parted: dict[tuple[int, int], datetime] = {}
    for some in batched(ties, CHUNK):
        rules = sorted({tie[2] for tie in some})
        rows = ", ".join(f"({a}, {b}, {rules.index(rule)})" for a, b, rule in some)
        names = ", ".join(f"({n}, %s)" for n in range(len(rules)))
        with connection.cursor() as cursor:
            cursor.execute(
                f"""WITH said (a, b, n) AS (VALUES {rows}), rules (n, rule) AS (VALUES {names})
                SELECT e.a_id, e.b_id, e.rule, e.at, e.source, coalesce(e.message, 0), e.withdrawn_at, e.withdrawn_by
                FROM said JOIN rules USING (n)
                JOIN people_edge e ON e.a_id = said.a AND e.b_id = said.b AND e.rule IN (rules.rule, '{PARTED}')
                WHERE e.decision_id IS NULL""",
                rules,
            )
            for a, b, rule, at, source, message, gone, by in cursor.fetchall():
                if rule == PARTED:
                    parted[a, b] = aware(at)
                else:
                    found[a, b, rule] = Sight(aware(at), source, message), aware(gone) if gone and not by else None
    return found, parted


def aware(at: datetime) -> datetime:
    """SQLite keeps UTC without saying so."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def without_poison(ties: dict[Tie, Sight]) -> dict[Tie, Sight]:
    """A value that names nobody ties nobody, however it came to have a number."""
    ends = {side for tie in ties for side in tie[:2]}
    rows = (
        row
        for some in parts(ends)
        for row in Identity.objects.filter(pk__in=some).values_list("pk", "namespace", "value")
    )
    good = {pk for pk, namespace, value in rows if namespaces.normal(namespace, value) is not None}
    return {tie: sight for tie, sight in ties.items() if tie[0] in good and tie[1] in good}


def keep(ties: dict[Tie, Sight]) -> list[Tie]:
    """Write them; those that were new, or were seen earlier than was known."""
    moment = connection.ops.adapt_datetimefield_value
    kept: list[Tie] = []
    for some in batched(sorted(ties.items()), CHUNK):
        values = [part for (a, b, rule), s in some for part in (a, b, rule, moment(s.at), s.source, s.message or None)]
        marks = ", ".join(["(%s, %s, %s, %s, %s, %s, '', '')"] * len(some))
        with connection.cursor() as cursor:
            cursor.execute(
                f"""INSERT INTO people_edge (a_id, b_id, rule, at, source, message, refused, withdrawn_by)
                VALUES {marks}
                ON CONFLICT (a_id, b_id, rule) WHERE decision_id IS NULL
                DO UPDATE SET at = excluded.at, source = excluded.source, message = excluded.message
                WHERE (excluded.at, excluded.source, coalesce(excluded.message, 0))
                    < (people_edge.at, people_edge.source, coalesce(people_edge.message, 0))
                RETURNING a_id, b_id, rule""",
                values,
            )
            kept += cursor.fetchall()
    return kept


def revive(ties: dict[Tie, Sight]) -> None:
    """Seen again after a message had parted them. What an operator withdrew is not among them."""
    moment = connection.ops.adapt_datetimefield_value
    run(
        """UPDATE people_edge SET withdrawn_at = NULL, at = %s, source = %s, message = %s
        WHERE a_id = %s AND b_id = %s AND rule = %s AND decision_id IS NULL AND withdrawn_by = ''""",
        [(moment(s.at), s.source, s.message or None, *tie) for tie, s in sorted(ties.items())],
    )


def matched(tie: Tie, sight: Sight) -> IdentityMatched:
    a, b, rule = tie
    return IdentityMatched(
        at=sight.at, identity=a, other=b, rule=rule, source=sight.source, evidence=sight.message or None
    )


def project_again(said: dict[int, tuple[datetime, str]], *, fresh: dict[int, int], imported: bool) -> set[int]:
    """Project what a change at these identities can move: {identity: (when, by which rule)}; who is somebody else now.

    Whoever calls holds the map. `fresh`: how many ties of each came (or went, below zero) with the change.
    """
    if not said:
        return set()
    moved = settle(reach(said, fresh))
    move({pk: person for pk, (_, person) in moved.persons.items()}, max(said.values())[0])
    words: dict[int, tuple[datetime, str]] = {}
    for pk, word in said.items():
        words[moved.cluster.get(pk, pk)] = max(word, words.get(moved.cluster.get(pk, pk), word))
    last = max(said.values())
    linked = []
    for pk, (_, person) in sorted(moved.persons.items()):
        at, rule = words.get(moved.cluster[pk], last)
        linked.append(IdentityLinked(at=at, identity=pk, person=person, rule=rule))
    announce(*linked, imported=imported)
    return set(moved.persons)


def apart(pairs: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """Of these pairs those that are two persons."""
    ends = {side for pair in pairs for side in pair}
    rows = (row for some in parts(ends) for row in Identity.objects.filter(pk__in=some).values_list("pk", "person_id"))
    person = dict(rows)
    return {(a, b) for a, b in pairs if person.get(a) != person.get(b)}
