"""What the console and the API ask about saved audiences; plain data out."""

from typing import Any

from django.conf import settings
from django.db.models import Count, OuterRef, Subquery

from siyu.core.insight.audiences.reading import find
from siyu.core.insight.models import Audience, Snapshot, TagRule
from siyu.kit import codes

PAGE = 50


def saved_audiences(*, search: str = "", start: int = 0, limit: int = PAGE) -> dict[str, Any]:
    """Those in use, the last changed first, each with its newest snapshot."""
    newest = Snapshot.objects.filter(audience=OuterRef("pk")).order_by("-taken_at")
    rows = Audience.objects.filter(archived_at=None, name__icontains=search).order_by("-changed_at", "pk")
    shown = rows.annotate(
        kept=Count("snapshots"),
        people=Subquery(newest.values("people")[:1]),
        taken_at=Subquery(newest.values("taken_at")[:1]),
    )
    return {"total": rows.count(), "audiences": [one(row) for row in shown[start : start + min(limit, 500)]]}


def one(row: Any) -> dict[str, Any]:
    return {
        "code": codes.encode("aud", row.pk, settings.SECRET_KEY),
        "name": row.name,
        "definition": row.definition,
        "by": row.by,
        "made_at": row.made_at,
        "changed_at": row.changed_at,
        "snapshots": getattr(row, "kept", None),
        "people": getattr(row, "people", None),
        "taken_at": getattr(row, "taken_at", None),
    }


def saved_audience(name: str) -> dict[str, Any] | None:
    """One by its code or its name."""
    found = find(name)
    return one(found) if found else None


def snapshots(audience: Audience, *, limit: int = PAGE) -> list[dict[str, Any]]:
    rows = audience.snapshots.order_by("-taken_at", "-pk")[:limit]
    return [{"number": row.pk, "taken_at": row.taken_at, "people": row.people, "by": row.by} for row in rows]


def tag_rules() -> list[dict[str, Any]]:
    rules = TagRule.objects.select_related("tag__group").order_by("tag__group__name", "tag__name")
    return [
        {
            "tag": codes.encode("tag", rule.tag_id, settings.SECRET_KEY),
            "group": rule.tag.group.name,
            "name": rule.tag.name,
            "definition": rule.definition,
            "by": rule.by,
            "applied_at": rule.applied_at,
            "error": rule.error,
        }
        for rule in rules
    ]
