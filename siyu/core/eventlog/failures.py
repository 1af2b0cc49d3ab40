"""What reactions could not take, for whoever looks after the house: look, have it tried again, or let it be."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from siyu.core.eventlog.models import Failure
from siyu.kit.refusals import Refused

PAGE = 50


class NoSuchFailure(Refused):
    code = "no_such_failure"
    status = 404


@dataclass(frozen=True)
class Failed:
    number: int
    reaction: str
    event: str
    """The event's name."""
    at: datetime
    """When it happened."""
    identity: int | None
    attempts: int
    due_at: datetime | None
    """When it is tried again; none: given up."""
    error: str
    """The whole traceback."""

    @property
    def reason(self) -> str:
        """The line that says what was wrong: a traceback's last."""
        lines = [line for line in self.error.splitlines() if line.strip()]
        return lines[-1] if lines else ""


def failures(*, before: int | None = None) -> list[Failed]:
    """Newest first; one more than a page holds tells that there is another."""
    found = Failure.objects.select_related("entry").order_by("-pk")
    if before:
        found = found.filter(pk__lt=before)
    return [failed(one) for one in found[: PAGE + 1]]


def failed(one: Failure) -> Failed:
    entry = one.entry
    return Failed(one.pk, one.reaction, entry.name, entry.at, entry.identity, one.attempts, one.due_at, one.error)


def try_again(*, number: int, at: datetime) -> Failure:
    """It is due at once: the worker takes it with its next batch, also what had been given up."""
    return due(number, at)


def give_up(*, number: int) -> Failure:
    """It is not tried again by itself; the row stays until somebody has it tried."""
    return due(number, None)


class NotGivenUp(Refused):
    code = "not_given_up"
    status = 409


class WhyMissing(Refused):
    code = "reason_missing"
    status = 422


@transaction.atomic
def dismiss(*, number: int, reason: str) -> Failed:
    """Nobody will have it tried again: what the event should have set off stays undone. The row goes; what it was is
    handed back for the trail."""
    if not reason.strip():
        raise WhyMissing("say why, so that the next one understands")
    found = Failure.objects.select_for_update(no_key=True, of=("self",)).select_related("entry").filter(pk=number)
    row = found.first()
    if row is None:
        raise NoSuchFailure("It has been taken meanwhile.")
    if row.due_at:
        raise NotGivenUp("It is still tried again by itself; give it up first.")
    gone = failed(row)
    row.delete()
    return gone


@transaction.atomic
def due(number: int, at: datetime | None) -> Failure:
    found = Failure.objects.select_for_update(no_key=True).filter(pk=number).first()
    if found is None:
        raise NoSuchFailure("It has been taken meanwhile.")
    found.due_at = at
    found.save(update_fields=["due_at"])
    return found
