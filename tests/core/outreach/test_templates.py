"""Templates kept: written in versions, said to people in their language."""

import re

import pytest
from django.conf import settings

from siyu.core.links import writing as links
from siyu.core.links.models import Link
from siyu.core.links.writing import Wish
from siyu.core.outreach import tokens
from siyu.core.outreach.by_hand.carrying import Hands
from siyu.core.outreach.channels import Message
from siyu.core.outreach.decision import decided
from siyu.core.outreach.gate.door import Letter
from siyu.core.outreach.inbox.carrying import Inbox
from siyu.core.outreach.models import Errand, InboxItem, Template
from siyu.core.outreach.templates import letters, writing
from siyu.core.outreach.templates.saying import render_many, render_variant
from siyu.core.outreach.templates.words import BadTemplate
from siyu.core.outreach.templates.writing import NoSuchTemplate
from siyu.core.people.models import Identity
from tests.core.outreach.people import NOON, dispatch, known, somebody
from tests.core.outreach.saying import HELLO, member, message, person, told, write

pytestmark = pytest.mark.django_db(databases="__all__")


def texts(version, people, **more) -> list[str]:
    return [one.text for one in render_many(version.pk, people, at=NOON, **more)]


def test_it_works():
    alice = person(member("13800000001", name="Alice", language="en"))
    lin = person(member("13800000002", name="林", language="zh-hans"))
    somewhere = somebody("13800000003")
    said = render_many(write().pk, [lin, alice, somewhere], at=NOON)
    assert [one.text.split(" ")[0] for one in said] == ["林，看", "Dear", "Dear"]
    assert [one.person for one in said] == [lin, alice, somewhere]
    assert [one.language for one in said] == ["zh-hans", "en", settings.SIYU.language]
    assert said[1].subject == "For you"


def test_new_words_are_a_new_version_and_the_old_one_stays():
    first, again = write(), write()
    assert first == again
    second = write(bodies={"en": {"text": "Bye {name|you}"}})
    assert (first.number, second.number) == (1, 2)
    who = [somebody("13800000001")]
    assert texts(second, who) == ["Bye you"]
    assert texts(first, who) != ["Bye you"]


def test_traits_lists_and_what_is_not_known():
    one, two = somebody("13800000001"), somebody("13800000002")
    told(one, city="杭州", likes=["tea", "books"], spent=3.5)
    version = write(
        bodies={"en": {"text": "{trait.city|there}: {trait.likes|all} {trait.spent|0} {brand} {trait.no|}"}}
    )
    assert texts(version, [one, two], language="en") == [
        f"杭州: tea, books 3.5 {settings.SIYU.brand} ",
        f"there: all 0 {settings.SIYU.brand} ",
    ]


def test_nobody_and_who_was_erased_are_strangers():
    assert texts(write(), [999_999], language="en")[0].startswith("Dear friend")


def test_links_count_and_carry_a_sign_of_the_message():
    version, one = write(kind="marketing"), dispatch()
    who = [somebody("13800000001"), somebody("13800000002")]
    rows = [message(one, each).pk for each in who]
    said = texts(version, who, messages=rows, dispatch=one, language="en")
    found = [re.search(r"/l/(\w+)\?m=([\w-]{22})$", text) for text in said]
    assert all(found) and len({each[1] for each in found if each}) == 1, "one link for all of the dispatch"
    assert [tokens.read(each[2]) for each in found if each] == list(zip(rows, who, strict=True))
    texts(version, who, messages=rows, dispatch=one)
    assert Link.objects.count() == 1 and Link.objects.get().targets[0]["url"] == "https://shop.example/spring"


def test_short_links_of_the_house_stay_what_they_are():
    links.make(Wish(targets="https://shop.example/", code="spring"), by="lin", at=NOON)
    house = settings.SIYU.address.rstrip("/")
    version = write(bodies={"en": {"text": f"{{link:spring}} {house}/l/spring {{link:/m/coupons}}"}})
    one, who = dispatch(), [somebody("13800000001")]
    [text] = texts(version, who, messages=[message(one, who[0]).pk], dispatch=one)
    assert text.count("/l/spring?m=") == 2
    assert Link.objects.exclude(code="spring").get().targets[0]["url"] == "/m/coupons"
    assert texts(version, who) == [f"{house}/l/spring {house}/l/spring {house}/m/coupons"]


def test_a_mail_has_a_way_out_and_tells_that_it_was_opened():
    html = "<html><body><p>{name|friend}</p><a href='{unsubscribe}'>stop</a></body></html>"
    version = write(channels=["email"], bodies={"en": {"subject": "Hi", "text": "{unsubscribe}", "html": html}})
    mail, who = dispatch(channel="email"), known("email", "bob@example.com")
    row = message(mail, who).pk
    [said] = render_many(version.pk, [who], messages=[row], dispatch=mail, at=NOON)
    sign = tokens.token(row, who)
    assert said.text == said.unsubscribe and said.text.endswith(f"/u/{sign}")
    assert f"/o/{sign}.gif" in said.html and said.html.endswith("</body></html>")


def test_a_crowd_is_told_by_the_same_few_questions(django_assert_max_num_queries):
    html = "<html><body><p>{name|friend} {link:/m/}</p><a href='{unsubscribe}'>stop</a></body></html>"
    version = write(channels=["email"], bodies={"en": {"subject": "Hi", "text": "{unsubscribe}", "html": html}})
    mail, who = dispatch(channel="email"), [known("email", f"u{n}@example.com") for n in range(30)]
    rows = [message(mail, one).pk for one in who]
    with django_assert_max_num_queries(20):
        assert len(render_many(version.pk, who, messages=rows, dispatch=mail, at=NOON)) == 30


def test_a_variant_has_words_of_its_own():
    who = [somebody("13800000001")]
    [said] = render_variant({"arm": "", "text": "Hi {name|you}", "subject": "S"}, who, at=NOON)
    assert (said.text, said.subject) == ("Hi you", "S")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"code": "A"}, "a code has"),
        ({"title": " "}, "a title has"),
        ({"kind": "spam"}, "a message is"),
        ({"channels": ["pigeon"]}, "no channel"),
        ({"bodies": {}}, "say something"),
        ({"bodies": {"fr": {"text": "x"}}}, "there are"),
        ({"bodies": {"en": {"subject": "x"}}}, "say something"),
        ({"bodies": {"en": {"text": "{link:nowhere}"}}}, "no link 'nowhere'"),
        ({"bodies": {"en": {"text": "x", "subject": "a\nb"}}}, "one line"),
        ({"bodies": {"en": {"text": 7}}}, "words are text"),
        ({"bodies": {"en": {"text": "x {nobody|}"}}}, "column 3"),
        ({"channels": ["email"], "bodies": {"en": {"text": "{unsubscribe}"}}}, "an e-mail has one"),
        ({"channels": ["email"], "bodies": {"en": {"text": "x", "subject": "s"}}}, r"says \{unsubscribe\}"),
        ({"picture": "https://elsewhere.example/x.png"}, "a picture"),
    ],
)
def test_what_is_wrong_is_refused(said, why):
    with pytest.raises(BadTemplate, match=why):
        write(**said)
    assert not Template.objects.exists()


def test_archived_it_is_offered_no_more_and_written_anew_it_is_back():
    version = write()
    assert writing.archive(template=version.template_id, at=NOON).archived_at == NOON
    write()
    assert Template.objects.get().archived_at is None
    with pytest.raises(NoSuchTemplate):
        writing.archive(template=999, at=NOON)
    with pytest.raises(NoSuchTemplate):
        render_many(999, [1], at=NOON)


def test_a_thousand_people_are_as_many_questions_as_one(django_assert_max_num_queries):
    version = write(bodies=HELLO | {"en": {"text": "{name|x} {trait.city|y}"}})
    who = [somebody(f"139000{n:05}", says=None) for n in range(60)]
    with django_assert_max_num_queries(5):
        assert len(texts(version, who)) == 60


PICTURE = "/media/0123456789abcdef0123456789abcdef.jpg"


def test_a_picture_goes_with_the_message_by_mail_in_the_inbox_and_by_hand(settings):
    said = {"subject": "Hi", "text": "Look & see https://shop.example/ or {unsubscribe}"}
    version = write(picture=PICTURE, bodies={"en": said}).pk
    house = settings.SIYU.address.rstrip("/")
    mail, who = dispatch("mail", channel="email"), known("email", "bob@example.com")
    [seen] = render_many(version, [who], at=NOON, messages=[message(mail, who).pk], dispatch=mail)
    assert f'<img src="{house}{PICTURE}" alt="">' in seen.html and "Look &amp; see" in seen.html
    assert seen.html.index(PICTURE) < seen.html.index("/o/") and "<" not in seen.text
    bob = member("13800000009")
    yes = {"kind": "marketing", "reason": "allowed", "now": True}
    address = Identity.objects.get(pk=bob.identity_id).value
    Inbox().send(decided(channel="inapp", **yes), Message(address, "t", "k", picture=PICTURE), at=NOON)
    assert InboxItem.objects.get().picture == PICTURE
    Hands().send(decided(channel="by_hand", **yes), Message("13800000009", "t", "k", picture=PICTURE), at=NOON)
    assert Errand.objects.get().picture == PICTURE
    assert letters.message(mail, Letter(1, who, 1, "k", who, "bob@example.com"), seen).picture == PICTURE
