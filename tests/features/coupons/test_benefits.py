from datetime import timedelta

import pytest

from siyu.core.eventlog.models import Entry
from siyu.features.commerce import checkout, refunds
from siyu.features.loyalty import benefits
from siyu.features.loyalty.benefits import AlreadyUsed, BadBenefit, NoSuchGrant
from siyu.features.loyalty.coupons.reversing import reverse
from siyu.features.loyalty.models import CouponCode, Grant
from siyu.kit.refusals import KeyReused
from tests.features.coupons.wallet import bought, published, quoted
from tests.features.shop.brand import NOW, pay

CAKE = {"what": "a cake", "days": 7}


def give(who: int, kind: str = "birthday", terms=CAKE, key: str = "k", **said):
    given = {"because": "level:3", "at": NOW} | said
    return benefits.give(kind=kind, terms=terms, identity=who, key=key, **given)


def said(name: str) -> int:
    return Entry.objects.filter(name=f"benefit.{name}").count()


def test_it_works(shop):
    cake = give(shop.alice)
    assert cake.expires_at == NOW + timedelta(days=7)
    [shown] = benefits.given_to(shop.alice, at=NOW)
    assert (shown.words, shown.state, shown.because) == ("Birthday gift: a cake", "granted", "level:3")
    benefits.use(grant=cake.pk, at=NOW)
    assert benefits.given_to(shop.alice, at=NOW) == []
    assert [said(name) for name in ("granted", "used")] == [1, 1]


def test_once_per_key(shop):
    assert give(shop.alice).pk == give(shop.alice).pk
    assert said("granted") == 1
    with pytest.raises(KeyReused):
        give(shop.bob)
    with pytest.raises(KeyReused):
        give(shop.alice, terms={"what": "a car", "days": 7})


@pytest.mark.parametrize(
    ("kind", "terms"),
    [
        ("crown", {}),
        ("birthday", {}),
        ("birthday", {"what": "", "days": 7}),
        ("birthday", {"what": "a cake", "days": -7}),
        ("birthday", {"what": "a cake", "days": True}),
        ("access", {"to": "club", "more": 1}),
        ("coupon", {"template": 10**9}),
    ],
)
def test_nonsense_is_refused(shop, kind, terms):
    with pytest.raises(BadBenefit):
        give(shop.alice, kind, terms)
    assert not Grant.objects.exists()


def test_only_members_get_any(shop):
    with pytest.raises(BadBenefit):
        give(10**9)


def test_what_is_used_or_over_is_not_used_again(shop):
    cake = give(shop.alice)
    benefits.use(grant=cake.pk, at=NOW)
    for at in (NOW, NOW + timedelta(days=8)):
        with pytest.raises(AlreadyUsed):
            benefits.use(grant=cake.pk, at=at)
    late = give(shop.alice, key="late")
    with pytest.raises(AlreadyUsed):
        benefits.use(grant=late.pk, at=NOW + timedelta(days=7))
    with pytest.raises(NoSuchGrant):
        benefits.use(grant=10**9, at=NOW)


def test_what_nobody_used_expires_once(shop):
    give(shop.alice)
    give(shop.bob, "access", {"to": "the club"}, key="b")
    late = NOW + timedelta(days=7)
    assert [benefits.expire_due(late), benefits.expire_due(late)] == [1, 0]
    assert said("expired") == 1
    assert benefits.holds(shop.bob, "access", late)


def test_rights_are_taken_away_and_a_business_has_its_own(shop):
    give(shop.alice, "distribution", {"what": "tea"}, audience="business")
    assert benefits.holds(shop.alice, "distribution", NOW)
    assert benefits.given_to(shop.alice, audience="consumer") == []
    assert len(benefits.given_to(shop.alice, audience="business")) == 1
    for _ in range(2):
        benefits.revoke(key="k", at=NOW)
    assert not benefits.holds(shop.alice, "distribution", NOW)
    assert said("revoked") == 1
    assert benefits.revoke(key="never", at=NOW) is None


class TestCoupons:
    def test_one_is_a_benefit_until_its_order_is_paid(self, shop, till):
        grant = give(shop.alice, "coupon", {"template": published(returns=True).pk})
        assert benefits.given_to(shop.alice)[0].words == "Coupon: Three off"
        order = bought(shop)
        pay(order)
        assert Grant.objects.get(pk=grant.pk).used_at == NOW
        refunds.refund(order=order.pk, pieces={0: 1}, key="r", reason="", by="lin", at=NOW)
        reverse(order=order.pk, at=NOW)
        assert Grant.objects.get(pk=grant.pk).used_at is None
        assert said("returned") == 1

    def test_a_level_that_is_lost_takes_an_unused_one_back(self, shop):
        give(shop.alice, "coupon", {"template": published().pk})
        assert quoted(shop).discount == 300
        benefits.revoke(key="k", at=NOW)
        assert quoted(shop).discount == 0
        assert CouponCode.objects.get().state == "void"

    def test_one_that_was_used_stays_used(self, shop, till):
        give(shop.alice, "coupon", {"template": published().pk})
        pay(bought(shop))
        benefits.revoke(key="k", at=NOW)
        assert CouponCode.objects.get().state == "redeemed"
        assert said("revoked") == 0

    def test_one_that_is_taken_away_while_an_order_holds_it_is_paid_or_gone_with_it(self, shop, till):
        """Whoever has checked out pays what they were told; the code does not come back."""
        give(shop.alice, "coupon", {"template": published(each=2).pk})
        template = CouponCode.objects.get().template_id
        give(shop.alice, "coupon", {"template": template}, key="second")
        paid, lapsed = bought(shop, key="paid"), bought(shop, key="lapsed")
        for key in ("k", "second"):
            benefits.revoke(key=key, at=NOW)
        pay(paid)
        checkout.lapse(lapsed.until)
        states = dict(CouponCode.objects.values_list("key", "state"))
        assert states == {"k": "redeemed", "second": "void"}

    def test_no_code_no_benefit(self, shop):
        template = published(count=0)
        with pytest.raises(Exception, match="no code"):
            give(shop.alice, "coupon", {"template": template.pk})
        assert not Grant.objects.exists()
