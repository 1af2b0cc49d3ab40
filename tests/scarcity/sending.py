"""What is scarce about messages: room under a cap, and money for them."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import numpy as np

from siyu.core.insight.trials import controls
from siyu.core.ledger import books
from siyu.core.outreach import gate
from siyu.core.outreach.gate import budget, caps
from siyu.core.outreach.gate.asked import day_of, put
from siyu.core.outreach.models import Cap, Dispatch, Outgoing
from tests.core.outreach.people import NOON, crowd, dispatch
from tests.scarcity.race import CLIENTS, expect

PEOPLE, MOST = 5, 2


class RoomUnderACap:
    """Sixteen dispatches to the same five people at once, who hear two a day."""

    def open(self) -> None:
        controls.change(share=0, by="lin", at=NOON - timedelta(days=1))
        controls.current(NOON)
        Cap.objects.update_or_create(channel="", period="day", defaults={"most": MOST})
        self.people = np.array(crowd(PEOPLE))
        self.dispatches = [dispatch(f"race {n}") for n in range(CLIENTS)]

    def stage(self, trial: int) -> int:
        """Another day, and other dispatches: nobody is asked about twice for one."""
        self.dispatches += [dispatch(f"race {trial} {n}") for n in range(CLIENTS)]
        return trial

    def attempt(self, trial: int, client: int) -> Any:
        of = self.dispatches[(trial + 1) * CLIENTS + client]
        return gate.let_through(of, self.people, at=NOON + timedelta(days=trial))

    def broken(self, trial: int, got: Sequence[Any]) -> Iterator[str]:
        day = day_of(NOON + timedelta(days=trial))
        for who in self.people.tolist():
            yield from expect("messages a day", Outgoing.objects.filter(person=who, day=day).count(), MOST)
        yield from expect("let through", sum(one["allowed"] for one in got), MOST * PEOPLE)


class RoomThatIsLookedAt(RoomUnderACap):
    """Racy on purpose: it looks whether there is room, and writes afterwards."""

    def attempt(self, trial: int, client: int) -> Any:
        of, at = self.dispatches[(trial + 1) * CLIENTS + client], NOON + timedelta(days=trial)
        full = caps.full_for(self.people, day_of(at), of.channel)
        fine = self.people[~full]
        if len(fine):
            put(of, fine, 1, at)
            caps.take(fine, day_of(at), of.channel)
        return {"allowed": len(fine)}


class MoneyForMessages:
    """Sixteen gates at once let people into a dispatch that pays for seven."""

    def open(self) -> None:
        controls.change(share=0, by="lin", at=NOON - timedelta(days=1))
        controls.current(NOON)
        self.people = crowd(CLIENTS)

    def stage(self, trial: int) -> Dispatch:
        return dispatch(f"paid {trial}", cost=10, budget=75)

    def attempt(self, of: Dispatch, client: int) -> Any:
        return gate.decide_one(of, self.people[client], at=NOON)

    def broken(self, of: Dispatch, got: Sequence[Any]) -> Iterator[str]:
        yield from expect("let through", sum(one.allowed for one in got), 7)
        yield from expect("without money", sum(one.reason == "budget" for one in got), CLIENTS - 7)
        yield from expect("messages", Outgoing.objects.filter(dispatch=of).count(), 7)
        yield from expect("left", books.balance(budget.account(of)), 5)


RESOURCES = {"room under a cap": RoomUnderACap(), "money for messages": MoneyForMessages()}
