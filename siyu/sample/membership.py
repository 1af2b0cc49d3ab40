"""Memberships of the sample brand: made up, and their titles say so. Granted, not paid, so that the figures of the real
history stay what they are."""

from datetime import datetime, timedelta

from django.db import transaction

from siyu.core.people.models import Contact, Member
from siyu.features.loyalty.membership import opening, plans, ticking
from siyu.features.loyalty.models import MembershipPlan
from siyu.sample.shop import BY, PHONE

ROOM = {"kind": "access", "terms": {"to": "the tasting evening"}}
CAKE = {"kind": "birthday", "terms": {"what": "a cake", "days": 30}}
PLANS = [
    ("Month (made up)", "ordinary", "month", 1900, 100, []),
    ("Package 199 (made up)", "senior", "year", 19900, 1000, [CAKE]),
    ("Package 299 (made up)", "exclusive", "year", 29900, 2000, [CAKE, ROOM]),
]
BEGAN = [("ordinary", 8), ("ordinary", 26), ("ordinary", 33), ("senior", 40), ("senior", 345), ("exclusive", 100)]
"""Who has which since how many days."""


@transaction.atomic
def open_memberships(at: datetime) -> None:
    """Three plans, one for the member, and some for others; a second time changes nothing."""
    known = Contact.objects.filter(identity__value=PHONE)
    member = known.values_list("member__identity", flat=True).first()
    if member is None or MembershipPlan.objects.exists():
        return
    begun = at - timedelta(days=360)
    made = {}
    for title, tier, period, price, points, more in PLANS:
        gives = [{"kind": "points", "terms": {"amount": points}}, *more]
        text = "Made up, to show what a plan is."
        draft = plans.write(
            title=title, text=text, tier=tier, period=period, price=price, gives=gives, by=BY, at=begun
        )  # fmt: skip
        made[tier] = plans.publish(plan=draft.pk, at=begun).pk
    others = Member.objects.exclude(identity=member).order_by("identity").values_list("identity", flat=True)
    began = [(member, "ordinary", 12), *((who, *one) for who, one in zip(others, BEGAN, strict=False))]
    for who, tier, days in began:
        since = at - timedelta(days=days)
        opening.grant(plan=made[tier], identity=who, key=f"sample:{who}", by=BY, at=since)
    ticking.tick(at)
