"""Plans are bought, renewed, upgraded, given back, and end. Money stays in orders; the time that it bought is here."""

import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st

from siyu.core.eventlog.models import Entry
from siyu.core.ledger import wallets
from siyu.core.people.models import Member, Trait
from siyu.features.commerce import checkout, payments, refunds
from siyu.features.commerce.checkout import By, Want
from siyu.features.commerce.models import MoneyBack, Order, Payment, Variant
from siyu.features.commerce.refunds import NothingToRefund
from siyu.features.loyalty import benefits
from siyu.features.loyalty.membership import birthdays, buying, ending, opening, plans, pricing, rules, ticking
from siyu.features.loyalty.models import Earning, Grant, Membership, MembershipPlan, MembershipPurchase, MembershipTerm
from siyu.features.loyalty.points import earning, writing
from siyu.kit.refusals import KeyReused
from tests.features.loyalty.people import settle
from tests.features.shop.brand import NOW, Till, money, open_shop, pay

pytestmark = pytest.mark.django_db(databases="__all__")
DAY = timedelta(days=1)
GIVES = [{"kind": "access", "terms": {"to": "the tea room"}}, {"kind": "points", "terms": {"amount": 50}}]


@pytest.fixture
def shop():
    shop = open_shop(pieces=20)
    payments.add(Till())
    for who in (shop.alice, shop.bob):
        Member.objects.create(identity_id=who, joined_at=NOW)
    return shop


def plan(tier="senior", period="year", price=19900, **more) -> MembershipPlan:
    wish = {"title": f"{tier} {period}", "tier": tier, "period": period, "price": price, "gives": GIVES} | more
    return plans.publish(plan=plans.write(**wish, by="lin", at=NOW).pk, at=NOW)


def wish(shop, plan, *, at=NOW, key="k", who=0, codes=()) -> Order:
    who = who or shop.alice
    total = buying.price(plan=plan.pk, identity=who, at=at, codes=codes).total
    return buying.buy(plan=plan.pk, identity=who, expected=total, key=key, at=at, codes=codes)


def bought(shop, plan, *, at=NOW, key="k", who=0, codes=()) -> MembershipTerm:
    made = wish(shop, plan, at=at, key=key, who=who, codes=codes)
    pay(made, at=at)
    settle()
    return MembershipTerm.objects.get(order=made)


def after(days: float) -> datetime:
    return NOW + days * DAY


def held(shop) -> Membership:
    return Membership.objects.get(identity=shop.alice, ended_at=None)


def said(name: str) -> list[dict]:
    return [json.loads(one.body) for one in Entry.objects.filter(name=name).order_by("pk")]


def went_back() -> int:
    return MoneyBack.objects.aggregate(sum=Sum("amount"))["sum"] or 0


def state(term) -> list[str]:
    rows = Grant.objects.filter(key__startswith=f"membership:{term.pk}:").order_by("pk")
    return [benefits.queries.state(one) for one in rows]


def test_a_plan_is_bought_and_gives_what_it_says(shop):
    term = bought(shop, plan())
    one = held(shop)
    assert (one.tier, one.opened_at, one.ends_at) == ("senior", NOW, datetime(2027, 6, 1, 4, tzinfo=UTC))
    assert (term.kind, term.paid, term.credit) == ("bought", 19900, 0)
    assert benefits.holds(shop.alice, "access", after(300)) and wallets.balances(shop.alice).available == 50
    [told] = said("membership.bought")
    assert (told["amount"], told["properties"]["tier"], told["properties"]["order"]) == (19900, "senior", term.order_id)
    assert Order.objects.get(pk=term.order_id).amount == 19900


def test_nothing_opens_before_the_money_and_a_purchase_that_lapses_leaves_nothing(shop):
    made = wish(shop, plan())
    assert not Membership.objects.exists() and MembershipPurchase.objects.get().order == made
    checkout.lapse(after(1))
    assert not MembershipPurchase.objects.exists()


def test_money_that_comes_late_opens_it_all_the_same(shop):
    made = wish(shop, plan())
    payment, _ = payments.begin(order=made, gateway="till", at=NOW)
    checkout.lapse(after(1))
    assert payments.paid(gateway="till", money=money(payment), at=after(1)) == "settled"
    assert held(shop).opened_at == after(1)


def test_the_same_wish_again_is_the_order_that_waits_and_another_ends_it(shop):
    year, month = plan(), plan(period="month", price=2900)
    first = wish(shop, year)
    assert wish(shop, year) == first == wish(shop, year, key="k2")
    second = wish(shop, month, key="k3")
    first.refresh_from_db()
    assert first.closed_at and MembershipPurchase.objects.get().order == second


def test_money_that_comes_twice_opens_one(shop):
    made = wish(shop, plan())
    payment = pay(made)
    assert payments.paid(gateway="till", money=money(payment), at=NOW) == "known"
    settle()
    settle()
    assert MembershipTerm.objects.count() == 1 and Grant.objects.count() == 2


def test_renewing_early_follows_the_end(shop):
    month = plan(period="month", price=2900)
    bought(shop, month)
    term = bought(shop, month, at=after(10), key="k2")
    assert (term.kind, term.begins_at) == ("renewed", datetime(2026, 7, 1, 4, tzinfo=UTC))
    assert held(shop).ends_at == datetime(2026, 8, 1, 4, tzinfo=UTC)


def test_grace_goes_on_is_said_and_a_renewal_in_it_continues_from_the_end(shop):
    month = plan(period="month", price=2900, grace_days=10, remind_days=7)
    bought(shop, month)
    assert [ticking.tick(after(day)) for day in (22, 23, 24, 29, 30, 31)] == [0, 1, 0, 0, 1, 0]
    settle()
    assert (len(said("membership.lapsing")), len(said("membership.lapsed"))) == (1, 1)
    assert benefits.holds(shop.alice, "access", after(39)) and not benefits.holds(shop.alice, "access", after(40))
    term = bought(shop, month, at=after(39), key="k2")
    assert (term.kind, term.begins_at) == ("renewed", after(30))
    assert ticking.tick(after(45)) == 0


def test_after_grace_it_is_over_and_another_begins_anew(shop):
    month = plan(period="month", price=2900, grace_days=10)
    bought(shop, month)
    ticking.tick(after(41))
    assert Membership.objects.get().ended_because == "expired" and len(said("membership.expired")) == 1
    assert bought(shop, month, at=after(50), key="k2").kind == "bought"


def test_what_the_worker_has_not_ended_yet_does_not_stand_in_the_way(shop):
    month = plan(period="month", price=2900, grace_days=10)
    bought(shop, month)
    assert bought(shop, month, at=after(50), key="k2").kind == "bought"
    assert len(said("membership.expired")) == 1


def test_an_upgrade_costs_less_by_the_days_that_are_left(shop):
    old = bought(shop, plan(price=36500, cooling_days=0))
    dear = plan("exclusive", price=99900)
    at = after(100)
    price = buying.price(plan=dear.pk, identity=shop.alice, at=at)
    assert price.total == 99900 - 26500
    term = bought(shop, dear, at=at, key="k2")
    old.refresh_from_db()
    assert (term.kind, term.paid, term.credit, term.begins_at) == ("upgraded", 73400, 26500, at)
    assert (old.ended_because, old.carried, old.into) == ("upgraded", 26500, term)
    assert held(shop).tier == "exclusive" and state(old) == ["revoked", "revoked"] and state(term) == ["granted"] * 2
    [told] = said("membership.upgraded")
    assert (told["properties"]["before"], told["properties"]["credit"]) == ("senior", 26500)


def test_a_lower_tier_and_too_much_credit_are_refused(shop):
    bought(shop, plan())
    with pytest.raises(opening.LowerTier):
        wish(shop, plan("ordinary", price=9900), at=after(20), key="k2")
    with pytest.raises(pricing.CreditTooLarge):
        wish(shop, plan("exclusive", "month", 3900), at=after(20), key="k3")


def test_a_membership_is_bought_alone_once_and_not_from_the_shelves(shop):
    one = plan()
    variant = Variant.objects.get(listing=one.listing).pk
    for wants in ([Want(variant, 2)], [Want(variant, 1), Want(shop.lesson, 1)]):
        asked = {"wants": wants, "identity": shop.alice, "by": By(), "at": NOW}
        with pytest.raises(pricing.BoughtAlone):
            checkout.check_out(**asked, expected=checkout.quote(**asked).total, key=str(wants))


def test_two_orders_for_one_member_are_refused_whatever_road_they_take(shop):
    one = plan()
    wish(shop, one)
    asked = {"wants": buying.wants_of(one), "identity": shop.alice, "by": By(), "at": NOW}
    with pytest.raises(opening.AlreadyBuying):
        checkout.check_out(**asked, expected=19900, key="other")
    with pytest.raises(opening.AlreadyBuying):
        opening.grant(plan=one.pk, identity=shop.alice, key="g", by="lin", at=NOW)


def test_within_the_cooling_off_all_of_it_goes_back(shop):
    term = bought(shop, plan(cooling_days=7))
    ending.refund(term=term.pk, key="r", reason="", by="lin", at=after(6))
    settle()
    one = Membership.objects.get()
    assert (went_back(), one.ended_because, one.ends_at) == (19900, "refunded", after(6))
    assert state(term) == ["revoked", "revoked"] and wallets.balances(shop.alice).available == 0
    [told] = said("membership.refunded")
    assert (told["amount"], told["properties"]["revoked"], told["properties"]["kept"]) == (19900, 2, 0)
    assert told["properties"]["tier"] == ""


def test_later_the_days_that_are_left_go_back_and_what_was_used_stays(shop):
    term = bought(shop, plan(price=36500))
    benefits.use(grant=Grant.objects.get(kind="access").pk, at=after(1))
    look = ending.preview(MembershipTerm.objects.select_related("plan", "order").get(pk=term.pk), after(100))
    assert (look.amount, look.unused, look.days, len(look.kept)) == (26500, 265, 365, 1)
    for _ in range(2):
        ending.refund(term=term.pk, key="r", reason="", by="lin", at=after(100))
        settle()
    assert went_back() == 26500 and state(term) == ["used", "revoked"]
    assert said("membership.refunded")[0]["properties"]["kept"] == 1
    with pytest.raises(NothingToRefund):
        refunds.refund(order=term.order_id, pieces={0: 1}, key="again", reason="", by="lin", at=after(101))


def test_the_orders_desk_knows_what_was_used(shop):
    term = bought(shop, plan(price=36500))
    assert refunds.preview(order=term.order_id, pieces={0: 1}, at=after(100)).amount == 26500
    with pytest.raises(refunds.TooLateToCancel):
        refunds.cancel(order=term.order_id, by="lin", at=after(100))
    asked = buying.ask_refund(term=term.pk, identity=shop.alice, reason="moved", at=after(100))
    refunds.grant(request=asked.pk, by="lin", at=after(110))
    settle()
    assert went_back() == 25500 and Membership.objects.get().ended_because == "refunded"


def test_a_cancelled_order_takes_it_back(shop):
    term = bought(shop, plan())
    refunds.cancel(order=term.order_id, by="lin", at=after(1))
    settle()
    assert Membership.objects.get().ended_because == "refunded" and went_back() == 19900


def test_an_upgrade_gives_back_from_both_orders_and_the_first_is_no_second_till(shop):
    old = bought(shop, plan(price=36500, cooling_days=0))
    dear = plan("exclusive", price=73000, cooling_days=0)
    term = bought(shop, dear, at=after(100), key="k2")
    assert (term.paid, term.credit) == (46500, 26500)
    with pytest.raises(NothingToRefund):
        refunds.refund(order=old.order_id, pieces={0: 1}, key="x", reason="", by="lin", at=after(110))
    with pytest.raises(ending.AlreadyEnded):
        ending.refund(term=old.pk, key="x", reason="", by="lin", at=after(110))
    ending.refund(term=term.pk, key="r", reason="", by="lin", at=after(110))
    settle()
    backs = dict(Payment.objects.values_list("order", "returned"))
    assert backs == {old.order_id: 71000 - 46500, term.order_id: 46500}


def test_what_an_unpaid_upgrade_holds_cannot_go_back_meanwhile(shop):
    term = bought(shop, plan(price=36500))
    made = wish(shop, plan("exclusive", price=99900), at=after(100), key="k2")
    with pytest.raises(NothingToRefund):
        ending.refund(term=term.pk, key="r", reason="", by="lin", at=after(100))
    refunds.cancel(order=made.pk, by="alice", at=after(100))
    ending.refund(term=term.pk, key="r", reason="", by="lin", at=after(100))
    assert went_back() == 26500


def test_a_refund_before_others_moves_up_what_follows(shop):
    month = plan(period="month", price=3000, cooling_days=0)
    first, second = bought(shop, month), bought(shop, month, at=after(5), key="k2")
    ending.refund(term=first.pk, key="r", reason="", by="lin", at=after(10))
    settle()
    second.refresh_from_db()
    assert went_back() == 2000 and second.begins_at == after(10)
    assert held(shop).ends_at == second.ends_at == after(10) + timedelta(days=31)
    assert benefits.holds(shop.alice, "access", after(47)) and not benefits.holds(shop.alice, "access", after(48))


def test_benefits_that_come_after_the_refund_are_not_given(shop):
    made = wish(shop, plan())
    pay(made)
    term = MembershipTerm.objects.get()
    ending.refund(term=term.pk, key="r", reason="", by="lin", at=after(1))
    settle()
    assert not Grant.objects.exists()


def test_an_operator_grants_and_takes_back(shop):
    one = plan()
    term = opening.grant(plan=one.pk, identity=shop.alice, key="g", by="lin", at=NOW)
    assert opening.grant(plan=one.pk, identity=shop.alice, key="g", by="lin", at=NOW) == term
    with pytest.raises(KeyReused):
        opening.grant(plan=one.pk, identity=shop.bob, key="g", by="lin", at=NOW)
    settle()
    assert state(term) == ["granted", "granted"]
    ending.refund(term=term.pk, key="r", reason="", by="lin", at=after(1))
    assert Membership.objects.get().ended_because == "refunded" and went_back() == 0


def test_a_new_version_takes_the_place_of_the_old_and_what_was_sold_stays(shop):
    old = plan()
    term = bought(shop, old)
    new = plan(price=29900, gives=[], replaces=old.pk)
    old.refresh_from_db()
    assert old.closed_at == NOW
    with pytest.raises(plans.NoSuchPlan):
        wish(shop, old, who=shop.bob)
    settle()
    assert len(MembershipTerm.objects.get(pk=term.pk).plan.gives) == 2
    assert bought(shop, new, at=after(300), key="k2").kind == "renewed"


@pytest.mark.parametrize(
    "wrong", [{"title": " "}, {"tier": "gold"}, {"period": "week"}, {"price": 0}, {"grace_days": 91}, {"gives": [1]}]
)
def test_what_is_no_plan_is_refused(shop, wrong):
    with pytest.raises((plans.BadPlan, plans.giving.BadGift)):
        plan(**wrong)


def test_the_database_keeps_one_membership_a_member(shop):
    bought(shop, plan())
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(identity_id=shop.alice, tier="senior", opened_at=NOW, ends_at=NOW, grace_until=NOW,
            remind_at=NOW)  # fmt: skip


@pytest.mark.parametrize("said", ["1990-06-04", "1990/6/4", "06-04", "6月4日", "1990年06月04日"])
def test_a_birthday_gift_comes_on_the_day_once_a_year_in_the_time_of_a_plan(shop, said):
    cake = {"kind": "birthday", "terms": {"what": "a cake", "days": 30}}
    Trait.objects.create(identity_id=shop.alice, name="birthday", value=said, source="crm", at=NOW, private=True)
    assert birthdays.celebrate(after(3)) == 0
    term = bought(shop, plan(gives=[*GIVES, cake]))
    assert [birthdays.celebrate(after(day)) for day in (2.4, 2.6, 3, 9, 14)] == [0, 1, 0, 0, 0]
    assert [birthdays.celebrate(after(day)) for day in (368, 369)] == [1, 0]
    assert Grant.objects.filter(kind="birthday", because=f"plan:{term.plan_id}").count() == 2


def test_nobody_gets_a_gift_for_a_birthday_before_the_membership(shop):
    Trait.objects.create(identity_id=shop.alice, name="birthday", value="05-30", source="crm", at=NOW, private=True)
    bought(shop, plan(gives=[{"kind": "birthday", "terms": {"what": "a cake"}}]))
    assert birthdays.celebrate(after(1)) == 0


def test_whoever_was_born_on_a_leap_day_has_the_day_before(shop):
    assert rules.born("2000-02-29") == (2, 29) and rules.born("13-01") is rules.born("yesterday") is None
    assert rules.falls_on((2, 29), date(2026, 2, 28)) and not rules.falls_on((2, 29), date(2028, 2, 28))


def test_a_boost_of_a_plan_multiplies_points_as_long_as_it_lasts(shop):
    writing.publish(
        rule=writing.write(title="check in", event="member.checked_in", points=10, by="lin", at=NOW).pk, at=NOW
    )
    boost = {"kind": "boost", "terms": {"what": "points", "percent": 150}}
    bought(shop, plan(period="month", price=2900, gives=[boost], grace_days=0))
    for day in (1, 29, 31):
        earning.for_event(name="member.checked_in", body={}, identity=shop.alice, position=day, at=after(day))
    assert list(Earning.objects.order_by("at").values_list("points", flat=True)) == [15, 15, 10]


def test_others_have_nothing_to_ask(shop):
    term = bought(shop, plan())
    with pytest.raises(ending.NoSuchTerm):
        buying.ask_refund(term=term.pk, identity=shop.bob, reason="", at=NOW)


MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))
ZONES = st.sampled_from(["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "UTC"])


WORTHS = st.tuples(st.integers(0, 10**9), st.integers(0, 30))


@given(MOMENTS, st.sampled_from(list(rules.PERIODS)), ZONES, WORTHS, st.integers(-500, 500))
def test_never_more_goes_back_than_was_paid_and_never_less_than_nothing(begins, period, zone, of, day):
    worth, cooling = of
    ends = rules.end(begins, period, zone)
    assert begins < ends
    asked = {"bought": begins, "cooling_days": cooling, "begins": begins, "ends": ends}
    now = rules.to_give_back(worth, **asked, at=begins + day * DAY)
    later = rules.to_give_back(worth, **asked, at=begins + (day + 1) * DAY)
    assert 0 <= later <= now <= worth
    assert rules.left(worth, begins, ends, ends) == 0 and rules.left(worth, begins, ends, begins) == worth


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), max_size=5), st.data())
def test_what_goes_back_comes_from_its_orders_and_from_none_more_than_it_has(paid, carried, data):
    amount = data.draw(st.integers(0, paid + sum(carried)))
    own, parts = rules.sources(amount, paid, carried)
    assert own + sum(parts) == amount and own <= paid
    assert all(0 <= part <= most for part, most in zip(parts, carried, strict=True))


STEPS = st.lists(
    st.tuples(st.sampled_from(["buy", "dear", "refund", "desk", "lapse", "tick"]), st.integers(0, 40)),
    min_size=1, max_size=7,
)  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(steps=STEPS)
def test_whatever_is_done_in_whatever_turn_no_cent_is_lost(steps):
    """Money in, less money back, is never below zero, no term is worth more than its orders, and time has no gaps."""
    with transaction.atomic():
        walk(steps)
        transaction.set_rollback(True)


def walk(steps) -> None:
    shop = open_shop(pieces=1)
    payments.add(Till())
    Member.objects.create(identity_id=shop.alice, joined_at=NOW)
    cheap, dear = plan(price=9900, cooling_days=3), plan("exclusive", "quarter", 29900, cooling_days=3)
    at = NOW
    for n, (what, days) in enumerate(steps):
        at += days * DAY
        newest = MembershipTerm.objects.order_by("-pk").first()
        try:
            with transaction.atomic():
                if what in ("buy", "dear"):
                    pay(wish(shop, cheap if what == "buy" else dear, at=at, key=str(n)), at=at)
                elif what == "lapse":
                    wish(shop, cheap, at=at, key=str(n))
                    checkout.lapse(at + DAY)
                elif what == "tick":
                    ticking.tick(at)
                elif newest and what == "refund":
                    ending.refund(term=newest.pk, key=str(n), reason="", by="lin", at=at)
                elif newest and newest.order_id:
                    refunds.refund(order=newest.order_id, pieces={0: 1}, key=str(n), reason="", by="lin", at=at)
        except plans.Refused:
            pass
        settle()
        check(at)


def check(at: datetime) -> None:
    for payment in Payment.objects.filter(paid_at__isnull=False):
        assert 0 <= payment.returned <= payment.amount
    for term in MembershipTerm.objects.select_related("order"):
        assert term.credit == sum(term.replaced.values_list("carried", flat=True))
        if term.order:
            backs = sum(term.order.refunds.values_list("amount", flat=True))
            assert backs == (min(term.back, term.paid) if term.ended_at else 0)
    for one in Membership.objects.filter(ended_at=None, ends_at__gt=at):
        running = list(one.terms.filter(ended_at=None, ends_at__gt=at).order_by("begins_at"))
        assert running and running[0].begins_at <= at and running[-1].ends_at == one.ends_at
        assert all(a.ends_at == b.begins_at for a, b in pairwise(running))
