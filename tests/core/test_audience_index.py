"""The index gives the answers of the log: after late events, merges, corrections and cancellations too."""

import json
import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from django.conf import settings

from siyu.core.eventlog import lake
from siyu.core.insight import audiences, portraits
from siyu.core.insight.audiences import index
from siyu.core.insight.audiences.answering import count_in_one_query
from siyu.core.insight.audiences.ground import Ground
from siyu.core.insight.audiences.index import asking, build
from siyu.core.insight.audiences.index import index as reading
from siyu.core.insight.audiences.language import leaves
from siyu.core.people.models import Tag, TagGroup
from siyu.kit import codes

pytestmark = [pytest.mark.django_db(databases="__all__", transaction=True), pytest.mark.once]
NOW = datetime(2026, 6, 15, 5, 30, tzinfo=UTC)
PEOPLE, PRODUCTS, DAYS = 40, 6, 100
SEEN, CLAIMED = "Product Viewed", "Coupon Claimed"


class Brand:
    """A log that grows at random; the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.rows: list[dict] = []
        self.steps = 0
        self.orders: list[int] = []

    def moment(self, most: int = DAYS) -> datetime:
        return NOW - timedelta(minutes=self.random.randrange(most * 24 * 60))

    def say(self, name: str, at: datetime, identity: int | None, **more) -> None:
        day = at.astimezone(ZoneInfo(settings.SIYU.zone)).date()
        properties = json.dumps(more.pop("properties", {}))
        row = {"name": name, "happened_at": at, "recorded_at": NOW, "day": day, "identity": identity, "source": "test"}
        self.rows.append(row | {"imported": False, "properties": properties, "month": f"{day:%Y-%m}"} | more)

    def someone(self) -> int | None:
        return self.random.choice([*range(1, PEOPLE + 1), None]) if self.random.random() < 0.9 else 1

    def order(self, name: str, order: int, most: int = DAYS) -> None:
        items = [
            {
                "product": self.random.randint(1, PRODUCTS),
                "quantity": self.random.randint(1, 3),
                "amount": 500 * i,
                "discount": 0,
            }
            for i in range(1, self.random.randint(2, 4))
        ]
        amount = sum(item["amount"] for item in items)
        self.say(name, self.moment(most), self.someone(), subject=order, amount=amount, discount=0, items=items)

    def begin(self) -> None:
        for person in range(1, PEOPLE + 1):
            self.say("person.appeared", NOW - timedelta(days=DAYS + person), person, properties={"namespace": "phone"})
        for product in range(1, PRODUCTS + 1):
            about = {"title": f"P{product}", "category": f"C{product % 3}", "brand": None}
            self.say("product.listed", NOW - timedelta(days=DAYS), None, subject=product, properties=about)
        for person in range(1, PEOPLE, 2):
            told = {"traits": {"city": self.random.choice("ABC"), "age": person}, "source": "crm"}
            self.say("person.described", NOW - timedelta(days=9), person, properties=told)
        self.live(400)

    def live(self, events: int, most: int = DAYS) -> None:
        """Orders, views, claims, merges, corrections, cancellations, bots found out; some of them late."""
        for _ in range(events):
            kind = self.random.choices(
                ["order", "view", "claim", "correct", "cancel", "merge", "tag", "bot"], [5, 9, 3, 1, 1, 0.3, 1, 0.2]
            )[0]
            if kind == "order" or not self.orders:
                self.orders.append(len(self.orders) + 1)
                self.order("order.placed", self.orders[-1], most)
            elif kind in ("view", "claim"):
                seen = {"sku": self.random.choice("xyz"), "price": self.random.randint(1, 99)}
                self.say(SEEN if kind == "view" else CLAIMED, self.moment(most), self.someone(), properties=seen)
            elif kind == "correct":
                self.order("order.corrected", self.random.choice(self.orders), most)
            elif kind == "cancel":
                self.say("order.cancelled", self.moment(most), self.someone(), subject=self.random.choice(self.orders))
            elif kind == "merge":
                person, other = self.random.sample(range(1, PEOPLE + 1), 2)
                self.say("identity.linked", self.moment(most), person, subject=other, properties={"rule": "test"})
            elif kind == "bot":
                said = self.random.choice(["visitor.excluded", "visitor.excluded", "visitor.readmitted"])
                self.say(said, self.moment(most), self.someone(), properties={"rule": "test"})
            else:
                tagged = self.random.choice(["person.tagged", "person.untagged"])
                self.say(tagged, self.moment(most), self.someone(), subject=1, properties={"tag": "VIP", "group": "g"})

    def write(self) -> None:
        """Everything said so far becomes one step into the lake."""
        self.steps += 1
        rows = [row | {"position": (self.steps << 32) + i} for i, row in enumerate(self.rows, 1)]
        rows.sort(key=lambda row: (row["month"], row["name"]))
        columns = [pa.array([row.get(f.name) for row in rows], f.type) for f in lake.SCHEMAS["events"]]
        assert lake.append("events", pa.table(columns, schema=lake.SCHEMAS["events"]), app="test", version=self.steps)
        self.rows = []


class Asker:
    """Definitions at random."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def definition(self) -> dict:
        return {"version": 1, "where": self.node(3)}

    def node(self, depth: int) -> dict:
        kind = self.random.choice(["all", "any", "not", "leaf", "leaf"]) if depth else "leaf"
        if kind == "leaf":
            return self.random.choice(self.LEAVES)(self)
        if kind == "not":
            return {"not": self.node(depth - 1)}
        return {kind: [self.node(depth - 1) for _ in range(self.random.randint(0, 3))]}

    def number(self, most: int) -> dict:
        op = self.random.choice(["=", "!=", "<", "<=", ">", ">=", "between"])
        low = self.random.choice([0, 1, 2, self.random.randint(0, most), 1.5])
        return {"op": op, "value": [low, low + self.random.randint(0, most)] if op == "between" else low}

    def once(self) -> dict:
        return self.random.choice([{}, {"count": {"op": ">=", "value": 1}}, {"count": {"op": "=", "value": 0}}])

    def step(self) -> dict:
        event = self.random.choice(
            ["order.placed", SEEN, "order.placed", SEEN, CLAIMED, "order.line", "order.cancelled"]
        )
        step: dict = {"event": event}
        if self.random.random() < 0.25:
            field = {
                "order.placed": {"field": "category", "op": "=", "value": "C1"},
                "order.line": {"field": "quantity", "op": ">", "value": 1},
                SEEN: {"field": "properties.sku", "op": "in", "value": ["x", "z"]},
            }.get(event, {"field": "source", "op": "=", "value": "test"})
            step["where"] = [field]
        return step

    def window(self) -> dict:
        pick = self.random.random()
        if pick < 0.2:
            return {}
        zone = {"zone": self.random.choice(["Asia/Tokyo", "America/New_York"])} if self.random.random() < 0.2 else {}
        unit = self.random.choice(["days", "weeks", "months", "quarters", "years"])
        first = self.random.randint(0, DAYS)
        days = [(NOW - timedelta(days=n)).date().isoformat() for n in (first, first - self.random.randint(0, 30))]
        window = self.random.choice([
            {"rolling": {"days": self.random.choice([1, 7, 30, 90])}},
            {"rolling": {"hours": self.random.choice([1, 24, 100])}},
            {"calendar": {unit: self.random.randint(1, 3), "offset": self.random.choice([0, -1, -2])}},
            {"between": days},
        ])  # fmt: skip
        return {"window": window | zone}

    def did(self) -> dict:
        step, window = self.step(), self.window()
        field = (
            "properties.price"
            if step["event"] in (SEEN, CLAIMED)
            else "amount"
            if step["event"] != "order.cancelled"
            else None
        )
        more = [self.once(), self.once(), {"count": self.number(4)}, {"days": self.number(4)}]
        if field:
            more += [{"sum": {"field": field} | self.number(3000)}, {"distinct": {"field": field} | self.number(3)}]
        return {"did": step | window | self.random.choice(more)}

    def edge(self) -> dict:
        window = self.window() or {"days_ago": self.number(60)}
        if self.random.random() < 0.5:
            window = {"days_ago": self.number(60)}
        return {self.random.choice(["first_did", "last_did"]): self.step() | window}

    def sequence(self) -> dict:
        within = self.random.choice([{"days": 3}, {"hours": 30}, {"days": 20}])
        return {"sequence": {"steps": [self.step(), self.step()], "within": within} | self.window()}

    def regularity(self) -> dict:
        kind = self.random.choice(["cv", "weeks", "silent"])
        body = self.number(3) | ({"of": self.random.randint(1, 10)} if kind == "weeks" else {})
        return {"regularity": self.step() | {kind: body}}

    def trait(self) -> dict:
        return {"trait": self.random.choice([
            {"name": "city", "op": "in", "value": ["A", "B"]}, {"name": "city", "op": "unknown"},
            {"name": "age"} | self.number(30), {"name": "orders"} | self.number(9), {"name": "gmv"} | self.number(9000),
            {"name": "recency_days"} | self.number(40), {"name": "stage", "op": "in", "value": ["loyal", "new"]},
            {"name": "favourite_categories", "op": "contains", "value": "C1"},
            {"name": "last_order_at", "op": "unknown"},
        ])}  # fmt: skip

    def listed(self) -> dict:
        people = [codes.encode("per", self.random.randint(1, PEOPLE + 5), settings.SECRET_KEY) for _ in range(9)]
        bucket = {"bucket": {"salt": "s", "from": 0, "to": self.random.randint(1, 10_000)}}
        return self.random.choice([{"members": people}, bucket, {"tag": "VIP"}, {"reachable": {"channel": "sms"}}])

    LEAVES = (did, did, did, did, edge, edge, sequence, regularity, regularity, trait, listed)


@pytest.fixture
def brand(monkeypatch) -> Brand:
    monkeypatch.setattr(settings.SIYU, "zone", "Asia/Shanghai")
    Tag.objects.create(group=TagGroup.objects.create(name="g"), name="VIP")
    brand = Brand(7)
    brand.begin()
    brand.write()
    return brand


def differences(definitions: list[dict], as_of: datetime | None, least: int = 1) -> list[str]:
    """Every leaf that the index answers otherwise than the log; at least so many it has to answer."""
    found, answered, told = [], 0, 0
    with Ground.under(as_of, index=True) as quick, Ground.under(as_of, index=False) as slow:
        everyone = slow.everyone()
        assert quick.everyone() == everyone and len(everyone) > PEOPLE / 2
        different = {
            repr(leaf): leaf for definition in definitions for leaf in leaves(audiences.parse(definition).node)
        }
        for leaf in different.values():
            people = asking.people(quick.index, leaf, quick.frame) if quick.index else None
            if people is not None:
                expected = slow.people(leaf, everyone)
                found += [repr(leaf)] if people != expected else []
                answered, told = answered + 1, told + (0 < len(expected) < len(everyone))
    assert answered >= least and told >= least / 4, (answered, told)
    return found


def test_200_random_definitions_get_the_answer_of_the_log(brand):
    asker = Asker(11)
    definitions = [asker.definition() for _ in range(200)]
    index.advance()
    assert differences(definitions[:50], NOW, least=10) == []
    brand.live(60)  # late events, merges and corrections, not yet in the index
    brand.write()
    assert differences(definitions, NOW, least=80) == []
    assert index.advance() == 60
    assert index.advance() == 0
    assert differences(definitions[50:], NOW, least=50) == []
    whole = audiences.answer(definitions[3], NOW), audiences.answer(definitions[3], NOW, index=False)
    assert [*whole[0].nodes.values()] == [*whole[1].nodes.values()]


TRAITS = [
    ("orders", ">=", 2), ("gmv", "between", [500, 4000]), ("recency_days", "<", 30), ("recency_days", "unknown", None),
    ("orders_30d", "=", 0), ("gmv_90d", "!=", 0), ("orders", "in", [0, 3]), ("orders", "not_in", [0, 1]),
    ("last_order_at", ">=", "2026-05-20"), ("first_order_at", "between", ["2026-03-20", "2026-04-20T10:00:00+08:00"]),
    ("first_order_at", "known", None), ("stage", "=", "new"), ("stage", "!=", "new"), ("stage", "in", ["new", "loyal"]),
    ("segment", "starts_with", "l"), ("segment", "unknown", None),
    ("r", ">=", 4), ("r", "!=", 5), ("r", "unknown", None),
    ("average_basket", "<=", 1500), ("favourite_categories", "contains", "C1"), ("categories", ">", 1),
    ("repurchase_interval_days", ">", 3.5), ("favourite_share", "known", None), ("since", "<", "2026-02-20"),
]  # fmt: skip


def test_kept_portraits_tell_what_the_log_tells(brand):
    """Read as columns, computed from a person's own orders, or drawn for the question: one answer."""
    index.advance()
    nodes = [
        {"trait": {"name": name, "op": op} | ({} if value is None else {"value": value})} for name, op, value in TRAITS
    ]
    found = audiences.parse({"version": 1, "where": {"any": nodes}})
    drawn = audiences.answer(found, NOW)
    portraits.refresh(NOW)
    kept = audiences.answer(found, NOW)
    by_duckdb = audiences.answer(found, NOW, index=False)
    sizes = [len(kept.nodes[id(node)]) for node in found.node.children]
    assert [len(drawn.nodes[id(node)]) for node in found.node.children] == sizes
    assert [*kept.nodes.values()] == [*drawn.nodes.values()] == [*by_duckdb.nodes.values()]
    assert len(set(sizes)) > 8 and count_in_one_query(found, NOW) == len(kept.people)


def test_facts_of_then_come_from_the_log(brand):
    index.advance()
    with Ground.under(NOW - timedelta(days=40), index=True) as ground:
        assert ground.index is None


def test_a_query_over_the_log_counts_the_same(brand):
    portraits.refresh(NOW)
    asker = Asker(3)
    for _ in range(12):
        definition = asker.definition()
        assert count_in_one_query(definition, NOW) == audiences.count(definition, NOW), definition


def test_made_from_nothing_it_is_the_same(brand, monkeypatch):
    """A big log is taken month by month, and many small segments become one."""
    monkeypatch.setattr(reading, "LONGEST_TAIL", 100)
    monkeypatch.setattr(build, "LONGEST_TAIL", 100)
    monkeypatch.setattr(build, "SEGMENTS", 2)
    assert index.current() is None
    index.advance()
    asker = Asker(5)
    definitions = [{"version": 1, "where": leaf(asker)} for leaf in Asker.LEAVES[:9] for _ in range(4)]
    for _ in range(3):
        brand.live(12)
        brand.write()
        index.advance()
    assert differences(definitions, NOW) == []
    files = {place.file for place in index.current().catalogue.places()}
    assert len(files) <= 3


def test_compaction_changes_nothing(brand):
    index.advance()
    definition = {"version": 1, "where": {"did": {"event": "order.placed", "window": {"rolling": {"days": 30}}}}}
    before = audiences.count(definition, NOW)
    brand.live(20, most=1)
    brand.write()
    lake.compact("events")
    assert audiences.count(definition, NOW) >= before
    assert differences([definition], NOW) == []


def test_an_index_of_another_lake_is_not_believed(brand, monkeypatch):
    index.advance()
    catalogue = index.current().catalogue
    monkeypatch.setattr(catalogue, "table", "another")
    assert index.current() is None


def test_the_moment_of_an_imported_past(brand):
    """What was imported long ago is judged as of the end of its newest order's day."""
    index.advance()
    later = NOW + timedelta(days=90)
    from siyu.core.insight import asof

    assert index.current().default_as_of(later) == asof.resolve(None, later)
    assert index.current().default_as_of(NOW) == NOW


def test_a_large_brand_is_told_that_its_portraits_lag(brand, monkeypatch):
    from siyu.core.insight.audiences import ground

    monkeypatch.setattr(ground.clock, "now", lambda: NOW)
    index.advance()
    portraits.refresh(NOW)
    brand.live(30)
    brand.write()
    new = {"version": 1, "where": {"trait": {"name": "stage", "op": "known"}}}
    assert audiences.explain(new)["exact"]
    monkeypatch.setattr(ground, "LARGE", 3)
    assert not audiences.explain(new)["exact"]
    portraits.refresh(NOW)
    assert audiences.explain(new)["exact"]
