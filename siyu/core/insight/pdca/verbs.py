"""plan, do, act. Checking is a question, no state: it can be asked at any time, and holds when trials are final."""

from datetime import date, datetime

from django.db import IntegrityError, transaction

from siyu.core.eventlog.announce import announce
from siyu.core.insight.models import Audience, Cycle, CycleTrial, Round, Trial
from siyu.events.insight import CycleBegun, CycleDecided, CyclePlanned
from siyu.kit.refusals import Refused

DECISIONS = ("adopt", "adapt", "drop")
FIELDS = ("title", "goal", "target", "audience", "actions", "budget", "begins_on", "ends_on")


class BadCycle(Refused):
    code = "bad_cycle"
    status = 422


class NotNow(Refused):
    """The round has gone on to another state."""

    code = "round_went_on"
    status = 409


@transaction.atomic
def plan(
    *, title: str, goal: str, by: str, at: datetime, begins_on: date, ends_on: date, key: str | None = None,
    target: int | None = None, audience: int | None = None, actions: str = "", budget: int = 0,
    screening: Round | None = None,
) -> Cycle:  # fmt: skip
    """`target`: per cent more of the goal, in basis points. With the same key again it is the same round."""
    if key and (known := Cycle.objects.filter(key=key).first()):
        return known
    said = {
        "title": title.strip(), "goal": goal, "target": target, "audience_id": audience, "actions": actions.strip(),
        "budget": budget, "begins_on": begins_on, "ends_on": ends_on,
    }  # fmt: skip
    sound(said)
    made = Cycle.objects.create(key=key, screening=screening, by=by, made_at=at, **said)
    announce(CyclePlanned(at=at, cycle=made.pk, goal=goal, budget=budget, by=by))
    return made


def sound(said: dict) -> None:
    if not said["title"] or len(said["title"]) > 200:
        raise BadCycle("a round has a title of at most 200 characters")
    if said["goal"] not in Cycle.GOALS:
        raise BadCycle(f"a goal is one of {', '.join(Cycle.GOALS)}")
    if said["begins_on"] > said["ends_on"]:
        raise BadCycle("a round ends after it begins")
    if said["audience_id"] and not Audience.objects.filter(pk=said["audience_id"]).exists():
        raise BadCycle("there is no such audience")
    if not 0 <= said["budget"] <= 10**13 or not 0 <= (said["target"] or 0) <= 10**6:
        raise BadCycle("a budget and a target are numbers from nothing upwards")


@transaction.atomic
def change(*, cycle: int, **said: object) -> Cycle:
    """While it is planned."""
    found = Cycle.objects.select_for_update(no_key=True).filter(pk=cycle, state="planned").first()
    if found is None:
        raise NotNow("only a round that has not begun is changed")
    for name, value in said.items():
        assert name in FIELDS
        setattr(found, f"{name}_id" if name == "audience" else name, value)
    sound({name: getattr(found, name) for name in ("audience_id", *FIELDS) if name != "audience"})
    found.save()
    return found


@transaction.atomic
def begin(*, cycle: int, by: str, at: datetime) -> Cycle:
    found = moved(cycle, "planned", state="doing", begun_at=at)
    announce(CycleBegun(at=at, cycle=found.pk, by=by))
    return found


@transaction.atomic
def link(*, cycle: int, trial: int) -> None:
    """What is done in the round and measured: a trial belongs to one round at most."""
    found = Cycle.objects.select_for_update(no_key=True).filter(pk=cycle).exclude(state="decided").first()
    if found is None or not Trial.objects.filter(pk=trial).exists():
        raise NotNow("only a round that is not decided takes trials")
    try:
        with transaction.atomic():
            CycleTrial.objects.get_or_create(cycle=found, trial_id=trial)
    except IntegrityError:
        raise BadCycle("that trial belongs to another round") from None


@transaction.atomic
def unlink(*, cycle: int, trial: int) -> None:
    if Cycle.objects.filter(pk=cycle, state="decided").exists():
        raise NotNow("only a round that is not decided lets trials go")
    CycleTrial.objects.filter(cycle=cycle, trial=trial).delete()


@transaction.atomic
def decide(*, cycle: int, decision: str, note: str, by: str, at: datetime) -> Cycle:
    """What follows from it; of two who decide at once, one does."""
    if decision not in DECISIONS:
        raise BadCycle(f"a decision is one of {', '.join(DECISIONS)}")
    if not note.strip():
        raise BadCycle("say why: whoever plans the next round reads it")
    found = moved(
        cycle, "doing", state="decided", decision=decision, note=note.strip()[:1000], decided_by=by, decided_at=at
    )
    announce(CycleDecided(at=at, cycle=found.pk, decision=decision, by=by))
    return found


def moved(cycle: int, before: str, **said: object) -> Cycle:
    if not Cycle.objects.filter(pk=cycle, state=before).update(**said):
        raise NotNow("the round is in another state")
    return Cycle.objects.get(pk=cycle)
