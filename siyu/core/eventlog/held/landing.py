from collections.abc import Iterator
from typing import Any

import msgspec
from django.conf import settings
from django.db.models.functions import Length

from siyu.core.eventlog.drain import landed, reached
from siyu.core.eventlog.forgetting import Answer, Files, Somebody
from siyu.core.eventlog.models import FailedMessage

CHUNK = 200


class LandedBatches:
    """What landed and is in the lake now has no more to say: its rows stay for the count, their contents go."""

    name = "landing"

    def count(self, who: Somebody) -> dict[str, int]:
        return {}

    def export(self, who: Somebody) -> Files:
        return {}

    def erase(self, who: Somebody) -> Answer:
        return Answer({"batches_emptied": empty()})


def empty() -> int:
    """Empty all batches that the drain has passed; how many. What follows behind is checked against tombstones."""
    _, at = reached(done=True)
    full = landed().upto(*at).annotate(size=Length("body")).filter(size__gt=0)
    return full.update(body=b"", head={})


class FailedMessages:
    """Messages that could not be taken, kept as they came."""

    name = "failed_messages"

    def count(self, who: Somebody) -> dict[str, int]:
        return {"messages": len(list(naming(who)))}

    def export(self, who: Somebody) -> Files:
        return {"failed_messages": [shown(one) for one in naming(who)]}

    def erase(self, who: Somebody) -> Answer:
        found = [one.pk for one in naming(who)]
        for start in range(0, len(found), CHUNK):
            failed().filter(pk__in=found[start : start + CHUNK]).delete()
        return Answer({"messages": len(found)})


def failed() -> Any:
    return FailedMessage.objects.using(settings.LANDING)


def naming(who: Somebody) -> Iterator[FailedMessage]:
    for one in failed().order_by("pk").iterator(CHUNK):
        if who.named_in(one.body) or who.named_in(one.reason) or who.named_in(msgspec.json.encode(one.head).decode()):
            yield one


def shown(one: FailedMessage) -> dict[str, Any]:
    return {"source": one.source, "received_at": one.received_at, "reason": one.reason, "body": one.body}
