"""What operators decided from the figures."""

from siyu.events.base import Event


class CandidateAccepted(Event, frozen=True, kw_only=True):
    """A screened person is to be invited as a seed user."""

    name = "candidate.accepted"
    about = "round"
    round: int
    score: int
    by: str


class CandidateRejected(Event, frozen=True, kw_only=True):
    name = "candidate.rejected"
    about = "round"
    round: int
    score: int
    by: str
    reason: str


class CandidateReopened(Event, frozen=True, kw_only=True):
    """A decision on a candidate was taken back; it is open again."""

    name = "candidate.reopened"
    about = "round"
    round: int
    score: int
    by: str


class CyclePlanned(Event, frozen=True, kw_only=True):
    """A round of plan, do, check, act. `goal`: orders, gmv or contribution; `budget` in minor units."""

    name = "cycle.planned"
    about = "cycle"
    cycle: int
    goal: str
    budget: int
    by: str


class CycleBegun(Event, frozen=True, kw_only=True):
    name = "cycle.begun"
    about = "cycle"
    cycle: int
    by: str


class CycleDecided(Event, frozen=True, kw_only=True):
    """What follows from it: adopt, adapt or drop."""

    name = "cycle.decided"
    about = "cycle"
    cycle: int
    decision: str
    by: str
