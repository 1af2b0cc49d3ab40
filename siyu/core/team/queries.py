"""Questions about the team and what it did."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from auditlog.models import LogEntry
from django.db.models import F, QuerySet

from siyu.core.team.models import ApiKey, Operator

PAGE = 50
ACTIONS = {
    LogEntry.Action.CREATE: "created",
    LogEntry.Action.UPDATE: "changed",
    LogEntry.Action.DELETE: "deleted",
    LogEntry.Action.ACCESS: "accessed",
}


@dataclass(frozen=True)
class Deed:
    """One line of the audit trail."""

    number: int
    at: datetime
    who: str
    address: str
    did: str
    kind: str
    """The table's name, such as `operator`."""
    thing: str
    changes: dict[str, Any]
    """{field: (before, after)}"""
    details: dict[str, Any]


def operators() -> list[Operator]:
    return list(Operator.objects.prefetch_related("groups").order_by("-is_active", "-is_superuser", "username"))


def operator(number: int) -> Operator | None:
    return Operator.objects.prefetch_related("groups").filter(pk=number).first()


def api_keys() -> list[ApiKey]:
    """Those that open something first, the newest first."""
    return list(ApiKey.objects.select_related("made_by").order_by(F("revoked_at").desc(nulls_first=True), "-pk"))


def names() -> list[str]:
    return list(Operator.objects.order_by("username").values_list("username", flat=True))


def kinds() -> list[str]:
    """Kinds of things that the trail speaks of."""
    found = LogEntry.objects.order_by("content_type__model").values_list("content_type__model", flat=True)
    return list(found.distinct())


def trail(
    *, who: str = "", kind: str = "", did: str = "", since: datetime | None = None, before: int | None = None
) -> list[Deed]:
    """What was done, newest first; `before` is the number of the last line seen. One more than a page holds tells
    that there is another."""
    entries = asked(who=who, kind=kind, did=did)
    if since:
        entries = entries.filter(timestamp__gte=since)
    if before:
        entries = entries.filter(pk__lt=before)
    return [deed(one) for one in entries.select_related("actor", "content_type").order_by("-pk")[: PAGE + 1]]


def asked(*, who: str, kind: str, did: str) -> QuerySet[LogEntry]:
    entries = LogEntry.objects.all()
    if who:
        entries = entries.filter(actor__username=who)
    if kind:
        entries = entries.filter(content_type__model=kind)
    plain = {label: action for action, label in ACTIONS.items()}
    if did in plain:
        entries = entries.filter(action=plain[did])
    elif did:
        entries = entries.filter(additional_data__did=did)
    return entries


def deed(entry: LogEntry) -> Deed:
    details = dict(entry.additional_data or {})
    return Deed(
        number=entry.pk,
        at=entry.timestamp,
        who=entry.actor.username if entry.actor else "",
        address=str(entry.remote_addr or ""),
        did=details.pop("did", None) or ACTIONS[entry.action],
        kind=entry.content_type.model,
        thing=entry.object_repr,
        changes=entry.changes or {},
        details=details,
    )
