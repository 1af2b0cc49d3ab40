"""Points for the sample brand: rules, what they are worth, a small mall. Made up, and said so; the member has some."""

from datetime import datetime

from siyu.features.loyalty.models import EarnRule
from siyu.features.loyalty.points import earning, mall, writing

BY = "sample"
RULES: list[tuple[str, str, int, dict[str, int | None]]] = [
    ("1 a dollar", "order.placed", 1, {"per": 100, "waits_days": 7, "lives_days": 365}),
    ("Check in", "member.checked_in", 10, {"most_a_day": 10, "lives_days": 365}),
    ("Badge", "badge.awarded", 100, {"most": 100_000, "lives_days": 365}),
]


def open_programme(member: int, at: datetime) -> None:
    """Once: a house that has rules of its own is left alone."""
    if EarnRule.objects.exists():
        return
    writing.set_worth(worth=100, most_percent=50, by=BY, at=at)
    for title, event, points, limits in RULES:
        made = writing.write(
            title=title, event=event, points=points, by=BY, at=at, begins_at=None, ends_at=None, **limits
        )
        writing.publish(rule=made.pk, at=at)
    earning.give(
        identity=member, points=1200, key="sample", at=at, because="hand:sample", by=BY, lives_days=60,
        memo="Made up, to show what points can do.",
    )  # fmt: skip
    cup = mall.write(title="Tea cup", text="Made up, to show goods that are sent.", points=800, left=20, cost=350,
        by=BY, at=at)  # fmt: skip
    mall.write(title="Make-up card", points=300, by=BY, at=at, most_a_member=2,
        gives=[{"kind": "make_up_card", "terms": {"cards": 1}}])  # fmt: skip
    home = {"name": "Household 1", "phone": "13900001234", "region": "Springfield", "street": "742 Evergreen Terrace"}
    mall.redeem(item=cup.pk, identity=member, key="sample", address=home, at=at)
