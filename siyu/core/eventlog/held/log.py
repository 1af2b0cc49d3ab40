from collections.abc import Iterator
from itertools import batched
from typing import Any

import msgspec
from django.db import connection, transaction
from django.db.models import QuerySet

from siyu.core.eventlog.forgetting import Answer, Files, Somebody
from siyu.core.eventlog.models import Entry, Failure
from siyu.events import BY_NAME

CHUNK = 1_000
LASTING = tuple(name for name, event in BY_NAME.items() if event.lasting)
LAW = (
    "Records of transactions: E-Commerce Law of the PRC, art. 31 (three years); accounting and tax law (ten years), "
    "GDPR art. 17(3)(b). The amounts hang on a number that names nobody."
)


class LogEntries:
    """Announced events: who somebody is and what was said of them goes, amounts stay."""

    name = "log"

    def count(self, who: Somebody) -> dict[str, int]:
        return {"entries": entries(who).count()}

    def export(self, who: Somebody) -> Files:
        fields = ("name", "at", "source", "imported", "body")
        rows = entries(who).order_by("at", "pk").values(*fields)
        return {"log": [{**row, "body": msgspec.json.decode(row["body"])} for row in rows]}

    @transaction.atomic
    def erase(self, who: Somebody) -> Answer:
        changed = 0
        rows = entries(who).order_by("pk").values_list("pk", "name", "body", "message")
        for some in batched(rows.iterator(CHUNK), CHUNK):
            changed += write(list(stripped(some, who)))
        Failure.objects.filter(entry__in=entries(who).values("pk")).update(error="erased")
        kept = entries(who).filter(name__in=LASTING).count()
        return Answer({"entries": changed}, {"transactions": kept} if kept else {}, LAW if kept else "")


def entries(who: Somebody) -> QuerySet[Entry]:
    return Entry.objects.filter(identity__in=who.identities)


def stripped(rows: tuple[Any, ...], who: Somebody) -> Iterator[tuple[str, str | None, int]]:
    for position, name, body, message in rows:
        left = msgspec.json.encode(bare(name, msgspec.json.decode(body), who)).decode()
        kept_message = f"erased-{position}" if message and who.named_in(message) else message
        if (left, kept_message) != (body, message):
            yield left, kept_message, position


def bare(name: str, body: dict[str, Any], who: Somebody) -> dict[str, Any]:
    """What the books need of an event, and nothing of who it was."""
    left: dict[str, Any] = {key: body[key] for key in ("subject", "amount", "discount", "items") if key in body}
    properties = body.get("properties")
    if properties and name in LASTING and not who.named_in(msgspec.json.encode(properties).decode()):
        left["properties"] = properties
    return left


def write(rows: list[tuple[str, str | None, int]]) -> int:
    with connection.cursor() as cursor:
        if rows:
            cursor.executemany("UPDATE eventlog_entry SET body = %s, message = %s WHERE position = %s", rows)
    return len(rows)
