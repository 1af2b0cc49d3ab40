"""An operator's word: out, or in again. It outranks the rules until another word is said."""

from datetime import datetime

from django.db import transaction

from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.locks import one_at_a_time
from siyu.core.insight.models import Exclusion
from siyu.core.people.codes import NoSuchPerson
from siyu.core.people.models import Identity
from siyu.events.people import VisitorExcluded, VisitorReadmitted
from siyu.kit.refusals import Refused

OPERATOR = "operator"


class ReasonMissing(Refused):
    code = "reason_missing"
    status = 422


class NotExcluded(Refused):
    code = "not_excluded"
    status = 409


@transaction.atomic
def exclude(*, person: int, reason: str, by: str, at: datetime) -> int:
    """What the person behind this number does counts no more, by whatever identity known now; how many went out."""
    reason = reason.strip()[:200]
    if not reason:
        raise ReasonMissing("say why, so that the next one understands")
    one_at_a_time("visitors")
    identities = numbers(person)
    out = set(Exclusion.objects.filter(identity__in=identities, readmitted_at=None).values_list("identity", flat=True))
    said = {"rule": OPERATOR, "reason": reason, "by": by, "at": at, "readmitted_at": None, "readmitted_by": ""}
    for identity in identities:
        Exclusion.objects.update_or_create(identity=identity, defaults=said)
    fresh = [one for one in identities if one not in out]
    announce(*(VisitorExcluded(at=at, identity=one, rule=OPERATOR, reason=reason, by=by) for one in fresh))
    return len(fresh)


@transaction.atomic
def readmit(*, person: int, by: str, at: datetime, reason: str = "") -> int:
    """All of it counts again, and rules leave them alone from now on; how many identities came in again."""
    one_at_a_time("visitors")
    found = Exclusion.objects.filter(identity__in=numbers(person), readmitted_at=None).order_by("identity")
    back = dict(found.values_list("identity", "rule"))
    if not back:
        raise NotExcluded("nothing of this person is excluded")
    found.update(readmitted_at=at, readmitted_by=by)
    announce(
        *(
            VisitorReadmitted(at=at, identity=one, rule=rule, reason=reason.strip()[:200], by=by)
            for one, rule in back.items()
        )
    )
    return len(back)


def numbers(person: int) -> list[int]:
    found = Identity.objects.filter(person__identities=person).order_by("pk").values_list("pk", flat=True)
    if not found:
        raise NoSuchPerson("nobody has that code")
    return list(found)
