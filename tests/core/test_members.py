"""Somebody signs in with a code, and is a member from then on."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connections

from siyu.core.eventlog.directory import Match
from siyu.core.eventlog.models import Entry, Source
from siyu.core.people import consent, erasure, queries
from siyu.core.people.graph.observing import observe
from siyu.core.people.members import accounts, asking, joining, sessions
from siyu.core.people.members.asking import ask_code
from siyu.core.people.members.contacts import NoContact
from siyu.core.people.members.joining import WrongCode, sign_in
from siyu.core.people.models import Contact, Identity, Member, MemberSession, SignInCode
from siyu.core.people.numbers import number
from siyu.core.team.signin import TooManyTries

pytestmark = pytest.mark.django_db(databases="__all__")
committed = pytest.mark.django_db(databases="__all__", transaction=True)
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
PHONE, HOME = "13812345678", "192.0.2.1"


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def asked(contact: str = PHONE, at: datetime = NOON, address: str = HOME) -> str:
    return ask_code(contact=contact, address=address, at=at).code


def entered(contact: str = PHONE, at: datetime = NOON) -> joining.SignedIn:
    return sign_in(contact=contact, code=asked(contact, at), address=HOME, at=at)


def me(contact: str = PHONE, at: datetime = NOON) -> sessions.Me:
    found = sessions.who(entered(contact, at).token, at=at)
    assert found
    return found


def said(name: str) -> int:
    return Entry.objects.filter(name=name).count()


def known(namespace: str, value: str) -> int:
    return number({(namespace, value): NOON}, source="crm")[namespace, value]


def tied(a: int, b: int, *, source: str, rule: str = "import") -> None:
    observe([Match(a, b, rule, NOON, source)])


def test_it_works():
    first = sign_in(contact="+86 138 1234 5678", code=asked(), address=HOME, at=after(1))
    assert first.joined and first.identity == Member.objects.get().identity_id
    who = queries.person(first.identity)
    assert {(one.namespace, one.value) for one in who.identities if one.namespace == "phone"} == {("phone", PHONE)}
    assert sessions.who(first.token, at=after(2)) == sessions.Me(Member.objects.get().pk, first.identity, "", "")
    again = sign_in(contact=PHONE, code=asked(at=after(5)), address=HOME, at=after(6))
    assert not again.joined and again.identity == first.identity
    assert (said("member.joined"), said("member.signed_in"), Member.objects.count()) == (1, 2, 1)


def test_an_e_mail_opens_an_account_of_its_own():
    assert entered("Lin@Example.cn").identity == entered("lin@example.cn", after(20)).identity
    assert entered(PHONE, after(30)).identity != entered("lin@example.cn", after(40)).identity


@pytest.mark.parametrize("text", ["", "hello", "12345", "138****5678", "a@b", "11111111111"])
def test_what_reaches_nobody_is_refused(text):
    with pytest.raises(NoContact):
        ask_code(contact=text, address=HOME, at=NOON)
    assert not SignInCode.objects.exists()


def test_a_code_is_used_once():
    code = asked()
    sign_in(contact=PHONE, code=code, address=HOME, at=NOON)
    with pytest.raises(WrongCode):
        sign_in(contact=PHONE, code=code, address=HOME, at=NOON)
    assert MemberSession.objects.count() == 1


def test_a_code_grows_old_and_gives_way_to_the_next():
    old = asked()
    with pytest.raises(WrongCode):
        sign_in(contact=PHONE, code=old, address=HOME, at=after(10))
    new = asked(at=after(11))
    with pytest.raises(WrongCode):
        sign_in(contact=PHONE, code="x" + old, address=HOME, at=after(11))
    assert sign_in(contact=PHONE, code=f" {new} ", address=HOME, at=after(12)).joined


def test_a_code_opens_its_own_contact_only():
    code = asked()
    asked("lin@example.cn")
    with pytest.raises(WrongCode):
        sign_in(contact="lin@example.cn", code=code + "0", address=HOME, at=NOON)
    with pytest.raises(WrongCode):
        sign_in(contact="13900000000", code=code, address=HOME, at=NOON)
    assert not Member.objects.exists()


def test_the_sixth_guess_is_none():
    code = asked()
    for _ in range(joining.TRIES):
        with pytest.raises(WrongCode):
            sign_in(contact=PHONE, code="wrong", address=HOME, at=NOON)
    with pytest.raises(WrongCode):
        sign_in(contact=PHONE, code=code, address=HOME, at=NOON)


def test_neither_contact_nor_code_can_be_read():
    code = asked()
    row = SignInCode.objects.values().get()
    assert PHONE not in str(row) and code not in str(row)
    assert not Identity.objects.exists(), "who only asked is nobody yet"


def test_asking_is_made_to_wait_per_contact_and_per_address():
    for _ in range(3):
        asked()
    with pytest.raises(TooManyTries):
        asked()
    asked("13900000000")
    with pytest.raises(TooManyTries):
        for n in range(40):
            asked(f"139000001{n:02}")
    asked("13900000300", address="192.0.2.2")


@committed
def test_of_many_at_once_with_one_code_one_comes_in():
    code, barrier, answers = asked(), Barrier(4), []

    def come() -> None:
        barrier.wait()
        try:
            answers.append(sign_in(contact=PHONE, code=code, address=HOME, at=NOON))
        except (WrongCode, TooManyTries) as no:
            answers.append(no)
        finally:
            connections.close_all()

    threads = [Thread(target=come) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(one, joining.SignedIn) for one in answers) == 1, answers
    assert Member.objects.count() == MemberSession.objects.count() == said("member.joined") == 1


def test_sessions_end():
    token = entered().token
    assert sessions.who(token, at=after(5)) and not sessions.who("", at=NOON) and not sessions.who("x", at=NOON)
    assert sessions.who(token, at=NOON + timedelta(days=29)), "seen, and so it lasts on"
    assert sessions.who(token, at=NOON + timedelta(days=58))
    assert not sessions.who(token, at=NOON + timedelta(days=89))
    sessions.sign_out(token=token, at=NOON + timedelta(days=58))
    assert not sessions.who(token, at=NOON + timedelta(days=58))


def test_signing_out_everywhere_ends_all_of_mine_and_no_others():
    mine, other = entered(), entered("13900000000")
    second = entered(at=after(20))
    member = Member.objects.get(identity=mine.identity)
    assert sessions.sign_out_everywhere(member=member.pk, at=after(30)) == 2
    assert not sessions.who(mine.token, at=after(31)) and not sessions.who(second.token, at=after(31))
    assert sessions.who(other.token, at=after(31))


def test_what_is_over_is_forgotten():
    entered()
    assert asking.forget(after(60 * 25)) == 1 and sessions.forget(NOON + timedelta(days=61)) == 1


def test_a_card_that_the_brand_gave_to_the_phone_is_the_account():
    card, phone = known("member", "M-90017"), known("phone", PHONE)
    tied(card, phone, source="crm")
    assert entered().identity == card
    assert entered(at=after(20)).identity == card


def test_nobody_takes_an_account_over_through_an_open_door():
    """A browser may say whatever it likes of who is whom."""
    Source.objects.create(name="web", protocol="segment", key="k", namespace="member", made_at=NOON)
    card, phone = known("member", "M-90017"), known("phone", PHONE)
    tied(card, phone, source="web", rule="identify")
    mine = entered()
    assert mine.identity != card
    numbers = {one.number for one in queries.person(mine.identity).identities}
    assert phone in numbers and card not in numbers, "what was verified goes before"


def test_nobody_sees_or_erases_another_through_an_open_door():
    Source.objects.create(name="web", protocol="sensors", key="k", namespace="web_user", made_at=NOON)
    mine, theirs, device = me(), known("phone", "13900000000"), known("device", "0a1b2c3d4e5f")
    tied(mine.identity, theirs, source="web", rule="identify")
    tied(mine.identity, device, source="web", rule="identify")
    tied(device, known("email", "bob@example.cn"), source="web", rule="identify")
    buyer = known("youzan", "b-1")
    tied(known("phone", PHONE), buyer, source="youzan", rule="order")
    sure = accounts.proven(mine.identity)
    assert {buyer, device, mine.identity} <= set(sure) and theirs not in sure and len(sure) == 4
    accounts.leave(me=mine, at=after(1))
    assert Identity.objects.get(pk=theirs).value == "13900000000"


def test_members_change_what_they_are_called():
    who = me()
    accounts.rename(me=who, name="  Lin   Yue ", at=after(1))
    assert accounts.account(who, at=after(2)).name == queries.person(who.identity).name == "Lin Yue"
    for name in ("", "   ", "x" * 51):
        with pytest.raises(accounts.BadName):
            accounts.rename(me=who, name=name, at=after(3))


def test_members_say_what_they_allow():
    who = me()
    accounts.allow(me=who, channel="sms", purpose="marketing", granted=True, at=after(1))
    assert consent.allowed({queries.person(who.identity).number}, "sms", "marketing")
    accounts.allow(me=who, channel="sms", purpose="marketing", granted=False, at=after(2))
    assert [one.granted for one in accounts.account(who, at=after(3)).consents] == [False]


@committed
def test_an_export_has_the_membership_and_an_erasure_ends_it():
    who = me()
    with zipfile.ZipFile(io.BytesIO(accounts.packed(me=who, at=after(1)))) as archive:
        assert json.loads(archive.read("contacts.json"))[0]["identity_value"] == PHONE
        assert len(json.loads(archive.read("sessions.json"))) == 1
        assert "digest" not in archive.read("sessions.json").decode()
    token = entered(at=after(20)).token
    wish = accounts.leave(me=who, at=after(21))
    assert not sessions.who(token, at=after(21)) and not Member.objects.exists() and not Contact.objects.exists()
    assert erasure.carry_out(wish, at=after(22)).finished_at
    assert wish.receipt["people"]["erased"]["members"] == 1


@committed
def test_who_was_erased_and_comes_again_is_somebody_new():
    who = me()
    erasure.carry_out(accounts.leave(me=who, at=after(1)), at=after(1))
    again = entered(at=after(20))
    assert again.joined and again.identity != who.identity
    assert queries.person(again.identity).since == after(20)
