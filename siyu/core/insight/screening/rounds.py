"""A month's screening, kept: who the candidates were, how that differs from last time, and what people decided."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
from django.db import transaction
from django.db.models import Q

from siyu.core.eventlog.announce import announce
from siyu.core.insight.arrival import coming_in
from siyu.core.insight.asof import resolve
from siyu.core.insight.facts import open_facts
from siyu.core.insight.models import Candidate, Round
from siyu.core.insight.pdca.verbs import plan
from siyu.core.insight.screening.components import weights
from siyu.core.insight.screening.score import gather, last_day, score, top
from siyu.events.insight import CandidateAccepted, CandidateRejected, CandidateReopened
from siyu.kit.refusals import Refused

TOP = 200
DEPARTMENTS = 10
"""How many of the largest departments get a round of their own every month."""
OPEN = Q(accepted_at=None, rejected_at=None)


class AlreadyDecided(Refused):
    code = "already_decided"
    status = 409


class NobodyBought(Refused):
    code = "nobody_bought"
    status = 409


class NotDecided(Refused):
    code = "not_decided"
    status = 409


def awaiting() -> tuple[Round | None, int]:
    """The newest round over all categories that waits for decisions, and on how many."""
    open_ones = Candidate.objects.filter(OPEN, round__category="")
    newest = Round.objects.filter(pk__in=open_ones.values("round")).first()
    return newest, open_ones.filter(round=newest).count()


def run(
    *,
    month: date,
    category: str = "",
    as_of: datetime,
    at: datetime,
    by: str = "",
    size: int = TOP,
    again: bool = False,
) -> Round:
    """The month's round, made where it is missing; `again` takes new figures and leaves every decision as it is."""
    month = month.replace(day=1)
    kept = Round.objects.filter(month=month, category=category).first()
    if kept and not again:
        return kept
    with open_facts(as_of) as db:
        gather(db, as_of)
        return draw(db, month, category, {"as_of": as_of, "run_at": at, "by": by}, size=size, again=again)


def draw(
    db: duckdb.DuckDBPyConnection, month: date, category: str, when: dict[str, Any], *, size: int = TOP, again: bool
) -> Round:
    """From what was gathered. Nothing is locked yet: a question to the lake takes longer than a lock may be held."""
    people = score(db, category)
    if not people:
        raise NobodyBought(f"nobody has bought {category or 'anything'} in the year before")
    best = top(db, category, size)
    return keep(month, category, when | {"weights": weights(), "people": people}, best, again=again)


@transaction.atomic
def keep(month: date, category: str, figures: dict[str, Any], best: list[dict[str, Any]], *, again: bool) -> Round:
    made, new = Round.objects.get_or_create(month=month, category=category, defaults=figures)
    if not (new or again):  # somebody else was quicker
        return made
    Round.objects.filter(pk=made.pk).update(**figures)
    made.candidates.filter(OPEN).exclude(person__in=[one["person"] for one in best]).delete()
    Candidate.objects.bulk_create(
        [Candidate(round=made, rank=rank, **one) for rank, one in enumerate(best, 1)],
        update_conflicts=True,
        unique_fields=["round", "person"],
        update_fields=["rank", "score", "reasons"],
    )
    made.refresh_from_db()
    if not category:
        open_cycle(made)
    return made


def accept(*, candidate: Candidate, by: str, at: datetime) -> Candidate:
    """Invite this person as a seed user."""
    return decide(candidate, CandidateAccepted, by=by, at=at, accepted_at=at)


def reject(*, candidate: Candidate, by: str, at: datetime, reason: str = "") -> Candidate:
    return decide(candidate, CandidateRejected, by=by, at=at, rejected_at=at, note=reason)


@transaction.atomic
def decide(candidate: Candidate, event: Any, *, by: str, at: datetime, **decision: Any) -> Candidate:
    """One conditional UPDATE: of two who click at once, one decides. The same decision twice changes nothing."""
    open_ones = Candidate.objects.filter(OPEN, pk=candidate.pk)
    changed = open_ones.update(decided_by=by, **decision)
    candidate.refresh_from_db()
    if changed:
        more = {"reason": candidate.note} if event is CandidateRejected else {}
        announce(
            event(at=at, identity=candidate.person, round=candidate.round_id, score=candidate.score, by=by, **more)
        )
    elif bool(candidate.accepted_at) != (event is CandidateAccepted):
        raise AlreadyDecided(f"{candidate.decided_by} has decided otherwise already")
    return candidate


@transaction.atomic
def reopen(*, candidate: Candidate, by: str, at: datetime) -> Candidate:
    """Take a decision back."""
    decided = Candidate.objects.filter(~OPEN, pk=candidate.pk)
    changed = decided.update(accepted_at=None, rejected_at=None, decided_by="", note="")
    candidate.refresh_from_db()
    if not changed:
        raise NotDecided("nobody has decided on this candidate yet")
    announce(
        CandidateReopened(at=at, identity=candidate.person, round=candidate.round_id, score=candidate.score, by=by)
    )
    return candidate


@dataclass(frozen=True)
class Comparison:
    """People of two rounds, in the order of their rank in the newer one (who went: in the older one)."""

    stayed: list[int]
    new: list[int]
    gone: list[int]
    moved: dict[int, int]
    """How many places up (+) or down (−) somebody who stayed has come."""


def previous(of: Round) -> Round | None:
    return Round.objects.filter(category=of.category, month__lt=of.month).order_by("-month").first()


def compare(newer: Round, older: Round | None) -> Comparison:
    now, then = ranks(newer), ranks(older)
    stayed = [person for person in now if person in then]
    return Comparison(
        stayed=stayed,
        new=[person for person in now if person not in then],
        gone=[person for person in then if person not in now],
        moved={person: then[person] - now[person] for person in stayed if then[person] != now[person]},
    )


def ranks(one: Round | None) -> dict[int, int]:
    return dict(one.candidates.order_by("rank", "person").values_list("person", "rank")) if one else {}


def monthly(at: datetime) -> list[Round]:
    """Make this month's rounds where they are missing: of all categories, and of the largest departments.

    Over imported history "this month" is the last one that has orders; a history that is still coming in has none.
    """
    if Round.objects.filter(month=last_day(at).replace(day=1), category="").exists() or coming_in(at):
        return []
    as_of = resolve(None, at)
    month = last_day(as_of).replace(day=1)
    if Round.objects.filter(month=month, category="").exists():
        return []
    with open_facts(as_of) as db:
        gather(db, as_of)
        wanted = [*largest_departments(db), ""] if score(db) else []
        # All categories last: where that round stands, the others do too.
        when = {"as_of": as_of, "run_at": at, "by": "siyu"}
        return [draw(db, month, category, when, again=False) for category in wanted]


def open_cycle(made: Round) -> None:
    """The month's screening is a round of plan, do, check, act: whom to invite is decided in it."""
    last = (made.month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    plan(
        key=f"screening:{made.pk}", title=f"{made.month:%Y-%m}", goal="gmv",
        begins_on=made.month, ends_on=last, screening=made, by="siyu", at=made.run_at,
    )  # fmt: skip


def largest_departments(db: duckdb.DuckDBPyConnection) -> list[str]:
    """By what was spent in them, of what was gathered."""
    rows = db.execute(
        """SELECT department FROM bought WHERE department <> ''
        GROUP BY department HAVING sum(amount) > 0 ORDER BY sum(amount) DESC, department LIMIT ?""",
        [DEPARTMENTS],
    )
    return [department for (department,) in rows.fetchall()]
