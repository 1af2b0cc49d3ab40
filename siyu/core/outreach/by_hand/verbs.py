"""What an operator does with errands."""

from datetime import datetime

import numpy as np
from django.db import connection, transaction
from django.db.models import QuerySet

from siyu.core.eventlog.announce import announce
from siyu.core.outreach import channels, receipts
from siyu.core.outreach.by_hand import proofs
from siyu.core.outreach.gate.looking import barred as barred_on
from siyu.core.outreach.gate.looking import look
from siyu.core.outreach.models import Errand, Outgoing
from siyu.events.outreach import ErrandDone, ErrandLeft
from siyu.kit.refusals import Refused

AT_ONCE = 20
CODE = "by_hand"


class NotYours(Refused):
    """Somebody else has it, it is done, or it may not be said any more."""

    code = "not_yours"
    status = 409


class NoProof(Refused):
    code = "no_proof"
    status = 422


@transaction.atomic
def take(*, operator: int, at: datetime, count: int = AT_ONCE) -> list[Errand]:
    """The oldest that nobody has, at most so many; two who take at once never get the same. What the person does not
    allow any more is withdrawn instead."""
    skip = "FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""WITH next AS MATERIALIZED (
                SELECT id FROM outreach_errand WHERE state = 'open' ORDER BY id LIMIT %s {skip})
            UPDATE outreach_errand SET state = 'taken', operator_id = %s, taken_at = %s
            WHERE state = 'open' AND id IN (SELECT id FROM next) RETURNING id""",
            [count, operator, connection.ops.adapt_datetimefield_value(at)],
        )
        taken = [pk for (pk,) in cursor.fetchall()]
    refused = withdraw(taken, at)
    return list(Errand.objects.filter(pk__in=set(taken) - refused).order_by("pk"))


def withdraw(errands: list[int], at: datetime) -> set[int]:
    """Of these those that may not be said any more: they are, and nothing of the text stays."""
    rows = dict(Errand.objects.filter(pk__in=errands, outgoing__isnull=False).values_list("pk", "outgoing"))
    messages = Outgoing.objects.filter(pk__in=[one or 0 for one in rows.values()]).select_related("dispatch")
    welcome = {one.pk for kind in {m.dispatch.kind for m in messages} for one in allowed(messages, kind)}
    gone = {pk for pk, outgoing in rows.items() if outgoing not in welcome}
    Errand.objects.filter(pk__in=gone).update(state="withdrawn", text="", to="", ended_at=at)
    return gone


def allowed(messages: QuerySet[Outgoing], kind: str) -> list[Outgoing]:
    """Of the messages of this kind those whose person still may be spoken to."""
    channel = channels.channel(CODE)
    some = [one for one in messages if one.dispatch.kind == kind and one.dispatch.state != "stopped"]
    if not some:
        return []
    people = np.unique(np.array([one.person for one in some], dtype=np.int64))
    seen = look(people, channel, kind, barred_on(channel), None)
    yes = seen.persons[seen.consenting & seen.reachable & ~seen.suppressed]
    welcome = set(seen.numbers[np.isin(seen.persons[seen.whose], yes)].tolist())
    return [one for one in some if one.person in welcome]


@transaction.atomic
def done(*, errand: int, operator: int, at: datetime, proof: str = "", picture: bytes = b"") -> Errand:
    """It was said. What proves it: a word, a picture, or both."""
    if not proof.strip() and not picture:
        raise NoProof("say what proves it, or add a picture of it")
    drawn = proofs.drawn(picture) if picture else b""
    found = ended(errand, operator, "done", at, proof=proof.strip()[:500])
    if drawn:  # only whoever has the errand leaves a file
        found.proof_picture = proofs.keep(found.pk, drawn)
        found.save(update_fields=["proof_picture"])
    if found.outgoing:
        receipts.take(message=found.outgoing, kind="delivered", at=at, detail="by hand")
    announce(
        ErrandDone(at=at, identity=person_of(found), errand=found.pk, message=found.outgoing or 0, operator=operator)
    )
    return found


@transaction.atomic
def leave(*, errand: int, operator: int, at: datetime, reason: str) -> Errand:
    """It could not be said: not found, no answer, not wanted."""
    found = ended(errand, operator, "left", at, proof=reason.strip()[:500])
    announce(
        ErrandLeft(
            at=at, identity=person_of(found), errand=found.pk, message=found.outgoing or 0, operator=operator,
            reason=found.proof,
        )
    )  # fmt: skip
    return found


@transaction.atomic
def give_back(*, operator: int, at: datetime) -> int:
    """All that this operator has taken and not done is on the desk again."""
    mine = Errand.objects.filter(operator=operator, state="taken")
    return mine.update(state="open", operator=None, taken_at=None)


def ended(errand: int, operator: int, state: str, at: datetime, **said: str) -> Errand:
    mine = Errand.objects.filter(pk=errand, operator=operator, state="taken")
    if not mine.update(state=state, ended_at=at, **said):
        raise NotYours("it is not in your hands: somebody has done it, or it was taken back")
    return Errand.objects.get(pk=errand)


def person_of(errand: Errand) -> int | None:
    return Outgoing.objects.filter(pk=errand.outgoing or 0).values_list("person", flat=True).first()
