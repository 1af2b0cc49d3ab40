"""Links are made once, lead where they were told to, and nowhere else."""

from datetime import timedelta

import pytest

from siyu.core.eventlog.models import Entry
from siyu.core.links import domains, writing
from siyu.core.links.domains import BadDomain
from siyu.core.links.models import Link
from siyu.core.links.targets import BadTarget, chosen, with_utm
from siyu.core.links.writing import BadLink, CodeTaken, Wish
from siyu.kit import clock
from siyu.kit.refusals import KeyReused
from tests.core.links.clicks import SHOP, a_link

pytestmark = pytest.mark.django_db(databases="__all__")


def test_it_works():
    link = a_link(title="Spring", campaign="spring", channel="wechat_moments")
    assert len(link.code) == 7
    assert link.targets == [{"url": SHOP, "weight": 1, "name": "a"}]
    [made] = Entry.objects.filter(name="link.made")
    assert f'"code":"{link.code}"' in made.body


def test_the_same_key_makes_one_link_and_never_another():
    first = a_link(key="post 7")
    assert a_link(key="post 7").pk == first.pk
    with pytest.raises(KeyReused):
        a_link("https://elsewhere.example/", key="post 7")
    assert Entry.objects.filter(name="link.made").count() == 1


def test_ten_thousand_are_made_in_one_call_and_twice_is_once():
    wishes = [Wish(targets=f"{SHOP}&n={n}", key=f"k{n}", campaign="spring") for n in range(10_000)]
    made = writing.make_many(wishes, by="lin", at=clock.now())
    again = writing.make_many(wishes, by="lin", at=clock.now())
    assert [one.pk for one in again] == [one.pk for one in made]
    assert made[17].targets[0]["url"].endswith("n=17")
    assert Link.objects.count() == len({one.code for one in made}) == 10_000


def test_all_of_them_or_none():
    with pytest.raises(BadTarget):
        writing.make_many([Wish(targets=SHOP), Wish(targets="javascript:alert(1)")], by="lin", at=clock.now())
    assert not Link.objects.exists()
    with pytest.raises(BadLink):
        writing.make_many([Wish(targets=SHOP)] * 10_001, by="lin", at=clock.now())


def test_letters_of_its_own_belong_to_one_link_for_ever():
    link = a_link(code="spring-sale")
    writing.switch_off(link=link.pk, by="lin", at=clock.now())
    with pytest.raises(CodeTaken):
        a_link(code="spring-sale")
    for code in ("Spring", "a", "-spring", "spring/sale", "spring sale"):
        with pytest.raises(BadLink):
            a_link(code=code)


@pytest.mark.parametrize(
    "url",
    [
        "", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//evil.example", "/\\evil.example",
        "https:evil.example", "https:///evil", "https://", "https://good.example@evil.example/", "/admin", "/l/abc",
        "/m/../audit", "https://a.example/\r\nSet-Cookie: x=1", "https://a.example/ b", "http://[::1", "intent://x",
        "https://a.example:99999/", "\thttps://a.example", "/m//evil.example/..", "vbscript:x", "weixin://dl/x",
        "https://127.0.0.1/l/other", "http://127.0.0.1:8000/c/other",
    ],
)  # fmt: skip
def test_a_link_leads_nowhere_else(url):
    with pytest.raises(BadTarget):
        a_link(url)


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://shop.example/春天?q=面膜", "https://shop.example/%E6%98%A5%E5%A4%A9?q=%E9%9D%A2%E8%86%9C"),
        ("https://商店.example/", "https://xn--czrs0t.example/"),
        ("/m/item/lst_1?x=1", "/m/item/lst_1?x=1"),
        ("http://shop.example:8080/a%20b#top", "http://shop.example:8080/a%20b#top"),
    ],
)
def test_an_address_is_kept_as_a_header_takes_it(url, kept):
    assert a_link(url).targets[0]["url"] == kept


def test_utm_is_added_where_the_address_does_not_say_it_itself():
    utm = {"source": "weibo", "campaign": "spring & more"}
    assert with_utm("https://a.example/", utm) == "https://a.example/?utm_source=weibo&utm_campaign=spring%20%26%20more"
    assert with_utm("https://a.example/?utm_source=own#x", utm) == (
        "https://a.example/?utm_source=own&utm_campaign=spring%20%26%20more#x"
    )
    assert with_utm("https://a.example/?b=&a=1", {}) == "https://a.example/?b=&a=1"
    assert with_utm("/m/", {"source": "sms"}) == "/m/?utm_source=sms"
    assert with_utm("taobao://item?id=1", utm) == "taobao://item?id=1"


def test_a_visitor_always_gets_the_same_of_several_targets_and_all_get_them_by_weight():
    targets = [{"name": "a", "weight": 3}, {"name": "b", "weight": 1}, {"name": "c", "weight": 0}]
    got = [chosen(targets, link="x", visitor=f"v{n}")["name"] for n in range(4_000)]
    assert got == [chosen(targets, link="x", visitor=f"v{n}")["name"] for n in range(4_000)]
    assert 2_850 < got.count("a") < 3_150
    assert got.count("c") == 0


def test_what_is_changed_is_announced_and_its_code_stays():
    link, at = a_link(title="Spring"), clock.now()
    changed = writing.change(
        link=link.pk, by="lin", at=at, title="Summer", fallback=SHOP, expires_at=at + timedelta(days=1)
    )
    assert (changed.title, changed.fallback, changed.code) == ("Summer", SHOP, link.code)
    [said] = Entry.objects.filter(name="link.changed")
    assert '"fields":["expires_at","fallback","title"]' in said.body
    writing.change(link=link.pk, by="lin", at=at, title="Summer")
    assert Entry.objects.filter(name="link.changed").count() == 1
    with pytest.raises(BadLink):
        writing.change(link=link.pk, by="lin", at=at, code="other")
    with pytest.raises(BadTarget):
        writing.change(link=link.pk, by="lin", at=at, fallback="javascript:x")


def test_a_domain_is_one_that_the_house_answers_to(settings):
    settings.ALLOWED_HOSTS = ["go.shop.example", "spare.shop.example"]
    domains.answers_to.cache_clear()
    at = clock.now()
    with pytest.raises(BadDomain):
        domains.add(host="evil.example", by="lin", at=at)
    domains.add(host="go.shop.example", by="lin", at=at)
    spare = domains.add(host="Spare.shop.example", by="lin", at=at)
    assert domains.house() == "http://go.shop.example"
    domains.prefer(domain=spare.pk, at=at + timedelta(seconds=1))
    assert domains.house() == "http://spare.shop.example"
    with pytest.raises(BadTarget):
        a_link("https://go.shop.example/l/x")
    domains.retire(domain=spare.pk, at=at)
    assert domains.house() == "http://go.shop.example"
    domains.answers_to.cache_clear()
