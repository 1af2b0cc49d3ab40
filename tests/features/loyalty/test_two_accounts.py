"""Two accounts of one person are joined, and two again: what each has in the end is what each had, and did."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from siyu.core.eventlog.react import react
from siyu.core.ledger.proving import prove
from siyu.core.people import accounts
from siyu.core.people.graph import deciding, queries
from siyu.core.people.members import contacts, joining, sessions
from siyu.core.people.models import AccountJoin, Contact, Decision, Identity, Member, MemberSession
from siyu.features.loyalty import card
from siyu.features.loyalty.checkin import actions as check_ins
from siyu.features.loyalty.models import CheckIn
from siyu.features.loyalty.points import earning, mall, writing
from siyu.features.loyalty.points.queries import of_member, offers, redemptions
from siyu.features.loyalty.tasks import actions as tasks
from siyu.features.loyalty.tasks.queries import of_member as tasks_of
from siyu.features.loyalty.who import known_member, member_of
from tests.core.test_identity import known, person, tie

pytestmark = pytest.mark.django_db(databases="__all__")
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
SAID = {"by": "lin", "at": NOON + timedelta(hours=1)}


def account(phone: str) -> int:
    """A member who has shown that the phone is theirs."""
    (contact,) = known(("phone", phone))
    with transaction.atomic():
        return joining.join(contact, via="phone", at=NOON, language="").identity_id


def points(identity: int) -> int:
    found = of_member(identity, at=SAID["at"]).balances
    return found.available + found.debt


def give(identity: int, n: int) -> None:
    earning.give(identity=identity, points=n, key=f"{identity} {n}", at=NOON, because="hand:1", by="lin")


@pytest.fixture
def two():
    kept, other = account("13800000001"), account("13800000002")
    give(kept, 20)
    give(other, 50)
    check_ins.check_in(identity=other, at=NOON)
    return kept, other


def join(kept: int, other: int) -> Decision:
    return deciding.join(person=kept, other=other, **SAID)


def test_the_one_account_has_what_both_had(two):
    kept, other = two
    join(kept, other)
    assert person(kept) == person(other)
    assert (points(kept), points(other)) == (70, 0)
    assert member_of(other) == known_member(other) == accounts.account_of(other) == kept
    assert accounts.accounts_of(kept) == [kept, other]
    assert CheckIn.objects.get().identity_id == kept
    assert prove(at=NOON).findings == []


def test_taken_back_it_leaves_no_trace(two):
    kept, other = two
    decision = join(kept, other)
    deciding.undo(decision=decision, **SAID)
    assert person(kept) != person(other)
    assert (points(kept), points(other)) == (20, 50)
    assert known_member(other) == other and CheckIn.objects.get().identity_id == other
    assert prove(at=NOON).findings == []


def test_a_split_parts_them_and_taken_back_joins_them_again(two):
    kept, other = two
    join(kept, other)
    leaving = list(Identity.objects.filter(pk__in=[other]).values_list("pk", flat=True))
    split = deciding.split(person=kept, leaving=leaving, **SAID)
    assert (points(kept), points(other)) == (20, 50) and person(kept) != person(other)
    deciding.undo(decision=split, by="lin", at=NOON + timedelta(hours=2))
    assert (points(kept), points(other)) == (70, 0) and person(kept) == person(other)
    assert prove(at=NOON).findings == []


def test_three_accounts_become_one_and_the_middle_one_leaves(two):
    kept, other = two
    third = account("13800000003")
    give(third, 7)
    first = join(other, third)
    join(kept, other)
    assert points(kept) == 77 and accounts.account_of(third) == kept
    deciding.undo(decision=first, **SAID)
    assert (points(kept), points(other), points(third)) == (70, 0, 7)
    assert person(kept) == person(other) != person(third)
    assert prove(at=NOON).findings == []


def test_more_evidence_between_them_does_not_hold_them_together(two):
    """What the guard of accounts had refused counts while they are one, and no longer."""
    from siyu.core.people.graph.observing import observe

    kept, other = two
    phone = Contact.objects.get(member__identity=other).identity_id
    observe([tie(kept, phone)])
    assert person(kept) != person(other)
    decision = join(kept, other)
    deciding.undo(decision=decision, **SAID)
    assert person(kept) != person(other) and (points(kept), points(other)) == (20, 50)


def test_whoever_signs_in_with_either_contact_comes_to_the_one_account(two, signing_in):
    kept, other = two
    entered = signing_in("13800000002")
    decision = join(kept, other)
    assert sessions.who(entered.token, at=SAID["at"]) is None
    late = sessions.begin(Member.objects.get(identity=other), SAID["at"])  # by somebody who was signing in meanwhile
    assert sessions.who(late, at=SAID["at"]) is None
    again = signing_in("13800000002")
    assert again.identity == kept and not again.joined
    deciding.undo(decision=decision, **SAID)
    assert not MemberSession.objects.filter(ended_at=None).exists()
    assert signing_in("13800000002").identity == other
    assert Member.objects.count() == 2


@pytest.fixture
def signing_in():
    def enter(phone: str) -> joining.SignedIn:
        from siyu.core.people.models import SignInCode

        contact = contacts.claim(phone)
        SignInCode.objects.update_or_create(
            contact=contacts.sealed(*contact),
            defaults={"digest": contacts.sealed(*contact, "123456"), "made_at": NOON, "used_at": None, "tries": 0,
                      "expires_at": NOON + timedelta(days=1)},
        )  # fmt: skip
        return joining.enter(contact, "123456", SAID["at"], "")

    return enter


def test_the_preview_says_what_would_be_and_does_nothing(two):
    kept, other = two
    plan = queries.foresee(deciding.join, person=kept, other=other, **SAID)
    assert len(plan.before) == 2 and len(plan.after) == 1
    assert points(other) == 50 and not AccountJoin.objects.exists()


def test_what_a_person_may_have_once_they_have_once(two):
    kept, other = two
    rule = writing.write(title="Hello", event="member.signed_in", points=10, most_a_person=10, by="lin", at=NOON)
    writing.publish(rule=rule.pk, at=NOON)
    kettle = mall.write(title="Kettle", points=30, most_a_member=1, by="lin", at=NOON)
    made = tasks.write(title="Answer", kind="once", steps=[{"event": "member.signed_in"}], by="lin", at=NOON)
    tasks.publish(task=made.pk, at=NOON)

    def answer(identity: int, position: int) -> int:
        said = {"name": "member.signed_in", "body": {}, "identity": identity, "position": position, "at": NOON}
        tasks.count(**said)
        return earning.for_event(**said)

    def redeem(identity: int, key: str) -> int:
        address = dict.fromkeys(mall.ADDRESS, "x")
        return mall.redeem(item=kettle.pk, identity=identity, key=key, at=NOON, address=address).pk

    def done(identity: int) -> bool:
        return tasks_of(identity, at=NOON)[0].completed_at is not None

    assert answer(other, 1) == 10 and done(other) and not done(kept)
    first = redeem(other, "a")
    decision = join(kept, other)
    assert answer(kept, 2) == 0 and done(kept)
    assert redeem(kept, "a") == first and [one.pk for one in redemptions(identity=kept)] == [first]
    with pytest.raises(mall.EnoughOfIt):
        redeem(kept, "b")
    assert not offers(kept, at=NOON)[0].affordable
    give(kept, 30)
    deciding.undo(decision=decision, **SAID)
    assert not done(kept) and redemptions(identity=kept) == []
    assert answer(kept, 3) == 10 and done(kept) and redeem(kept, "b") != first
    assert prove(at=NOON).findings == []


def test_both_are_told_and_what_reacts_does(two):
    kept, other = two
    decision = join(kept, other)
    while react():
        pass
    deciding.undo(decision=decision, **SAID)
    while react():
        pass
    from siyu.core.eventlog.models import Entry, Failure

    said = Entry.objects.filter(name__startswith="account.").order_by("pk").values_list("name", "identity")
    assert list(said) == [("account.joined", kept), ("account.parted", kept)]
    assert not Failure.objects.exists()


@pytest.mark.django_db(databases="__all__", transaction=True)
def test_an_account_that_was_erased_is_nobodys_part(two):
    from siyu.core.people import erasure

    kept, other = two
    join(kept, other)
    erasure.carry_out(erasure.request(person=kept, by="lin", at=NOON), at=NOON)
    assert not AccountJoin.objects.exists() and not Member.objects.exists()


def test_the_card_of_a_person_is_that_of_the_account_that_stays(two):
    kept, other = two
    join(kept, other)
    shown = card.of_person(other, at=SAID["at"])
    assert (shown.points.available, shown.coupons, shown.membership) == (70, 0, None)
    assert shown.number == Identity.objects.get(pk=kept).value
    (nobody,) = known(("buyer", "b1"))
    assert card.of_person(nobody, at=SAID["at"]) is None
