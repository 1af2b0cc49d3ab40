"""A badge as a kind of benefit."""

from datetime import datetime

from siyu.features.loyalty import benefits
from siyu.features.loyalty.badges import actions
from siyu.features.loyalty.benefits import Terms
from siyu.features.loyalty.models import Badge, BadgeAward


class Badges:
    kind = "badge"

    def check(self, terms: Terms) -> None:
        if set(terms) != {"badge"} or not isinstance(terms["badge"], int):
            raise actions.BadBadge('the terms are {"badge": 3}')
        if actions.badge_numbered(terms["badge"]).retired_at:
            raise actions.NoSuchBadge("that badge is retired")

    def choices(self) -> list[tuple[int, str]]:
        return list(Badge.objects.filter(retired_at=None).order_by("name").values_list("pk", "name"))

    def words(self, terms: Terms) -> str:
        return Badge.objects.filter(pk=terms["badge"]).values_list("name", flat=True).first() or ""

    def grant(self, *, identity: int, terms: Terms, key: str, at: datetime) -> None:
        """Who wears it already wears it."""
        try:
            actions.award(badge=terms["badge"], identity=identity, key=key, because="benefit", at=at)
        except actions.AlreadyWorn:
            return

    def revoke(self, *, identity: int, terms: Terms, key: str, at: datetime) -> None:
        for award in BadgeAward.objects.filter(key=key[-200:], identity=identity, revoked_at=None):
            actions.revoke(award=award.pk, because="benefit taken back", at=at)


benefits.add(Badges())
