"""The checks, in their order, over a part of the people: who is left, and why the others are not."""

from datetime import datetime

import numpy as np
from django.conf import settings
from django.db.models import QuerySet

from siyu.core.insight import trials
from siyu.core.insight.trials import controls
from siyu.core.outreach.gate import budget, caps
from siyu.core.outreach.gate.looking import Looked, zones_of
from siyu.core.outreach.gate.quiet import next_loud
from siyu.core.outreach.models import Dispatch, QuietHours
from siyu.kit import clock
from siyu.kit.prepared import asks


class Case:
    """`left`, `arms` and what `due` names stand beside `persons`."""

    def __init__(self, dispatch: Dispatch, seen: Looked, at: datetime, due_at: datetime) -> None:
        self.dispatch, self.seen, self.at, self.due_at = dispatch, seen, at, due_at
        self.persons = seen.persons
        self.left = np.ones(len(seen.persons), dtype=bool)
        self.arms = np.ones(len(seen.persons), dtype=np.int8)
        self.due: dict[datetime, np.ndarray] = {}
        self.refused: dict[str, np.ndarray] = {}

    def judge(self) -> None:
        """Under the gate's lock; `left` are those whom nobody was asked about yet."""
        self.refuse("suppressed", self.seen.suppressed)
        self.refuse("consent", ~self.seen.consenting)
        self.refuse("unreachable", ~self.seen.reachable)
        self.due = self.due_times()
        if self.dispatch.kind == "marketing":
            self.bind_marketing()

    def refuse(self, reason: str, those: np.ndarray) -> None:
        now = self.left & those
        if now.any():
            self.refused[reason] = self.persons[now]
            self.left &= ~now

    def by_reason(self) -> dict[str, np.ndarray]:
        return self.refused | {"allowed": self.persons[self.left]}

    def due_times(self) -> dict[datetime, np.ndarray]:
        """{when: which of the persons}: as wished, or when quiet hours are over where they are."""
        hours = next(iter(quiet_hours()), None) if self.dispatch.kind == "marketing" else None
        theirs = hours and self.dispatch.zone == "person"
        zones = zones_of(self.persons) if theirs else {settings.SIYU.zone: np.arange(len(self.persons))}
        due: dict[datetime, list[np.ndarray]] = {}
        for zone, some in zones.items():
            due.setdefault(next_loud(self.due_at, hours, zone), []).append(some)
        return {when: np.concatenate(parts) for when, parts in due.items()}

    def bind_marketing(self) -> None:
        self.refuse("cap", self.full())
        if self.dispatch.quiet == "drop":
            self.refuse("quiet", self.later())
        self.draw()
        unpaid = self.beyond_budget()
        self.enter(unpaid)
        self.refuse("control", self.arms == trials.GLOBAL)
        self.refuse("holdout", ~unpaid & (self.arms == trials.HELD))
        self.refuse("budget", unpaid)

    def full(self) -> np.ndarray:
        found = np.zeros(len(self.persons), dtype=bool)
        for when, some in self.due.items():
            day = clock.day_of(when, settings.SIYU.zone)
            found[some] = caps.full(self.seen.numbers, self.seen.whose, len(found), day, self.dispatch.channel)[some]
        return found

    def later(self) -> np.ndarray:
        found = np.zeros(len(self.persons), dtype=bool)
        for when, some in self.due.items():
            found[some] = when > self.due_at
        return found

    def draw(self) -> None:
        """The arm of everybody. A message to a group cannot leave one of its people out."""
        trial = self.dispatch.trial
        if trial:
            self.arms = trials.arms_of(trial, self.persons, self.seen.units)
        if trial is None or trial.unit == "person":
            self.arms[controls.held_out(self.persons, at=self.at)] = trials.GLOBAL

    def beyond_budget(self) -> np.ndarray:
        """Whom the money does not reach. Arms and holdout are cut at the same person, so that the lot stays fair."""
        room, costing = budget.room(self.dispatch), self.left & (self.arms > 0)
        if room is None or costing.sum() <= room:
            return np.zeros(len(costing), dtype=bool)
        return np.cumsum(costing) > room

    def enter(self, unpaid: np.ndarray) -> None:
        if self.dispatch.trial:
            those = self.left & ~unpaid & (self.arms != trials.GLOBAL)
            units = None if self.seen.units is None else self.seen.units[those]
            trials.enter(self.dispatch.trial, self.persons[those], at=self.at, units=units)


@asks
def quiet_hours() -> QuerySet[QuietHours]:
    return QuietHours.objects.order_by("pk")
