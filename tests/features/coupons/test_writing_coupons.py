from datetime import timedelta

import pytest

from siyu.features.loyalty.coupons import issuing, writing
from siyu.features.loyalty.coupons.purse import BudgetSpent
from siyu.features.loyalty.coupons.writing import AlreadyPublished, BadCoupon, Terms, WordTaken
from tests.features.coupons.wallet import BASE, LATER, bought, given, money_of, published, written
from tests.features.shop.brand import NOW


def rewritten(template, **said):
    terms = Terms(**{**BASE, **said})
    return writing.write(terms=terms, template=template.pk, by="lin", at=NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": " "},
        {"kind": "cashback"},
        {"worth": 0},
        {"worth": -300},
        {"kind": "percent", "worth": 10_001},
        {"kind": "gift", "worth": 1},
        {"cap": 100},
        {"kind": "percent", "cap": 0},
        {"minimum": -1},
        {"ends_at": None},
        {"ends_at": None, "days": 0},
        {"begins_at": LATER},
        {"budget": -1},
        {"count": -1},
        {"each": 0},
        {"word": "ab"},
        {"word": "欢迎光临"},
        {"listings": [10**6]},
        {"categories": [10**6]},
    ],
)
def test_nonsense_is_refused(shop, wrong):
    with pytest.raises(BadCoupon):
        written(**wrong)


def test_a_draft_can_be_written_anew(shop):
    draft = written()
    assert rewritten(draft, worth=500, kind="percent", cap=100).worth == 500


def test_what_is_promised_stands(shop):
    template = published(word="hello", each=2)
    for change in ({"worth": 200}, {"minimum": 1}, {"word": "other"}, {"each": 1}, {"budget": 100}, {"stacks": True},
                   {"listings": [1]}, {"ends_at": LATER - timedelta(days=1)}):  # fmt: skip
        with pytest.raises(AlreadyPublished):
            rewritten(template, **{"word": "hello", "each": 2} | change)
    changed = rewritten(template, word="hello", each=3, title="Better", ends_at=LATER + timedelta(days=1), count=5)
    assert (changed.title, changed.count) == ("Better", 5)


def test_a_budget_grows_and_shrinks_but_not_below_what_is_used(shop):
    code = given(shop.alice, budget=1000)
    bought(shop)
    for budget in (1500, 1000, 300):
        rewritten(code.template, budget=budget)
        assert money_of(code.template) == {"budget": budget - 300, "reserved": 300, "cost": 0}
    with pytest.raises(BudgetSpent):
        rewritten(code.template, budget=299)
    assert money_of(code.template)["budget"] == 0


def test_no_fewer_codes_than_are_out(shop):
    template = published(count=5)
    issuing.generate(template=template.pk, codes=4, key="b", by="lin", at=NOW)
    with pytest.raises(AlreadyPublished):
        rewritten(template, count=3)


def test_a_word_means_one_coupon(shop):
    first = published(word="hello")
    with pytest.raises(WordTaken):
        written(word="HELLO")
    writing.close(template=first.pk, at=NOW)
    assert written(word="HELLO").pk


def test_a_closed_one_stays_closed(shop):
    template = published()
    writing.close(template=template.pk, at=NOW)
    with pytest.raises(writing.Closed):
        rewritten(template, title="New")
    with pytest.raises(writing.Closed):
        writing.publish(template=template.pk, by="lin", at=NOW)
