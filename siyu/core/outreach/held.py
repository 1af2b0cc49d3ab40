"""What outreach holds of somebody: messages, their receipts, and whether an address of theirs is suppressed.

Bitmaps of verdicts and caps know numbers only, which name nobody once a person is erased.
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from siyu.core.outreach.by_hand import proofs
from siyu.core.outreach.models import Errand, Outgoing, Receipt, Suppression
from siyu.core.people.holdings import Answer, Files, Somebody, hold


class Outreach:
    name = "outreach"

    def count(self, who: Somebody) -> dict[str, int]:
        found = {"messages": messages, "receipts": receipts, "suppressed": shut, "errands": errands}
        return {name: rows(who).count() for name, rows in found.items()}

    def export(self, who: Somebody) -> Files:
        fields = ("dispatch__title", "dispatch__key", "channel", "state", "due_at", "sent_at")
        sent = [plain(row) for row in messages(who).order_by("pk").values(*fields)]
        got = [plain(row) for row in receipts(who).order_by("pk").values("message__dispatch__key", "kind", "at")]
        barred = [plain(row) for row in shut(who).order_by("pk").values("namespace", "reason", "at")]
        by_hand = [plain(row) for row in errands(who).order_by("pk").values("made_at", "state", "text", "ended_at")]
        return {"messages": sent, "receipts": got, "suppressed": barred, "by_hand": by_hand}

    @transaction.atomic
    def erase(self, who: Somebody) -> Answer:
        """What is queued stops; rows stay, as figures that name nobody. A suppressed address is a keyed hash alone."""
        waiting = messages(who).filter(state="queued").update(state="stopped", reason="erased")
        blank = messages(who).exclude(reference="", address=None).update(reference="", address=None)
        details = receipts(who).exclude(detail="").update(detail="")
        law = "Suppressed addresses stay as keyed hashes, so that nothing is sent there again."
        kept = shut(who).update(identity=None)
        said = {"stopped": waiting, "messages": blank, "details": details, "errands": forget_errands(who)}
        return Answer(said, {"suppressions": kept}, law) if kept else Answer(said)


def forget_errands(who: Somebody) -> int:
    """What was to be said, and what proves that it was."""
    for name in errands(who).exclude(proof_picture="").values_list("proof_picture", flat=True):
        proofs.path(name).unlink(missing_ok=True)
    errands(who).filter(state__in=("open", "taken")).update(state="withdrawn", operator=None)
    named = errands(who).exclude(to="", subject="", text="", proof="", proof_picture="")
    return named.update(to="", subject="", text="", proof="", proof_picture="")


def messages(who: Somebody) -> QuerySet[Outgoing]:
    return Outgoing.objects.filter(person__in=who.identities)


def receipts(who: Somebody) -> QuerySet[Receipt]:
    return Receipt.objects.filter(message__person__in=who.identities)


def errands(who: Somebody) -> QuerySet[Errand]:
    return Errand.objects.filter(outgoing__in=messages(who).values("pk"))


def shut(who: Somebody) -> QuerySet[Suppression]:
    return Suppression.objects.filter(identity__in=who.identities)


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name.replace("__", "_"): value for name, value in row.items()}


hold(Outreach())
