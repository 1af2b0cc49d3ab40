"""A definition finds the people it means."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import transaction

from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.drain import drain_all
from siyu.core.insight import audiences
from siyu.core.insight.audiences.answering import count_in_one_query
from siyu.core.people.models import Tag, TagGroup
from siyu.core.people.numbers import number
from siyu.events import Item
from siyu.events.commerce import OrderCancelled, OrderCorrected, OrderPlaced, OrderRefunded, ProductListed
from siyu.events.membership import MembershipBought, MembershipExpired
from siyu.events.people import IdentityLinked, PersonDescribed, PersonTagged, PersonUntagged
from siyu.kit import codes

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
TEA, CUP = 1, 2


def day(n: int, hour: int = 9) -> datetime:
    """`n` days before today."""
    return NOW.replace(hour=hour) - timedelta(days=n)


def placed(who: int, n: int, order: int, *lines: tuple[int, int], event=OrderPlaced, hour: int = 9):
    items = [Item(product=product, quantity=1, amount=amount) for product, amount in lines or [(TEA, 1000)]]
    total = sum(item.amount for item in items)
    return event(
        at=day(n, hour), identity=who, order=order, currency="CNY", amount=total, discount=0, items=items, source="shop"
    )


@transaction.atomic
def say(*events) -> None:
    announce(*events)


@pytest.fixture
def people() -> dict[str, int]:
    """Alice buys often, Bob bought once, Carol only looks; Dave is Alice's other phone."""
    names = ("alice", "bob", "carol", "dave")
    claims = {("phone", f"1380000000{i}"): day(300) for i in range(len(names))}
    found = number(claims, source="shop")
    numbers = {name: found[claim] for name, claim in zip(names, claims, strict=True)}
    alice, bob, carol, dave = numbers.values()
    group = TagGroup.objects.create(name="value")
    vip = Tag.objects.create(group=group, name="VIP")
    tagged = {"tag_id": vip.pk, "tag": "VIP", "group": "value", "by": "lin"}
    say(
        ProductListed(at=day(300), product=TEA, title="Tea", category="Drinks", brand="Leaf"),
        ProductListed(at=day(300), product=CUP, title="Cup", category="Kitchen"),
        placed(alice, 1, 1),
        placed(alice, 8, 2, (TEA, 3000), (CUP, 500)),
        placed(alice, 15, 3),
        placed(dave, 22, 4, (CUP, 700)),
        placed(bob, 200, 5, (CUP, 20000)),
        placed(carol, 3, 6),
        OrderCancelled(at=day(2), identity=carol, order=6),
        IdentityLinked(at=day(100), identity=dave, person=alice, rule="same person"),
        PersonDescribed(
            at=day(50), identity=alice, traits={"city": "上海", "age": 31, "likes": ["tea", "jazz"]}, source="crm"
        ),
        PersonDescribed(at=day(50), identity=bob, traits={"city": "北京's", "age": 27, "member": True}, source="crm"),
        PersonTagged(at=day(9), identity=alice, **tagged),
        PersonTagged(at=day(9), identity=bob, **tagged),
        PersonUntagged(at=day(5), identity=bob, **tagged),
        MembershipBought(
            at=day(30),
            identity=bob,
            membership=1,
            term=1,
            plan=1,
            title="P",
            period="year",
            order=None,
            tier="senior",
            amount=0,
            begins_at=day(30),
            ends_at=day(-300),
            grace_until=day(-307),
        ),
        MembershipBought(
            at=day(40),
            identity=alice,
            membership=2,
            term=2,
            plan=1,
            title="P",
            period="year",
            order=None,
            tier="senior",
            amount=0,
            begins_at=day(40),
            ends_at=day(10),
            grace_until=day(9),
        ),
        MembershipExpired(at=day(9), identity=alice, membership=2, before="senior"),
        OrderRefunded(at=day(190), identity=bob, refund=1, order=5, amount=500, items=[]),
    )
    drain_all()
    return numbers


def who(people: dict[str, int], where: dict) -> list[str]:
    """Their names, by sets; by one query and by reasons it must be the same."""
    definition = {"version": 1, "where": where}
    found = audiences.members(definition, NOW).tolist()
    assert count_in_one_query(definition, NOW) == len(found)
    names = {person: name for name, person in people.items()}
    name = ("alice", "bob", "carol", "dave")[len(json.dumps(where)) % 4]
    assert audiences.why(definition, people[name], NOW)["in"] == (people[name] in found), (name, where)
    return [names[person] for person in found]


def code(number: int, prefix: str = "per") -> str:
    return codes.encode(prefix, number, settings.SECRET_KEY)


ORDERED = {"event": "order.placed"}
DAYS_30 = {"window": {"rolling": {"days": 30}}}
BOUGHT = {"did": ORDERED}


def test_it_works(people):
    assert who(people, {"did": ORDERED | DAYS_30 | {"count": {"op": ">=", "value": 2}}}) == ["alice"]


LEAVES = [
    ({"all": []}, "alice bob carol"),
    ({"any": []}, ""),
    (BOUGHT, "alice bob"),
    ({"not": BOUGHT}, "carol"),
    ({"did": ORDERED | {"count": {"op": "=", "value": 0}}}, "carol"),
    ({"did": ORDERED | {"count": {"op": "=", "value": 4}}}, "alice"),
    ({"did": ORDERED | {"count": {"op": "between", "value": [0, 1]}}}, "bob carol"),
    ({"did": ORDERED | {"days": {"op": ">=", "value": 4}}}, "alice"),
    ({"did": ORDERED | {"sum": {"field": "amount", "op": ">", "value": 6199}}}, "alice bob"),
    ({"did": ORDERED | {"sum": {"field": "amount", "op": ">", "value": 6200}}}, "bob"),
    ({"did": ORDERED | {"where": [{"field": "category", "op": "=", "value": "Drinks"}]}}, "alice"),
    ({"did": ORDERED | {"where": [{"field": "product", "op": "=", "value": code(CUP, "prd")}]}}, "alice bob"),
    ({"did": ORDERED | {"where": [{"field": "amount", "op": ">", "value": 3000}]}}, "alice bob"),
    ({"did": {"event": "order.line", "where": [{"field": "amount", "op": ">", "value": 3000}]}}, "bob"),
    ({"did": {"event": "order.line", "distinct": {"field": "category", "op": ">=", "value": 2}}}, "alice"),
    ({"did": {"event": "order.line", "sum": {"field": "quantity", "op": "=", "value": 5}}}, "alice"),
    ({"did": {"event": "order.refunded", "sum": {"field": "amount", "op": "=", "value": 500}}}, "bob"),
    ({"did": ORDERED | {"where": [{"field": "properties.source", "op": "=", "value": "shop"}]}}, "alice bob"),
    ({"did": ORDERED | {"where": [{"field": "properties.source", "op": "!=", "value": "shop"}]}}, ""),
    ({"first_did": ORDERED | {"days_ago": {"op": "=", "value": 22}}}, "alice"),
    ({"first_did": ORDERED | {"window": {"between": ["2025-11-01", "2025-12-01"]}}}, "bob"),
    ({"last_did": ORDERED | {"days_ago": {"op": ">=", "value": 2}}}, "bob"),
    ({"last_did": ORDERED | {"window": {"calendar": {"months": 1}}}}, "alice"),
    ({"regularity": ORDERED | {"cv": {"op": "<=", "value": 0.1}}}, "alice"),
    ({"regularity": ORDERED | {"weeks": {"op": ">=", "value": 4, "of": 4}}}, "alice"),
    ({"regularity": ORDERED | {"weeks": {"op": "<", "value": 4, "of": 4}}}, "bob carol"),
    ({"regularity": ORDERED | {"silent": {"op": "<", "value": 1, "gaps": 3}}}, "alice"),
    ({"trait": {"name": "city", "op": "=", "value": "上海"}}, "alice"),
    ({"trait": {"name": "city", "op": "=", "value": "北京's"}}, "bob"),
    ({"trait": {"name": "city", "op": "!=", "value": "上海"}}, "bob"),
    ({"trait": {"name": "city", "op": "unknown"}}, "carol"),
    ({"trait": {"name": "city", "op": "known"}}, "alice bob"),
    ({"trait": {"name": "age", "op": ">=", "value": 30}}, "alice"),
    ({"trait": {"name": "age", "op": "in", "value": [27, 99]}}, "bob"),
    ({"trait": {"name": "member", "op": "=", "value": True}}, "bob"),
    ({"trait": {"name": "likes", "op": "contains", "value": "jazz"}}, "alice"),
    ({"trait": {"name": "likes", "op": "contains", "value": "ja"}}, ""),
    ({"tag": "VIP"}, "alice"),
    ({"tag": {"name": "VIP", "group": "value"}}, "alice"),
    ({"level": {"op": "=", "value": "gold"}}, ""),
    ({"level": {"op": "unknown"}}, "alice bob carol"),
    ({"membership": {"op": "=", "value": "senior"}}, "bob"),
    ({"membership": {"op": "unknown"}}, "alice carol"),
    ({"reachable": {"channel": "sms"}}, ""),
    ({"all": [BOUGHT, {"not": {"tag": "VIP"}}]}, "bob"),
    ({"any": [{"tag": "VIP"}, {"not": BOUGHT}]}, "alice carol"),
]


@pytest.mark.once
def test_every_leaf_finds_whom_it_means(people):
    assert [names for where, names in LEAVES] == [" ".join(who(people, where)) for where, _ in LEAVES]


WINDOWS = [
    ({"rolling": {"days": 1}}, "alice"),
    ({"rolling": {"hours": 26}}, ""),
    ({"rolling": {"hours": 27}}, "alice"),
    ({"calendar": {"months": 1, "offset": -1}}, "alice"),
    ({"calendar": {"weeks": 1}}, ""),
    ({"calendar": {"weeks": 1, "offset": -1}}, "alice"),
    ({"calendar": {"years": 1, "offset": -1}}, "bob"),
    ({"calendar": {"quarters": 1}}, "alice"),
    ({"between": ["2026-06-14", "2026-06-15"]}, "alice"),
    ({"between": ["2026-06-13", "2026-06-14"]}, ""),
    ({"between": ["2026-06-14", "2026-06-15"], "zone": "Pacific/Kiritimati"}, "alice"),
    ({"between": ["2026-06-13", "2026-06-14"], "zone": "Etc/GMT+11"}, "alice"),
]


@pytest.mark.once
def test_a_window_says_from_when_to_when(people):
    found = [" ".join(who(people, {"did": ORDERED | {"window": window}})) for window, _ in WINDOWS]
    assert [names for _, names in WINDOWS] == found


def test_steps_follow_each_other(people):
    cup = ORDERED | {"where": [{"field": "category", "op": "=", "value": "Kitchen"}]}
    refund = {"event": "order.refunded"}
    assert who(people, {"sequence": {"steps": [cup, refund], "within": {"days": 10}}}) == ["bob"]
    assert who(people, {"sequence": {"steps": [cup, refund], "within": {"days": 9}}}) == []
    assert who(people, {"sequence": {"steps": [refund, cup], "within": {"days": 300}}}) == []
    three = {"steps": [cup, ORDERED, ORDERED], "within": {"days": 7}}
    assert who(people, {"sequence": three}) == ["alice"]
    assert who(people, {"sequence": three | {"window": {"rolling": {"days": 14}}}}) == []


def test_a_bucket_is_the_same_everywhere(people):
    from siyu.core.insight.audiences.buckets import bucket

    n = bucket("spring", people["bob"])
    inside = [name for name in ("alice", "bob", "carol") if bucket("spring", people[name]) == n]
    assert who(people, {"bucket": {"salt": "spring", "from": n, "to": n + 1}}) == inside
    assert who(people, {"bucket": {"salt": "spring", "from": 0, "to": 10_000}}) == ["alice", "bob", "carol"]


def test_a_list_of_people_follows_a_merge(people):
    assert who(people, {"members": [code(people["dave"]), code(people["carol"]), code(999)]}) == ["alice", "carol"]
    assert who(people, {"members": []}) == []


def test_a_corrected_order_counts_as_it_is_now(people):
    say(placed(people["carol"], 3, 7, event=OrderPlaced), placed(people["carol"], 40, 7, event=OrderCorrected))
    drain_all()
    assert who(people, {"did": ORDERED | DAYS_30}) == ["alice"]
    assert who(people, BOUGHT) == ["alice", "bob", "carol"]


def test_facts_of_then(people):
    definition = {"version": 1, "where": {"did": ORDERED}}
    assert audiences.count(definition, day(100)) == 1
    assert audiences.count(definition, day(2, hour=1)) == 3  # Carol had not cancelled yet


def test_a_sample_is_the_same_for_the_same_seed(people):
    definition = {"version": 1, "where": {"all": []}}
    two = audiences.sample(definition, 2, seed=7, as_of=NOW)
    assert len(two) == 2 and two == audiences.sample(definition, 2, seed=7, as_of=NOW)


def test_explain_and_why_say_the_numbers(people):
    definition = {
        "version": 1,
        "where": {"all": [{"did": ORDERED | {"count": {"op": ">=", "value": 2}}}, {"tag": "VIP"}]},
    }
    tree = audiences.explain(definition, NOW, language="en")["tree"]
    assert (tree["op"], tree["people"], tree["text"]) == ("all", 1, "all of")
    assert [child["text"] for child in tree["children"]] == ["placed an order: times ≥ 2", "tagged “VIP”"]
    told = audiences.why(definition, people["bob"], NOW, language="zh-hans")
    assert not told["in"]
    assert [(c["in"], c["value"], c["text"]) for c in told["tree"]["children"]] == [
        (False, 1, "下单：次数 ≥ 2"),
        (False, None, "带有标签“VIP”"),
    ]


@pytest.mark.parametrize("dialect", ["duckdb", "spark"])
def test_a_definition_is_one_query_in_either_dialect(people, dialect):
    import sqlglot

    cup = ORDERED | {"where": [{"field": "category", "op": "=", "value": "Kitchen"}]}
    leaves = [
        {"sequence": {"steps": [cup, ORDERED], "within": {"days": 9}}},
        {"bucket": {"salt": "it's", "from": 0, "to": 10}},
        {"regularity": ORDERED | {"silent": {"op": ">", "value": 2}}},
    ]
    text = audiences.sql({"version": 1, "where": {"all": leaves}}, dialect=dialect)
    assert sqlglot.parse_one(text, read=dialect)
    assert "leaf_1 AS" in text and "leaf_3 AS" in text
