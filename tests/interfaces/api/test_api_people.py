"""People through the door."""

from datetime import timedelta

import pytest

from siyu.core.people.models import Person, Tagging
from siyu.core.people.numbers import number
from tests.interfaces.api.conftest import NOON, told

pytestmark = pytest.mark.django_db(databases="__all__")
AT = NOON.isoformat()


def meet(shop, phone: str = "13800000001", at: str = AT, **more) -> str:
    claim = {"identity": {"namespace": "phone", "value": phone}, "source": "crm", "at": at}
    return shop.post("/people", claim | more)["code"]


def test_it_works(shop):
    alice = meet(shop, traits={"city": "上海", "tags": ["a", 1]}, private={"name": "林悦"})
    assert meet(shop) == alice
    detail = shop.get(f"/people/{alice}")
    assert (detail["name"], detail["since"]) == ("林悦", "2026-05-01T12:00:00Z")
    assert detail["traits"] == [
        {"name": "city", "value": "上海", "source": "crm", "at": "2026-05-01T12:00:00Z", "private": False},
        {"name": "name", "value": "林悦", "source": "crm", "at": "2026-05-01T12:00:00Z", "private": True},
        {"name": "tags", "value": ["a", 1], "source": "crm", "at": "2026-05-01T12:00:00Z", "private": False},
    ]
    assert detail["identities"][0]["value"] == "13800000001"
    assert [h["name"] for h in shop.get(f"/people/{alice}/timeline")["items"]] == [
        "person.described",
        "person.appeared",
    ]


def test_the_newest_description_wins(shop):
    alice = meet(shop, traits={"city": "上海"})
    older = {"traits": {"city": "北京"}, "source": "app", "at": "2026-05-01T19:59:59+08:00"}
    assert shop.post(f"/people/{alice}/traits", older) == {"changed": []}
    newer = older | {"at": "2026-05-01T20:00:01+08:00"}
    assert shop.post(f"/people/{alice}/traits", newer) == {"changed": ["city"]}


def test_tags_are_made_set_and_taken(shop):
    alice, bob = meet(shop), meet(shop, "13800000002")
    tag = shop.post("/tags", {"group": "价值", "name": "高"})["code"]
    assert told(shop.ask("PUT", f"/people/{alice}/tags/{tag}")) == {"changed": 1}
    assert shop.post(f"/tags/{tag}/people", {"people": [alice, bob]}) == {"changed": 1}
    assert {p["code"] for p in shop.get(f"/people?tag={tag}")["items"]} == {alice, bob}
    assert told(shop.ask("DELETE", f"/people/{bob}/tags/{tag}")) == {"changed": 1}
    carried = shop.get(f"/people/{alice}")["tags"]
    assert [(t["code"], t["group"], t["name"], t["by"]) for t in carried] == [(tag, "价值", "高", "api:shop")]
    assert shop.get(f"/people/{alice}/timeline?limit=1")["items"][0]["about"] == tag
    assert [t["code"] for t in shop.get("/tags")] == [tag]


def test_all_of_a_crowd_are_tagged_or_none(shop):
    alice = meet(shop)
    tag = shop.post("/tags", {"group": "价值", "name": "高"})["code"]
    nobody = "per_" + "0" * 12
    assert shop.post(f"/tags/{tag}/people", {"people": [alice, nobody]}, 404)["code"] == "no_such_person"
    assert not Tagging.objects.exists()


def test_people_are_found_and_come_in_pages(shop):
    number({("phone", f"{n}"): NOON + timedelta(hours=n // 3) for n in range(25)}, source="shop")
    seen, after = [], ""
    for _ in range(9):
        page = shop.get(f"/people?limit=3&after={after}")
        seen += [row["code"] for row in page["items"]]
        after = page["next"]
        if not after:
            break
    assert len(seen) == len(set(seen)) == 25
    assert [row["code"] for row in shop.get("/people?search=7")["items"]] == [
        row["code"] for row in shop.get(f"/people?search={shop.get('/people?search=7')['items'][0]['code']}")["items"]
    ]


@pytest.mark.parametrize("path", ["/people/{}", "/people/{}/timeline"])
@pytest.mark.parametrize("who", ["per_000000000000", "per_1", "17", "ord_000000000000"])
def test_who_is_not_there_is_not_found(shop, path, who):
    assert shop.get(path.format(who), 404)["code"] == "no_such_person"


@pytest.mark.parametrize(
    "at", ["2026-05-01T12:00:00", "2026-05-01", 1777000000, "1777000000", "0001-01-01T00:00:00+14:00", None, "soon"]
)
def test_a_moment_without_its_offset_is_refused(shop, at):
    claim = {"identity": {"namespace": "phone", "value": "13800000001"}, "source": "crm", "at": at}
    answer = shop.post("/people", claim, 422)
    assert answer["code"] == "invalid" and answer["detail"][0]["loc"][-1] == "at"
    assert not Person.objects.exists()


@pytest.mark.parametrize("trait", [{"a": {"b": 1}}, {"a": 2**70}, {"a": [[]]}, {'"': 1}, {"": 1}, {"a": "x" * 5000}])
def test_a_trait_that_cannot_be_compared_is_refused(shop, trait):
    claim = {"identity": {"namespace": "phone", "value": "13800000001"}, "source": "crm", "at": AT, "traits": trait}
    assert shop.post("/people", claim, 422)["code"] in ("invalid", "bad_trait")
    assert not Person.objects.exists()


@pytest.mark.parametrize("rows", [10, 20])
def test_a_page_asks_the_same_questions_whatever_its_length(shop, rows, django_assert_num_queries):
    number({("phone", f"{n}"): NOON for n in range(rows)}, source="shop")
    shop.get("/tags")
    with django_assert_num_queries(4):  # key, people, identities, tags
        assert len(shop.get(f"/people?limit={rows}")["items"]) == rows
