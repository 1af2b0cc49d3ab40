"""A coupon as a benefit that tasks, levels and the mall give: {"template": 7}."""

from datetime import datetime

from django.utils.translation import gettext as _

from siyu.features.loyalty.benefits import BadBenefit, Terms, add
from siyu.features.loyalty.coupons import issuing
from siyu.features.loyalty.models import CouponCode, CouponTemplate


class Coupon:
    kind = "coupon"

    def choices(self) -> list[tuple[int, str]]:
        """What a form offers."""
        open_ones = CouponTemplate.objects.filter(published_at__isnull=False, closed_at=None)
        return list(open_ones.order_by("-pk").values_list("pk", "title"))

    def check(self, terms: Terms) -> None:
        if set(terms) != {"template"} or not isinstance(terms["template"], int):
            raise BadBenefit("the terms of a coupon say which template")
        if not CouponTemplate.objects.filter(pk=terms["template"], closed_at=None).exists():
            raise BadBenefit("there is no such coupon, or it is closed")

    def words(self, terms: Terms) -> str:
        found = CouponTemplate.objects.filter(pk=terms["template"]).values_list("title", flat=True).first()
        return _("Coupon: %s") % (found or "–")

    def grant(self, *, identity: int, terms: Terms, key: str, at: datetime) -> None:
        issuing.issue(template=terms["template"], identity=identity, key=key, because="benefit", at=at)

    def revoke(self, *, identity: int, terms: Terms, key: str, at: datetime) -> None:
        """One that an order holds or used is not taken away any more."""
        unused = CouponCode.objects.filter(key=key, identity=identity, state="issued").first()
        if unused:
            issuing.void(code=unused.pk, at=at)


add(Coupon())
