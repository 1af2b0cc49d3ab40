"""What is scarce about points: a balance, and a piece in the mall."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from siyu.core.ledger import wallets
from siyu.features.loyalty.models import MallItem, Redemption
from siyu.features.loyalty.points import earning, mall
from tests.features.loyalty.people import NOON, member
from tests.scarcity.race import CLIENTS, expect, won

COST = 30
HOME = {"name": "Li", "phone": "13800000000", "region": "Shanghai", "street": "Road 1"}


def wealthy(name: str, points: int) -> int:
    who = member(name, since=NOON)
    earning.give(identity=who, points=points, key=f"race {name}", because="race", at=NOON)
    return who


def redeem(item: MallItem, who: int, key: str) -> Redemption:
    assert item.published_at
    return mall.redeem(item=item.pk, identity=who, key=key, address=HOME, at=item.published_at)


class LastPiece:
    """Sixteen members with points for many, and one piece."""

    members: list[int]

    def open(self) -> None:
        self.members = [wealthy(f"spender{n}", 10**6) for n in range(CLIENTS)]

    def stage(self, trial: int) -> MallItem:
        at = NOON + timedelta(days=trial)
        return mall.write(title=f"Mug {trial}", points=COST, left=1, by="lin", at=at)

    def attempt(self, item: MallItem, client: int) -> Redemption:
        return redeem(item, self.members[client], f"{item.pk}")

    def broken(self, item: MallItem, got: Sequence[Any]) -> Iterator[str]:
        yield from expect("winners", len(won(got)), 1)
        yield from expect("redemptions", Redemption.objects.filter(item=item).count(), 1)
        yield from expect("left", MallItem.objects.get(pk=item.pk).left, 0)
        (winner,) = won(got)[:1]
        yield from paid(winner.identity_id, 10**6)


class SameExchange(LastPiece):
    """One member's one exchange, sent sixteen times."""

    def attempt(self, item: MallItem, client: int) -> Redemption:
        return redeem(item, self.members[0], f"{item.pk}")

    def broken(self, item: MallItem, got: Sequence[Any]) -> Iterator[str]:
        yield from expect("answers", len({one.pk for one in won(got)}), 1)
        yield from expect("refused", len(got) - len(won(got)), 0)
        yield from expect("left", MallItem.objects.get(pk=item.pk).left, 0)
        yield from paid(self.members[0], 10**6)


class LastPoints:
    """One member exchanges the same points sixteen times, and there are pieces for all."""

    def open(self) -> None:
        self.item = mall.write(title="Mug", points=COST, by="lin", at=NOON)

    def stage(self, trial: int) -> int:
        return wealthy(f"poor{trial}", COST)

    def attempt(self, who: int, client: int) -> Redemption:
        return redeem(self.item, who, f"{client}")

    def broken(self, who: int, got: Sequence[Any]) -> Iterator[str]:
        yield from expect("winners", len(won(got)), 1)
        yield from expect("redemptions", Redemption.objects.filter(identity=who).count(), 1)
        yield from paid(who, COST)


def paid(who: int, had: int) -> Iterator[str]:
    """For each exchange, once."""
    taken = COST * Redemption.objects.filter(identity=who).count()
    yield from expect("left on the balance", wallets.balances(who).available, had - taken)


RESOURCES = {"points": LastPoints(), "piece in the mall": LastPiece(), "exchange": SameExchange()}
