"""A write that is sent twice is done once: the same key with the same question gets the same answer."""

import hashlib
from datetime import datetime, timedelta

from siyu.core.team.models import Answer, ApiKey
from siyu.kit.refusals import Refused

KEPT = timedelta(days=30)


class IdempotencyConflict(Refused):
    code = "idempotency_conflict"
    status = 409


def answered(*, api_key: ApiKey, key: str, question: bytes, at: datetime) -> Answer:
    """What was answered to this question, or an answer yet to be filled in (`status` 0).

    Call it first thing in the transaction of the write, and `keep` in the same: of two at once the second waits here
    for the first, and what was refused leaves no trace.
    """
    digest = hashlib.sha256(question).hexdigest()
    answer, _ = Answer.objects.get_or_create(api_key=api_key, key=key, defaults={"digest": digest, "made_at": at})
    if answer.digest != digest:
        raise IdempotencyConflict("this idempotency key was used for another request")
    return answer


def keep(answer: Answer, *, status: int, body: str) -> Answer:
    answer.status, answer.body = status, body
    answer.save(update_fields=["status", "body"])
    return answer


def forget(at: datetime) -> int:
    """Drop answers that are older than `KEPT`: nobody asks for them again."""
    return Answer.objects.filter(made_at__lt=at - KEPT).delete()[0]
