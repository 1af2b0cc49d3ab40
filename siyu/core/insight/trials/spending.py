"""What was spent for a trial: messages, coupons, points."""

from datetime import datetime

from django.db import transaction

from siyu.core.eventlog.announce import announce
from siyu.core.insight.models import Trial, TrialCost
from siyu.events.trials import TrialCharged
from siyu.kit.refusals import Refused

MOST = 10**13


class BadCost(Refused):
    code = "bad_cost"
    status = 422


@transaction.atomic
def spend(trial: Trial, *, kind: str, amount: int, at: datetime, by: str, key: str = "", note: str = "") -> TrialCost:
    """`amount`: all of it so far, in minor units of the base currency; told again under the same key, the new word
    holds. Without a key there is one cost of each kind."""
    if kind not in TrialCost.KINDS:
        raise BadCost(f"a cost is of {', '.join(TrialCost.KINDS)}")
    if not 0 <= amount <= MOST:
        raise BadCost("a cost is a sum of money from nothing upwards")
    said = {"kind": kind, "amount": amount, "note": note, "by": by, "at": at}
    made, _ = TrialCost.objects.update_or_create(trial=trial, key=key or kind, defaults=said)
    announce(TrialCharged(at=at, trial=trial.pk, key=made.key, kind=kind, amount=amount, by=by))
    return made
