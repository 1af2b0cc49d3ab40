"""Coupons of the sample brand: made up, and their titles say so. Entered through the verbs that operators use.

One order that waits for its money holds one; none is paid, so that the figures of the real history stay what they are.
"""

from datetime import datetime, timedelta

from django.db import transaction

from siyu.core.people.models import Contact
from siyu.features.commerce.checkout import Address, By, Want
from siyu.features.commerce.models import Category, Listing, Order, Variant
from siyu.features.loyalty import benefits
from siyu.features.loyalty.coupons import issuing, writing
from siyu.features.loyalty.coupons.writing import Terms
from siyu.features.loyalty.models import CouponTemplate
from siyu.sample.shop import BY, PHONE, order


@transaction.atomic
def hand_out_coupons(at: datetime) -> None:
    """Five templates, codes of them in a member's wallet and in a batch; a second time changes nothing."""
    member = Contact.objects.filter(identity__value=PHONE).values_list("member__identity", flat=True).first()
    if member is None or CouponTemplate.objects.exists():
        return
    made = [writing.write(terms=terms, by=BY, at=at).pk for terms in templates(at)]
    for template in made[:-1]:
        writing.publish(template=template, by=BY, at=at)
    welcome, off, tenth, lesson, _draft = made
    issuing.claim(identity=member, text="WELCOME10", at=at)
    for template in (off, tenth):
        issuing.issue(template=template, identity=member, key=f"sample:{template}", because="sample", at=at)
    cake = {"what": "a cake (made up)", "days": 30}
    for kind, terms in (("coupon", {"template": lesson}), ("birthday", cake)):
        key = f"sample:{kind}"
        benefits.give(kind=kind, terms=terms, identity=member, key=key, because="level:sample", at=at)
    issuing.generate(template=welcome, codes=20, key="sample:leaflet", by=BY, at=at)
    if Order.objects.filter(identity=member, opened_at__isnull=False).exists():
        holds_one(member, at)


def templates(at: datetime) -> list[Terms]:
    """The last one stays a draft."""
    later = at + timedelta(days=60)
    shelf = Category.objects.filter(parent=None).order_by("name", "pk").values_list("pk", flat=True)[:1]
    lesson = Listing.objects.filter(title="Cooking lesson").values_list("pk", flat=True)
    return [
        Terms(
            title="Welcome: a tenth off (made up)", kind="percent", worth=1000, cap=500, word="WELCOME10", days=30,
            stacks=True, budget=50_000, count=500,
        ),
        Terms(title="Two dollars off ten (made up)", kind="amount", worth=200, minimum=1000, ends_at=later, stacks=True,
              group="season", budget=20_000, returns=True),
        Terms(title="A fifth off one shelf (made up)", kind="percent", worth=2000, categories=list(shelf),
              ends_at=later, stacks=True, group="season", budget=20_000),
        Terms(title="A cooking lesson free (made up)", kind="gift", worth=1, listings=list(lesson), ends_at=later,
              budget=50_000, count=20),
        Terms(title="Five dollars, not published yet (made up)", kind="amount", worth=500, minimum=3000, days=14),
    ]  # fmt: skip


def holds_one(member: int, at: datetime) -> None:
    """An order that waits for its money, with the best of their coupons."""
    some = Variant.objects.filter(tracked=True).order_by("-price", "pk").values_list("pk", flat=True)[:2]
    home = Address("Household 1", PHONE, "Springfield", "742 Evergreen Terrace")
    order(member, [Want(pk, 2) for pk in some], By("ship", address=home), "sample-coupon", at)
