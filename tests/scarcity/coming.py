"""What is scarce about coming back: the check-in of a day, and the last make-up card."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from siyu.core.people.models import Identity, Member
from siyu.core.people.numbers import number
from siyu.features.loyalty.checkin import actions, cards
from siyu.features.loyalty.models import CheckIn, MakeUpCard, StreakStep
from siyu.kit.clock import day_of
from tests.features.shop.brand import NOW
from tests.scarcity.race import expect, won


def joined(trial: int) -> int:
    claim = ("member", f"comes{trial}")
    who = number({claim: NOW}, source="siyu")[claim]
    Member.objects.get_or_create(
        identity=Identity.objects.get(pk=who), defaults={"joined_at": NOW - timedelta(days=30)}
    )
    return who


class CheckInOfADay:
    """Sixteen taps on one morning: one check-in, and one step of the streak."""

    def open(self) -> None:
        actions.write_programme(steps=[{"days": 1, "gives": []}], reaches_back=7, by="lin", at=NOW)

    def stage(self, trial: int) -> int:
        return joined(trial)

    def attempt(self, thing: int, client: int) -> Any:
        return actions.check_in(identity=thing, at=NOW)

    def broken(self, thing: int, got: Sequence[Any]) -> Iterator[str]:
        yield from expect("checked in", len(won(got)), 1)
        yield from expect("days", CheckIn.objects.filter(identity=thing).count(), 1)
        yield from expect("steps", StreakStep.objects.filter(identity=thing).count(), 1)


class LastCard:
    """One card, sixteen missed days."""

    def open(self) -> None:
        actions.write_programme(steps=[], reaches_back=30, by="lin", at=NOW)

    def stage(self, trial: int) -> int:
        cards.grant(identity=(who := joined(trial)), cards=1, key="one", because="", at=NOW)
        return who

    def attempt(self, thing: int, client: int) -> Any:
        day = day_of(NOW, "UTC") - timedelta(days=client + 1)
        return actions.make_up(identity=thing, day=day, at=NOW)

    def broken(self, thing: int, got: Sequence[Any]) -> Iterator[str]:
        yield from expect("made up", len(won(got)), 1)
        yield from expect("days", CheckIn.objects.filter(identity=thing).exclude(card=None).count(), 1)
        yield from expect("cards left", MakeUpCard.objects.filter(identity=thing, spent_at=None).count(), 0)


RESOURCES = {"check-in": CheckInOfADay(), "make-up card": LastCard()}
