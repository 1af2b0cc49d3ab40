"""Badges are worn once; a certificate says to anybody whether it is valid, and nothing more."""

import pytest

from siyu.core.people.holdings import Somebody
from siyu.features.loyalty.badges import actions, queries
from siyu.features.loyalty.badges.drawing import COLOURS, SHAPES, picture
from siyu.features.loyalty.badges.held import Awards
from siyu.features.loyalty.badges.kind import Badges
from siyu.features.loyalty.checkin import actions as checkin
from siyu.features.loyalty.models import Badge, BadgeAward, Certificate
from siyu.features.loyalty.who import NoSuchMember
from tests.features.loyalty.people import NOON, day, member, settle

pytestmark = pytest.mark.django_db(databases="__all__")


def badge(name: str = "Early bird") -> Badge:
    return actions.make(name=name, text="Up first", shape="star", colour="gold", symbol="早", by="lin", at=NOON)


def award(one: Badge, who: int, key: str = "k", n: int = 0) -> BadgeAward:
    return actions.award(badge=one.pk, identity=who, key=key, because="first", by="lin", at=day(n))


def test_it_works():
    alice = member("alice", called="林悦")
    made = award(badge(), alice)
    issued = actions.issue(award=made.pk, title="Experience officer", by="lin", at=day(1))
    found = queries.verified(actions.code_of(issued.pk))
    assert (found.title, found.holder, found.revoked_at) == ("Experience officer", "林••", None)
    assert found.number == f"2026-{issued.pk:06}"
    actions.revoke(award=made.pk, because="left", at=day(2))
    assert queries.verified(actions.code_of(issued.pk)).revoked_at == day(2)
    assert queries.of_member(alice)[0].at is None, "worn no more"


def test_a_badge_is_worn_once_and_may_come_back():
    alice, one = member("alice"), badge()
    first = award(one, alice)
    assert award(one, alice) == first, "the same key is the same award"
    with pytest.raises(actions.AlreadyWorn):
        award(one, alice, key="other")
    actions.revoke(award=first.pk, because="oops", at=day(1))
    with pytest.raises(actions.NotWorn):
        actions.revoke(award=first.pk, because="oops", at=day(1))
    assert award(one, alice, key="again").pk != first.pk


def test_a_rule_awards_it_once():
    alice, one = member("alice"), badge()
    actions.follow(badge=one.pk, steps=[{"event": "member.checked_in", "count": 2}], by="lin", at=NOON)
    for n in (1, 2, 3):
        checkin.check_in(identity=alice, at=day(n))
    settle(), settle()
    assert BadgeAward.objects.get().identity_id == alice
    actions.retire(badge=one.pk, at=day(4))
    checkin.check_in(identity=(bob := member("bob")), at=day(5))
    checkin.check_in(identity=bob, at=day(6))
    settle()
    assert not BadgeAward.objects.filter(identity=bob).exists()
    with pytest.raises(actions.NoSuchBadge):
        award(one, bob)


def test_as_a_benefit_it_is_given_once_and_taken_back():
    alice, one, kind = member("alice"), badge(), Badges()
    terms = {"badge": one.pk}
    kind.check(terms)
    for key in ("a", "a", "b"):
        kind.grant(identity=alice, terms=terms, key=key, at=NOON)
    assert BadgeAward.objects.count() == 1 and kind.words(terms) == "Early bird"
    for _ in range(2):
        kind.revoke(identity=alice, terms=terms, key="a", at=day(1))
    kind.revoke(identity=alice, terms=terms, key="never", at=day(1))
    assert BadgeAward.objects.filter(revoked_at=None).count() == 0
    for wrong in ({}, {"badge": "1"}, {"badge": 10**6}, {"badge": one.pk, "more": 1}):
        with pytest.raises((actions.BadBadge, actions.NoSuchBadge)):
            kind.check(wrong)


def test_the_holder_says_what_of_their_name_is_shown():
    alice, bob = member("alice", called="林悦"), member("bob")
    issued = actions.issue(award=award(badge(), alice).pk, title="C", by="lin", at=NOON)
    for shows, holder in (("name", "林悦"), ("nobody", ""), ("initial", "林••")):
        actions.show_holder(identity=alice, certificate=issued.pk, shows=shows)
        assert queries.verified(actions.code_of(issued.pk)).holder == holder
    with pytest.raises(actions.NoSuchCertificate):
        actions.show_holder(identity=bob, certificate=issued.pk, shows="name")
    with pytest.raises(actions.BadBadge):
        actions.show_holder(identity=alice, certificate=issued.pk, shows="phone")


def test_wrong_input_is_refused():
    one, alice = badge(), member("alice")
    made = award(one, alice)
    with pytest.raises(actions.BadgeExists):
        badge()
    for wrong in (
        {"name": ""},
        {"symbol": ""},
        {"symbol": "abc"},
        {"shape": "heart"},
        {"colour": "red"},
        {"text": "x" * 201},
    ):
        said = {"name": "N", "text": "", "shape": "star", "colour": "gold", "symbol": "N", "by": "lin", "at": NOON}
        with pytest.raises(actions.BadBadge):
            actions.make(**(said | wrong))
    with pytest.raises(NoSuchMember):
        award(one, 10**6, key="x")
    with pytest.raises(actions.ReasonMissing):
        actions.revoke(award=made.pk, because=" ", at=NOON)
    with pytest.raises(actions.BadBadge):
        actions.issue(award=made.pk, title="", by="lin", at=NOON)
    issued = actions.issue(award=made.pk, title="C", by="lin", at=NOON)
    with pytest.raises(actions.AlreadyCertified):
        actions.issue(award=made.pk, title="C", by="lin", at=NOON)
    actions.revoke_certificate(certificate=issued.pk, because="typo", at=NOON)
    with pytest.raises(actions.NoSuchCertificate):
        actions.revoke_certificate(certificate=issued.pk, because="typo", at=NOON)
    with pytest.raises(actions.NotWorn):
        actions.issue(award=10**6, title="C", by="lin", at=NOON)


@pytest.mark.parametrize("code", ["", "crt_", "crt_000000000000", "1", "x" * 500, "per_7k3m9x2v4qtb"])
def test_a_code_that_is_none_is_no_certificate(code):
    with pytest.raises(actions.NoSuchCertificate):
        queries.verified(code)


def test_a_picture_is_drawn_of_every_shape_and_escapes_its_letter():
    for shape in SHAPES:
        for colour in COLOURS:
            assert picture(shape, colour, "A").startswith("<svg")
    assert "<b" not in picture("star", "gold", "<b") and "style" not in picture("star", "gold", "x", dim=True)


def test_what_is_held_can_be_shown_and_forgotten():
    alice, bob, one = member("alice", called="林悦"), member("bob"), badge()
    issued = actions.issue(award=award(one, alice).pk, title="C", by="lin", at=NOON)
    award(one, bob, key="bob")
    who = Somebody((alice,))
    assert Awards().export(who)["certificates"][0]["holder"] == "林悦"
    assert Awards().erase(who).erased == {"certificates": 1, "badges": 1}
    assert Awards().erase(who).erased == {"certificates": 0, "badges": 0}
    assert not Certificate.objects.exists() and BadgeAward.objects.get().identity_id == bob
    with pytest.raises(actions.NoSuchCertificate):
        queries.verified(actions.code_of(issued.pk))
