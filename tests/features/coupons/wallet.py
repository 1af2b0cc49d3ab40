"""Coupons of the small shop: ten off from fifteen, a tenth off, one free lesson."""

from datetime import timedelta
from typing import Any

from siyu.core.ledger import books
from siyu.features.commerce import checkout
from siyu.features.commerce.checkout import By, Want
from siyu.features.commerce.models import Order
from siyu.features.commerce.pricing import Quote
from siyu.features.loyalty.coupons import issuing, writing
from siyu.features.loyalty.coupons.writing import Terms
from siyu.features.loyalty.models import CouponCode, CouponTemplate
from tests.features.shop.brand import NOW, Shop

LATER = NOW + timedelta(days=30)
BASE: dict[str, Any] = {"title": "Three off", "kind": "amount", "worth": 300, "ends_at": LATER}


def written(**said: Any) -> CouponTemplate:
    return writing.write(terms=Terms(**{**BASE, **said}), by="lin", at=NOW)


def published(**said: Any) -> CouponTemplate:
    return writing.publish(template=written(**said).pk, by="lin", at=NOW)


def given(who: int, key: str = "", at=NOW, **said: Any) -> CouponCode:
    """A code of a template of its own."""
    return issued(published(**said), who, key, at)


def issued(template: CouponTemplate, who: int, key: str = "", at=NOW) -> CouponCode:
    key = key or f"test:{template.pk}:{who}"
    return issuing.issue(template=template.pk, identity=who, key=key, because="hand", at=at)


def quoted(shop: Shop, *wants: tuple[int, int], codes: tuple[str, ...] = (), who: int = 0, at=NOW) -> Quote:
    some = [Want(*want) for want in wants or [(shop.big, 1)]]
    return checkout.quote(wants=some, identity=who or shop.alice, by=By("pick_up", shop.corner.pk), codes=codes, at=at)


def bought(
    shop: Shop, *wants: tuple[int, int], codes: tuple[str, ...] = (), who: int = 0, key: str = "k", at=NOW
) -> Order:
    """Checked out, not paid."""
    agreed = quoted(shop, *wants, codes=codes, who=who, at=at)
    return checkout.check_out(
        identity=who or shop.alice, wants=[Want(*want) for want in wants or [(shop.big, 1)]], codes=codes,
        by=By("pick_up", shop.corner.pk), expected=agreed.total, key=key, at=at,
    )  # fmt: skip


def money_of(template: CouponTemplate) -> dict[str, int]:
    """What stands on its accounts."""
    return {
        kind: books.balance_of(unit="money", kind=kind, name=f"coupon:{template.pk}")
        for kind in ("budget", "reserved", "cost")
    }


def now(code: CouponCode) -> CouponCode:
    code.refresh_from_db()
    return code
