"""What members do lifts them; what they reach is given, what they lose is taken back where the scheme says so."""

from siyu.core.eventlog.react import Recorded, reacts_to
from siyu.core.people.accounts import account_of
from siyu.events import BY_NAME
from siyu.events.loyalty import LevelLost, LevelReached
from siyu.events.people import AccountJoined
from siyu.features.loyalty import giving
from siyu.features.loyalty.levels import actions, metrics
from siyu.features.loyalty.levels.reading import read
from siyu.features.loyalty.levels.rules import Scheme
from siyu.features.loyalty.models import LevelChange, LevelScheme
from siyu.features.loyalty.tasks.conditions import COUNTABLE
from siyu.features.loyalty.who import member_of


@reacts_to(*(BY_NAME[name] for name in COUNTABLE))
def lift(event: Recorded) -> None:
    scheme = actions.in_force(event.at)
    if scheme is None or not metrics.wakes(read(scheme.body, gifts=False), event.name):
        return
    if who := member_of(event.identity):
        actions.rise(identity=who, at=event.at)


@reacts_to(AccountJoined)
def lift_together(event: Recorded) -> None:
    """What two accounts did counts together now. Who parts is judged by the day."""
    if event.identity and actions.in_force(event.at):
        actions.rise(identity=account_of(event.identity), at=event.at)


@reacts_to(LevelReached)
def give(event: Recorded) -> None:
    """Of every level between: who leaps over one has reached it."""
    said = event.body["properties"]
    scheme = scheme_of(event.body["subject"])
    for rank in range(said["before"] + 1, said["rank"] + 1):
        key = gift_key(event.identity, rank, event.at)
        gives = scheme.levels[rank - 1].gives
        giving.give(gives, identity=event.identity or 0, key=key, because=f"level:{rank}", at=event.at)


@reacts_to(LevelLost)
def take_back(event: Recorded) -> None:
    said = event.body["properties"]
    if scheme_of(event.body["subject"]).losing != "revoke":
        return
    for rank in range(said["rank"] + 1, said["before"] + 1):
        rises = LevelChange.objects.select_related("scheme").filter(identity=event.identity, at__lte=event.at)
        reached = rises.filter(before__lt=rank, after__gte=rank).order_by("-at", "-pk").first()
        if reached:
            levels = read(reached.scheme.body, gifts=False).levels
            gives = levels[rank - 1].gives if rank <= len(levels) else ()
            giving.take_back(gives, key=gift_key(event.identity, rank, reached.at), at=event.at)


def scheme_of(version: int) -> Scheme:
    return read(LevelScheme.objects.get(version=version).body, gifts=False)


def gift_key(identity: int | None, rank: int, at: object) -> str:
    return f"level:{identity}:{rank}:{at:%Y%m%d%H%M%S%f}"
