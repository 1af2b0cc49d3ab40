"""What becomes of broadcasts: each of these once. What becomes of each message is in `outreach`."""

from datetime import datetime

from siyu.events.base import Event


class BroadcastPlanned(Event, frozen=True, kw_only=True):
    """It is sent at `starts_at`, on the clock of `zone`: the brand's or each person's."""

    name = "broadcast.planned"
    about = "broadcast"
    broadcast: int
    channel: str
    campaign: str
    starts_at: datetime
    zone: str
    by: str


class BroadcastStarted(Event, frozen=True, kw_only=True):
    """Whom it asks about is settled: `people` many."""

    name = "broadcast.started"
    about = "broadcast"
    broadcast: int
    dispatch: int
    people: int


class BroadcastPaused(Event, frozen=True, kw_only=True):
    name = "broadcast.paused"
    about = "broadcast"
    broadcast: int
    by: str


class BroadcastResumed(Event, frozen=True, kw_only=True):
    name = "broadcast.resumed"
    about = "broadcast"
    broadcast: int
    by: str


class BroadcastStopped(Event, frozen=True, kw_only=True):
    """What had not gone out never does."""

    name = "broadcast.stopped"
    about = "broadcast"
    broadcast: int
    by: str


class BroadcastDone(Event, frozen=True, kw_only=True):
    """Everything that was to go out has gone, or failed for good."""

    name = "broadcast.done"
    about = "broadcast"
    broadcast: int
