"""The list of people, and one person's page."""

import re
from datetime import UTC, date, datetime

import pytest

from siyu.core.eventlog.drain import drain_all
from siyu.core.insight import portraits
from siyu.core.people.actions import describe, make_tag
from siyu.core.people.codes import code
from siyu.core.people.numbers import number
from siyu.core.team import queries
from siyu.interfaces.console import sentences, timeline
from siyu.kit.formats import masked
from tests.interfaces.console.team import NOON, operator
from tests.selling import listed, order, sell

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
PHONE = "13800002046"


def brand(size: int = 3) -> list[int]:
    """Everybody has a phone; the first has bought most."""
    claims = {("phone", f"138000{n:05}"): NOON for n in range(2046, 2046 + size)}
    people = sorted(number(claims, source="shop").values())
    drain_all()
    sell(listed(7, "Milk"))
    sell(*(order(n, who, date(2026, 4, 1 + n % 20), (7, 10_000 - 100 * n)) for n, who in enumerate(people)))
    portraits.refresh(datetime(2026, 5, 1, tzinfo=UTC))
    return people


@pytest.fixture
def member(client):
    client.force_login(operator("member"))
    return client


def codes_in(answer) -> list[str]:
    return list(dict.fromkeys(re.findall(r"/people/(per_\w{12})\"", answer.content.decode())))


def test_it_works(member):
    first, *others = brand()
    page = member.get("/people")
    assert set(codes_in(page)) == {code(who) for who in (first, *others)}
    text = member.get(f"/people/{code(first)}").content.decode()
    assert "138••••2046" in text and PHONE not in text
    assert "¥100.00" in text and "Milk" in text


def test_who_appeared_after_the_portraits_is_listed_too(member):
    brand()
    [late] = number({("phone", "13900000001"): NOON}, source="shop").values()
    assert code(late) in codes_in(member.get("/people"))


def test_the_timeline_shows_one_kind_alone(member):
    [first, *_] = brand()
    tag = make_tag("Interest", "cooking")
    member.post(f"/people/{code(first)}/tag", {"tag": tag.pk})
    every, tags, orders = (
        member.get(f"/people/{code(first)}?kind={kind}").content.decode() for kind in ("", "tags", "consent")
    )
    assert "Tagged cooking" in every and "Became known" in every
    assert "Tagged cooking" in tags and "Became known" not in tags
    assert "Nothing of this kind yet" in orders
    assert member.get(f"/people/{code(first)}?kind=nonsense").status_code == 200
    older = member.get(f"/people/{code(first)}/older?kind=tags&before=2999-01-01T00:00:00~9").content.decode()
    assert "Tagged cooking" in older and "Became known" not in older


def test_filters_and_sorting(member):
    people = brand()
    assert codes_in(member.get("/people?sort=spend")) == [code(who) for who in people]
    assert codes_in(member.get("/people?search=" + PHONE)) == [code(people[0])]
    assert codes_in(member.get("/people?stage=new&sort=spend&search=" + PHONE)) == [code(people[0])]
    assert codes_in(member.get("/people?stage=lapsed")) == []
    tag = make_tag("interest", "cooking")
    member.post(f"/people/{code(people[1])}/tag", {"tag": tag.pk})
    assert codes_in(member.get(f"/people?tag={tag.pk}&sort=recent")) == [code(people[1])]


def test_nonsense_in_an_address_is_no_error(member):
    brand(1)
    for query in ("tag=x", "after=%00", "after=1.x", "after=99999999999999999999.1", "sort=xx&stage=yy", "search=%00"):
        assert member.get("/people?" + query).status_code == 200, query
    assert member.get("/people/per_000000000000").status_code == 404
    assert member.get("/people/x").status_code == 404
    assert member.get(f"/people/{code(1)}/older?before=x").status_code in (200, 404)


@pytest.mark.parametrize("sort", ["newest", "spend"])
def test_pages_follow_each_other(member, sort):
    people = brand(120)
    seen, after = [], f"/people?sort={sort}"
    while after:
        text = member.get(after, headers={"HX-Request": "true"}).content.decode()
        seen += re.findall(r"/people/(per_\w{12})\"", text)
        found = re.search(r'hx-get="([^"]+after=[^"]+)"', text)
        after = found[1].replace("&amp;", "&") if found else ""
    assert len(seen) == 120 and set(seen) == {code(who) for who in people}


def test_the_number_of_queries_does_not_depend_on_the_rows(member, django_assert_max_num_queries):
    brand(60)
    for path in ("/people", "/people?sort=spend&stage=new"):
        with django_assert_max_num_queries(14):
            member.get(path)


def test_a_phone_is_shown_to_who_may_and_that_is_kept(member, client):
    who, *_ = brand()
    describe(identity=who, traits={"city": "上海"}, private={"address": "南京路 1 号"}, source="crm", at=NOON)
    page = member.get(f"/people/{code(who)}").content.decode()
    assert "上海" in page and "南京路" not in page
    shown = member.post(f"/people/{code(who)}/reveal").content.decode()
    assert PHONE in shown and "南京路" in shown
    assert [(deed.who, deed.did) for deed in queries.trail(did="revealed")] == [("member", "revealed")]
    client.force_login(operator("community"))
    assert client.post(f"/people/{code(who)}/reveal").status_code == 403


def test_tags_are_put_on_and_taken_off(member):
    who, *_ = brand()
    tag = make_tag("interest", "cooking")
    member.post(f"/people/{code(who)}/tag", {"tag": tag.pk})
    page = member.get(f"/people/{code(who)}").content.decode()
    assert "cooking" in page and "Tagged cooking" in page
    member.post(f"/people/{code(who)}/untag", {"tag": tag.pk})
    assert "Lost the tag cooking" in member.get(f"/people/{code(who)}").content.decode()
    assert {deed.did for deed in queries.trail(kind="tag")} >= {"tagged", "untagged"}
    assert member.post(f"/people/{code(who)}/tag", {"tag": "x"}).status_code == 404


def test_names_are_escaped(member):
    who, *_ = brand()
    describe(identity=who, traits={}, private={"name": "<script>alert(1)</script>"}, source="crm", at=NOON)
    for path in ("/people", f"/people/{code(who)}"):
        assert "<script>alert" not in member.get(path).content.decode()


def test_an_empty_brand_says_what_to_do(member):
    text = member.get("/people").content.decode()
    assert "Import an order history" in text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (PHONE, "138••••2046"),
        ("+8613800002046", "+86••••2046"),
        ("lin@example.com", "l•••@example.com"),
        ("oXc9f7Qk", "oX•••Qk"),
        ("871", "871"),
    ],
)
def test_what_is_masked_can_still_be_recognised(value, shown):
    assert masked(value) == shown


OF_NOBODY = {"coupon.published", "coupon.closed", "points.valued"}


def test_whatever_can_happen_to_somebody_is_told_in_words():
    heard = {name for kind in timeline.KINDS for name in timeline.names(kind)} - OF_NOBODY
    assert len(heard) > 80
    assert {name for name in heard if name not in sentences.SENTENCES} == set()
