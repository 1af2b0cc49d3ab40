"""What is said to people, and what becomes of it. That a message was queued is no event: the gate's verdicts say it."""

from siyu.events.base import Event


class DispatchMade(Event, frozen=True, kw_only=True):
    """One thing to say over one channel. `kind`: transactional, service, social or marketing."""

    name = "dispatch.made"
    about = "dispatch"
    dispatch: int
    key: str
    channel: str
    kind: str
    campaign: str
    by: str


class DispatchPaused(Event, frozen=True, kw_only=True):
    name = "dispatch.paused"
    about = "dispatch"
    dispatch: int
    by: str


class DispatchResumed(Event, frozen=True, kw_only=True):
    name = "dispatch.resumed"
    about = "dispatch"
    dispatch: int
    by: str


class DispatchStopped(Event, frozen=True, kw_only=True):
    """What had not gone out never does."""

    name = "dispatch.stopped"
    about = "dispatch"
    dispatch: int
    by: str


class DispatchDone(Event, frozen=True, kw_only=True):
    """Nobody more is let in."""

    name = "dispatch.done"
    about = "dispatch"
    dispatch: int
    by: str


class AddressSuppressed(Event, frozen=True, kw_only=True):
    """Nothing is sent to an address any more. `identity`: who has it, where that is somebody."""

    name = "address.suppressed"
    namespace: str
    reason: str
    by: str


class AddressFreed(Event, frozen=True, kw_only=True):
    name = "address.freed"
    namespace: str
    by: str


class MessageSent(Event, frozen=True, kw_only=True):
    """Somebody took it on. `arm`: what the person was told, of a trial's arms by name from 1."""

    name = "message.sent"
    about = "message"
    message: int
    dispatch: int
    channel: str
    kind: str
    campaign: str
    arm: int


class MessageFailed(Event, frozen=True, kw_only=True):
    """It did not go out and never will."""

    name = "message.failed"
    about = "message"
    message: int
    dispatch: int
    channel: str
    reason: str


class MessageDelivered(Event, frozen=True, kw_only=True):
    name = "message.delivered"
    about = "message"
    message: int
    dispatch: int
    channel: str


class MessageOpened(Event, frozen=True, kw_only=True):
    """Its picture was asked for, or its page; the first time."""

    name = "message.opened"
    about = "message"
    message: int
    dispatch: int
    channel: str


class MessageClicked(Event, frozen=True, kw_only=True):
    """A link in it; the first time."""

    name = "message.clicked"
    about = "message"
    message: int
    dispatch: int
    channel: str


class MessageReplied(Event, frozen=True, kw_only=True):
    name = "message.replied"
    about = "message"
    message: int
    dispatch: int
    channel: str


class MessageBounced(Event, frozen=True, kw_only=True):
    """It came back. `detail` begins with `hard` where the address takes nothing any more."""

    name = "message.bounced"
    about = "message"
    message: int
    dispatch: int
    channel: str
    detail: str


class MessageComplained(Event, frozen=True, kw_only=True):
    """Whoever got it called it spam."""

    name = "message.complained"
    about = "message"
    message: int
    dispatch: int
    channel: str


class MessageUnsubscribed(Event, frozen=True, kw_only=True):
    """Whoever got it wants no more of its kind over this channel."""

    name = "message.unsubscribed"
    about = "message"
    message: int
    dispatch: int
    channel: str


class PushSubscribed(Event, frozen=True, kw_only=True):
    """A browser of a member shows messages from now on."""

    name = "push.subscribed"


class PushEnded(Event, frozen=True, kw_only=True):
    """It shows them no more. `why`: stopped (there), signed_out (or not seen for long), moved (somebody else uses that
    browser now), gone (its push service says so)."""

    name = "push.ended"
    why: str


class ErrandDone(Event, frozen=True, kw_only=True):
    """An operator has said a message by hand, and told what proves it."""

    name = "errand.done"
    about = "errand"
    errand: int
    message: int
    operator: int


class ErrandLeft(Event, frozen=True, kw_only=True):
    """It could not be said."""

    name = "errand.left"
    about = "errand"
    errand: int
    message: int
    operator: int
    reason: str
