"""What members earn by coming back: days, tasks, badges, levels."""

from typing import Any

from siyu.events.base import Event


class MemberCheckedIn(Event, frozen=True, kw_only=True):
    """A member was here on that day of the brand. `streak`: how many days in a row now, this one included."""

    name = "member.checked_in"
    day: str
    streak: int


class DayMadeUp(Event, frozen=True, kw_only=True):
    """A card was spent for a missed day; `streak` is how long the streak around it has become."""

    name = "day.made_up"
    day: str
    streak: int


class StreakReached(Event, frozen=True, kw_only=True):
    """A streak came to a step of the programme, for the first time in this streak."""

    name = "streak.reached"
    about = "step"
    step: int
    days: int
    day: str


class CardGranted(Event, frozen=True, kw_only=True):
    """Cards that make up a missed day each."""

    name = "card.granted"
    cards: int
    because: str


class TaskCompleted(Event, frozen=True, kw_only=True):
    """`period`: the brand day of a daily task, else nothing."""

    name = "task.completed"
    about = "task"
    task: int
    run: int
    kind: str
    period: str


class BadgeAwarded(Event, frozen=True, kw_only=True):
    name = "badge.awarded"
    about = "badge"
    badge: int
    award: int
    because: str


class BadgeRevoked(Event, frozen=True, kw_only=True):
    name = "badge.revoked"
    about = "badge"
    badge: int
    award: int
    because: str


class CertificateIssued(Event, frozen=True, kw_only=True):
    name = "certificate.issued"
    about = "certificate"
    certificate: int
    badge: int


class CertificateRevoked(Event, frozen=True, kw_only=True):
    name = "certificate.revoked"
    about = "certificate"
    certificate: int
    badge: int
    because: str


class LevelReached(Event, frozen=True, kw_only=True):
    """A member rose. `rank` and `level` are what they hold now, `numbers` what caused it, by dimension and as a score;
    `because`: rise (something they did), day (the judging of everybody), or lock (an operator)."""

    name = "level.reached"
    about = "scheme"
    level: str
    rank: int
    before: int
    scheme: int
    because: str
    numbers: dict[str, Any]


class LevelLost(Event, frozen=True, kw_only=True):
    """A member fell. `level` is what they hold now; nothing: none."""

    name = "level.lost"
    about = "scheme"
    level: str | None
    rank: int
    before: int
    scheme: int
    because: str
    numbers: dict[str, Any]


class GrowthEarned(Event, frozen=True, kw_only=True):
    """Growth was given, which levels may count. `because`: the key of what gave it."""

    name = "growth.earned"
    growth: int
    because: str


class GrowthReversed(Event, frozen=True, kw_only=True):
    """What gave growth was taken back, and the growth with it."""

    name = "growth.reversed"
    growth: int
    because: str
