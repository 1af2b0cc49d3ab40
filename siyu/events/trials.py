"""What is tried, on whom not, and what was decided from it. Who entered which arm is kept with the trial, not said here
person by person."""

from datetime import datetime

from siyu.events.base import Event


class TrialOpened(Event, frozen=True, kw_only=True):
    """`arms`: basis points of each; what is left of 10,000 is kept out. `window`: days in which an outcome counts."""

    name = "trial.opened"
    about = "trial"
    trial: int
    key: str
    action: str
    unit: str
    arms: dict[str, int]
    window: int
    horizon_at: datetime
    by: str


class TrialClosed(Event, frozen=True, kw_only=True):
    """Nobody enters any more; outcomes go on counting until their window is over."""

    name = "trial.closed"
    about = "trial"
    trial: int
    by: str


class ControlsChanged(Event, frozen=True, kw_only=True):
    """How large the global control group will be from its next rotation on, in basis points."""

    name = "controls.changed"
    share: int
    days: int
    by: str


class ControlsRotated(Event, frozen=True, kw_only=True):
    """A new global control group: whom no marketing reaches until then."""

    name = "controls.rotated"
    about = "rotation"
    rotation: int
    share: int
    until: datetime


class TrialCharged(Event, frozen=True, kw_only=True):
    """Something was spent for a trial: `amount` in minor units, all of it so far under this key."""

    name = "trial.charged"
    about = "trial"
    trial: int
    key: str
    kind: str
    amount: int
    by: str
