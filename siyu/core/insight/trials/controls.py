"""The global control group: a few, at most 5 %, whom no marketing reaches, so that all of it together can be judged.

It is drawn from a circle (`lot`): a rotation is a stretch of it, and the next rotation begins where the last one ended.
So nobody is in two in a row, and with the same share everybody's turn comes once in a round of the circle. Rotations
never overlap in time. A trial keeps to the rotation in which it was opened; the gate asks for the one of now as well.
"""

import secrets
from datetime import datetime, timedelta

import numpy as np
from django.db import transaction
from django.db.models import QuerySet

from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.locks import one_at_a_time
from siyu.core.insight.models import Controls, Rotation
from siyu.core.insight.trials.lot import CIRCLE, places
from siyu.events.trials import ControlsChanged, ControlsRotated
from siyu.kit.prepared import asks
from siyu.kit.refusals import Refused

SHARE = 200
MOST = 500
DAYS = 90
LONGEST = 400
HOUSE = "siyu"


class BadControls(Refused):
    code = "bad_controls"
    status = 422


def terms() -> Controls:
    """What holds for the next rotation."""
    return Controls.objects.order_by("-pk").first() or Controls(share=SHARE, days=DAYS, by=HOUSE)


@transaction.atomic
def change(*, share: int, days: int = DAYS, by: str, at: datetime) -> Controls:
    """From the next rotation on; the present one stays what it is, or it would compare nothing."""
    if not 0 <= share <= MOST:
        raise BadControls(f"the global control group is 0 to {MOST / 100:g} % of everybody")
    if not 1 <= days <= LONGEST:
        raise BadControls(f"a rotation lasts 1 to {LONGEST} days")
    made = Controls.objects.create(share=share, days=days, by=by, at=at)
    announce(ControlsChanged(at=at, share=share, days=days, by=by))
    return made


def current(at: datetime) -> Rotation:
    """The rotation of this moment, begun where the last one is over."""
    return standing(at) or begin(at)


def standing(at: datetime) -> Rotation | None:
    return next(iter(rotations(at)), None)


@asks
def rotations(at: datetime) -> QuerySet[Rotation]:
    return Rotation.objects.filter(begins_at__lte=at, ends_at__gt=at).order_by("-begins_at")


@transaction.atomic
def begin(at: datetime, *, salt: str = "") -> Rotation:
    """Of two who begin at once, one does. `salt` only for who must draw the same lots elsewhere."""
    one_at_a_time("global control group")
    if found := standing(at):
        return found
    last = Rotation.objects.filter(begins_at__lte=at).order_by("-begins_at").first()
    after = Rotation.objects.filter(begins_at__gt=at).order_by("begins_at").first()
    said = terms()
    ends = at + timedelta(days=said.days)
    made = Rotation.objects.create(
        salt=salt or (last.salt if last else after.salt if after else secrets.token_hex(8)),
        start=(last.start + last.share) % CIRCLE if last else 0,
        share=said.share,
        begins_at=at,
        ends_at=min(ends, after.begins_at) if after else ends,
    )
    announce(ControlsRotated(at=at, rotation=made.pk, share=made.share, until=made.ends_at))
    return made


def held_out(people: np.ndarray, *, at: datetime) -> np.ndarray:
    """Of each: whether they are in the global control group of this moment."""
    return within(current(at), people)


def within(rotation: Rotation, people: np.ndarray) -> np.ndarray:
    return (places(rotation.salt, people) - np.int16(rotation.start)) % CIRCLE < rotation.share


def rotate(at: datetime) -> int:
    """The worker's: begin the next one when the last is over and somebody uses it at all."""
    if not Rotation.objects.exists() or standing(at):
        return 0
    begin(at)
    return 1
