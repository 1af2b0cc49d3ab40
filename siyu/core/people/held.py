"""What the tables of people hold of somebody, and the holdings of the packages below, which cannot speak themselves."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from auditlog.models import LogEntry
from django.conf import settings
from django.db import connection, connections, transaction
from django.db.models import Q, QuerySet

from siyu.core.eventlog import held
from siyu.core.people.holdings import Answer, Files, Somebody, hold
from siyu.core.people.models import (
    AccountJoin,
    Consent,
    Contact,
    Edge,
    Identity,
    Member,
    MemberSession,
    Person,
    Separation,
    Tagging,
    Trait,
)
from siyu.core.people.numbers import ERASED
from siyu.core.team.models import Answer as KeptAnswer
from siyu.kit import clock


class PeopleTables:
    """Identities keep their number and lose their value; all that hangs on them goes."""

    name = "people"

    def count(self, who: Somebody) -> dict[str, int]:
        parts = {"identities": identities(who), **{name: rows(who) for name, rows in HUNG.items()}}
        return {name: found.count() for name, found in parts.items()}

    def export(self, who: Somebody) -> Files:
        said: dict[str, tuple[QuerySet, tuple[str, ...]]] = {
            "identities": (identities(who), ("namespace", "value", "source", "seen_at")),
            "traits": (traits(who), ("name", "value", "source", "at", "private")),
            "consents": (consents(who), ("channel", "purpose", "granted", "source", "at")),
            "tags": (taggings(who), ("tag__group__name", "tag__name", "at", "by")),
            "membership": (members(who), ("identity__value", "joined_at", "name", "language")),
            "contacts": (contacts(who), ("identity__namespace", "identity__value", "verified_at")),
            "sessions": (sessions(who), ("made_at", "seen_at", "expires_at", "ended_at")),
            "links": (edges(who), ("a__namespace", "a__value", "b__namespace", "b__value", "rule", "at", "source")),
        }
        return {
            name: [plain(row) for row in found.order_by("pk").values(*cols)] for name, (found, cols) in said.items()
        }

    @transaction.atomic
    def erase(self, who: Somebody) -> Answer:
        left = identities(who).exclude(namespace=ERASED)
        numbers, persons = list(left.values_list("pk", flat=True)), set(left.values_list("person", flat=True))
        erased = {name: rows(who).delete()[0] for name, rows in HUNG.items()}
        with connection.cursor() as cursor:
            cursor.executemany(
                """UPDATE people_identity SET namespace = %s, value = %s, source = '', person_id = NULL, cluster = NULL
                WHERE id = %s""",
                [(ERASED, str(number), number) for number in numbers],
            )
        Person.objects.filter(pk__in=persons - {None}, identities=None).delete()
        return Answer({"identities": len(numbers), **erased})


def identities(who: Somebody) -> QuerySet[Identity]:
    return Identity.objects.filter(pk__in=who.identities)


def traits(who: Somebody) -> QuerySet[Trait]:
    return Trait.objects.filter(identity__in=who.identities)


def consents(who: Somebody) -> QuerySet[Consent]:
    return Consent.objects.filter(identity__in=who.identities)


def taggings(who: Somebody) -> QuerySet[Tagging]:
    return Tagging.objects.filter(identity__in=who.identities)


def edges(who: Somebody) -> QuerySet[Edge]:
    return Edge.objects.filter(Q(a__in=who.identities) | Q(b__in=who.identities))


def separations(who: Somebody) -> QuerySet[Separation]:
    return Separation.objects.filter(Q(a__in=who.identities) | Q(b__in=who.identities))


def joins(who: Somebody) -> QuerySet[AccountJoin]:
    return AccountJoin.objects.filter(Q(kept__in=who.identities) | Q(joined__in=who.identities))


def contacts(who: Somebody) -> QuerySet[Contact]:
    return Contact.objects.filter(Q(identity__in=who.identities) | Q(member__identity__in=who.identities))


def sessions(who: Somebody) -> QuerySet[MemberSession]:
    return MemberSession.objects.filter(member__identity__in=who.identities)


def members(who: Somebody) -> QuerySet[Member]:
    return Member.objects.filter(identity__in=who.identities)


HUNG = {
    "contacts": contacts,
    "sessions": sessions,
    "members": members,
    "traits": traits,
    "consents": consents,
    "taggings": taggings,
    "links": edges,
    "separations": separations,
    "account_joins": joins,
}


def plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name.replace("__", "_"): value for name, value in row.items()}


class ProgramAnswers:
    """Answers to programs that are kept for a repetition, where they name the person."""

    name = "answers"

    def count(self, who: Somebody) -> dict[str, int]:
        return {"answers": len(self.naming(who))}

    def export(self, who: Somebody) -> Files:
        return {}

    def erase(self, who: Somebody) -> Answer:
        found = self.naming(who)
        KeptAnswer.objects.filter(pk__in=found).update(body="{}")
        return Answer({"answers": len(found)})

    def naming(self, who: Somebody) -> list[int]:
        rows = KeptAnswer.objects.values_list("pk", "body").iterator(1_000)
        return [pk for pk, body in rows if who.named_in(body)]


class AuditTrail:
    """Who did what stays on record; of whom it was done does not."""

    name = "audit"

    def count(self, who: Somebody) -> dict[str, int]:
        return {"lines": len(self.naming(who))}

    def export(self, who: Somebody) -> Files:
        rows = LogEntry.objects.filter(pk__in=self.naming(who)).order_by("pk")
        return {
            "audit": [{"at": row.timestamp, "what": row.object_repr, "details": row.additional_data} for row in rows]
        }

    def erase(self, who: Somebody) -> Answer:
        found = self.naming(who)
        blank = {"object_repr": "", "changes": None, "changes_text": "", "additional_data": {"did": ERASED}}
        LogEntry.objects.filter(pk__in=found).update(**blank)
        return Answer({"lines_emptied": len(found)})

    def naming(self, who: Somebody) -> list[int]:
        fields = ("pk", "object_repr", "changes", "changes_text", "additional_data")
        rows = LogEntry.objects.values_list(*fields).iterator(1_000)
        return [pk for pk, *texts in rows if any(text and who.named_in(str(text)) for text in texts)]


class Backups:
    """Copies outside the house are not searched. The receipt names their folders, and by when they have to be gone."""

    name = "backups"

    def count(self, who: Somebody) -> dict[str, int]:
        return {}

    def export(self, who: Somebody) -> Files:
        return {}

    def erase(self, who: Somebody) -> Answer:
        at = who.at or clock.now()
        folders = [folder.strip() for folder in settings.SIYU.backups.split(",") if folder.strip()]
        until = clock.day_of(at + timedelta(days=settings.SIYU.backup_days), settings.SIYU.zone)
        law = f"Copies from before the wish are not searched and hold the person: delete them by {until}."
        return Answer({}, {folder: older(Path(folder), at) for folder in folders}, law if folders else "")


def older(folder: Path, at: datetime) -> int:
    """Files that were there when somebody wished to be forgotten; a folder elsewhere cannot be counted: 0."""
    return sum(path.stat().st_mtime <= at.timestamp() for path in folder.rglob("*") if path.is_file())


class DatabaseFiles:
    """What databases keep of deleted rows: the write-ahead log is cut, dead rows are swept."""

    name = "database"

    def count(self, who: Somebody) -> dict[str, int]:
        return {}

    def export(self, who: Somebody) -> Files:
        return {}

    def erase(self, who: Somebody) -> Answer:
        return Answer({"swept": sum(swept(alias) for alias in connections)})


class StillRead(Exception):
    """Another connection reads what is to be cut; the erasure goes on when it has ended."""


def swept(alias: str) -> int:
    with connections[alias].cursor() as cursor:
        if connections[alias].vendor != "sqlite":
            if not connections[alias].in_atomic_block:
                cursor.execute("VACUUM")
            return 1
        busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise StillRead(alias)
    return 1


hold(PeopleTables(), turn=10)
hold(held.LogEntries(), turn=20)
hold(held.LakeRows(), turn=60)
hold(held.LandedBatches(), turn=61)
hold(held.FailedMessages(), turn=62)
hold(held.ImportedFiles(), turn=63)
hold(ProgramAnswers(), turn=64)
hold(AuditTrail(), turn=65)
hold(Backups(), turn=66)
hold(DatabaseFiles(), turn=99)
