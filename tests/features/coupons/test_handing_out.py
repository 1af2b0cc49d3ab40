import pytest

from siyu.core.eventlog.models import Entry
from siyu.core.people.members.joining import join
from siyu.core.people.numbers import number
from siyu.features.loyalty.coupons import handing, issuing, lists, queries
from siyu.features.loyalty.models import CouponCode, CouponHandout
from siyu.kit.refusals import KeyReused
from tests.features.coupons.wallet import issued, published, written
from tests.features.shop.brand import NOW

PHONES = [f"1390000000{n}" for n in range(6)]


@pytest.fixture
def members(shop) -> list[int]:
    known = number({("phone", phone): NOW for phone in PHONES}, source="siyu")
    return [join(known["phone", phone], via="phone", at=NOW, language="").identity_id for phone in PHONES]


def to_list(template, *lines: str, key: str = "k") -> CouponHandout:
    return handing.to_list(template=template.pk, lines=lines, key=key, by="lin", at=NOW)


def given(handout: CouponHandout) -> tuple[int, int]:
    while handing.work_off(NOW):
        pass
    handout.refresh_from_db()
    assert handout.done_at
    return handout.given, handout.passed


def test_it_works(members, monkeypatch):
    monkeypatch.setattr(handing, "PART", 2)
    template = published()
    made = to_list(template, *PHONES[:5], "139 0000 0000", "nobody", "", PHONES[0])
    assert (made.asked, made.members, made.parts.count()) == (7, 5, 3)
    assert handing.work_off(NOW) == 2
    assert given(made) == (5, 0)
    assert CouponCode.objects.filter(template=template, identity__in=members[:5]).count() == 5
    assert Entry.objects.filter(name="coupon.issued").count() == 5
    template.refresh_from_db()
    assert template.issued == 5


def test_the_same_form_gives_once(members):
    template = published()
    assert to_list(template, *PHONES).pk == to_list(template, *PHONES).pk
    assert given(CouponHandout.objects.get()) == (6, 0)
    with pytest.raises(KeyReused):
        to_list(published(), *PHONES)


def test_who_has_all_that_they_may_have_is_passed_over(members):
    template = published()
    issued(template, members[0])
    assert given(to_list(template, *PHONES)) == (5, 1)
    assert given(to_list(template, *PHONES, key="again")) == (0, 6)


def test_no_more_than_there_are(members):
    template = published(count=4)
    assert given(to_list(template, *PHONES)) == (4, 2)


def test_an_audience_is_its_members(members, shop):
    from siyu.core.people.models import Identity

    people = list(Identity.objects.filter(pk__in=members).order_by("pk").values_list("person", flat=True))
    assert handing.members_of([*people, shop.alice]) == sorted(members)


@pytest.mark.parametrize("lines", [(), ("nobody",)])
def test_nobody_is_nobody(members, lines):
    with pytest.raises(handing.NobodyToGive):
        to_list(published(), *lines)


def test_a_draft_is_not_given(members):
    with pytest.raises(issuing.NotIssued):
        to_list(written(), *PHONES)


class TestFiles:
    def read(self, template, data: bytes, key: str = "f") -> lists.Taken:
        return lists.read(template=template.pk, data=data, key=key, by="lin", at=NOW)

    def test_codes_come_in_and_bad_lines_say_why(self, shop):
        template = published()
        mine = issued(template, shop.alice)
        data = f"code,note\nspring-1,x\nSPRING-2\n\nspring-2\nabc\n坏码坏码\n{mine.text}\n".encode()
        taken = self.read(template, data)
        assert taken.taken == 2
        assert [(line, why) for line, _, why in taken.refused] == [
            (5, "twice"),
            (6, "no_code"),
            (7, "no_code"),
            (8, "known"),
        ]
        assert issuing.claim(identity=shop.bob, text="Spring-1", at=NOW).identity_id == shop.bob
        assert self.read(template, data).taken == 2
        assert CouponCode.objects.filter(template=template).count() == 3

    def test_a_file_of_another_encoding(self, shop):
        assert self.read(published(), "券码\nSPRING-1\n".encode("gb18030")).taken == 1

    def test_more_than_there_may_be_is_refused_whole(self, shop):
        template = published(count=1)
        with pytest.raises(issuing.NoneLeft):
            self.read(template, b"SPRING-1\nSPRING-2\n")
        assert not CouponCode.objects.exists()

    def test_what_goes_out_can_be_read(self, shop):
        template = published()
        batch = issuing.generate(template=template.pk, codes=3, key="b", by="lin", at=NOW)
        issued(template, shop.alice)
        rows = "".join(lists.written(template.pk)).splitlines()
        assert rows[0] == "\ufeffcode,state,issued_at,expires_at,redeemed_at,order,amount"
        assert len(rows) == 5
        assert len("".join(lists.written(template.pk, batch=batch.pk)).splitlines()) == 4


def test_ten_templates_and_twenty_ask_the_same(shop, django_assert_num_queries):
    for n in range(10):
        published(title=f"T{n}", budget=100)
    with django_assert_num_queries(3):
        assert len(queries.templates().rows) == 10
    for n in range(10):
        published(title=f"U{n}", budget=100)
    with django_assert_num_queries(3):
        assert len(queries.templates().rows) == 20
