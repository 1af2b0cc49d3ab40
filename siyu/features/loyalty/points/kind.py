"""Points as a benefit that tasks, streaks, levels and plans give: {"amount": 200}, and how many days they live."""

from datetime import datetime

from django.utils.translation import gettext as _

from siyu.features.loyalty.benefits import BadBenefit, Terms, add
from siyu.features.loyalty.models import Earning
from siyu.features.loyalty.points import earning
from siyu.features.loyalty.points.reversing import take_back

YEARS = 3650


class PointsGiven:
    kind = "points"

    def check(self, terms: Terms) -> None:
        if not {"amount"} <= set(terms) <= {"amount", "days"}:
            raise BadBenefit("the terms of points say amount, and days where they expire")
        for name, most in (("amount", earning.MOST), ("days", YEARS)):
            value = terms.get(name, 1)
            if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= most:
                raise BadBenefit(f"{name} is a whole number from 1 to {most:,}")

    def words(self, terms: Terms) -> str:
        return _("%s points") % f"{terms['amount']:,}"

    def grant(self, *, identity: int, terms: Terms, key: str, at: datetime) -> None:
        earning.give(
            identity=identity, points=terms["amount"], key=f"given:{key}", at=at, because=f"given:{key}"[:80],
            lives_days=terms.get("days"),
        )  # fmt: skip

    def revoke(self, *, identity: int, terms: Terms, key: str, at: datetime) -> None:
        given = Earning.objects.filter(key=f"given:{key}", identity=identity).first()
        if given:
            take_back(given, given.points, at)


add(PointsGiven())
