"""Audiences are saved, kept as snapshots, compared, exported, and followed by tags."""

import csv
from datetime import timedelta

import pyarrow.parquet as pq
import pytest
from django.db import transaction
from python_calamine import CalamineWorkbook

from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.drain import drain_all
from siyu.core.insight import audiences, queries
from siyu.core.insight.actions import (
    InUse,
    NameTaken,
    apply_tag_rules,
    archive_audience,
    compare,
    save_audience,
    set_tag_rule,
    take_snapshot,
)
from siyu.core.insight.models import TagRule
from siyu.core.insight.refresh import refresh_derived
from siyu.core.people.models import Tagging
from siyu.core.people.numbers import number
from siyu.core.people.tags import make_tag
from siyu.events.commerce import OrderCancelled, OrderPlaced
from siyu.kit import clock
from siyu.kit.refusals import Refused

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
NOW = clock.now().replace(microsecond=0)
BUYERS = {"version": 1, "where": {"did": {"event": "order.placed"}}}


@pytest.fixture
def people() -> list[int]:
    """Alice and Bob bought, Carol did not."""
    claims = {("member", name): NOW - timedelta(days=9) for name in ("alice", "bob", "carol")}
    found = number(claims, source="shop")
    numbers = [found[claim] for claim in claims]
    buy(numbers[0], 1)
    buy(numbers[1], 2)
    return numbers


@transaction.atomic
def say(*events) -> None:
    announce(*events)


def buy(who: int, order: int) -> None:
    at = NOW - timedelta(days=1)
    say(OrderPlaced(at=at, identity=who, order=order, currency="CNY", amount=5, discount=0, items=[], source="shop"))
    drain_all()


def save(name: str = "Buyers", definition: dict = BUYERS, **kwargs):
    return save_audience(name=name, definition=definition, by="lin", at=NOW, **kwargs)


def test_it_works(people):
    save()
    assert audiences.count({"version": 1, "where": {"in_audience": "Buyers"}}) == 2
    [row] = queries.saved_audiences()["audiences"]
    assert (row["name"], row["people"], row["definition"]) == ("Buyers", None, BUYERS)
    assert audiences.count({"version": 1, "where": {"not": {"in_audience": row["code"]}}}) == 1


def test_names_are_taken_once(people):
    save()
    with pytest.raises(NameTaken):
        save()


def test_what_others_speak_of_is_neither_archived_nor_renamed(people):
    buyers = save()
    others = save("Others", {"version": 1, "where": {"not": {"in_audience": "Buyers"}}})
    with pytest.raises(InUse):
        archive_audience(audience=buyers, at=NOW)
    with pytest.raises(InUse):
        save("Shoppers", audience=buyers)
    archive_audience(audience=others, at=NOW)
    archive_audience(audience=buyers, at=NOW)
    assert audiences.validate({"version": 1, "where": {"in_audience": "Buyers"}})[0]["code"] == "unknown_audience"


def test_it_cannot_become_part_of_itself(people):
    buyers = save()
    with pytest.raises(audiences.NotUnderstood) as refused:
        save(definition={"version": 1, "where": {"in_audience": "Buyers"}}, audience=buyers)
    assert refused.value.code == "cycle"


def test_two_snapshots_tell_who_came_and_went(people):
    _, bob, carol = people
    buyers = save()
    older = take_snapshot(audience=buyers, by="lin", at=NOW)
    buy(carol, 3)
    say(OrderCancelled(at=NOW - timedelta(hours=1), identity=bob, order=2))
    drain_all()
    newer = take_snapshot(audience=buyers, by="lin", at=NOW + timedelta(minutes=1))
    found = compare(older=older, newer=newer)
    assert (found.came_in.tolist(), found.went_out.tolist(), found.stayed) == ([carol], [bob], 1)
    assert [row["people"] for row in queries.snapshots(buyers)] == [2, 2]


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".parquet"])
def test_people_leave_as_a_file(people, tmp_path, ending):
    file = tmp_path / f"buyers{ending}"
    assert audiences.export(BUYERS, to=file) == 2
    if ending == ".csv":
        rows = [row["person"] for row in csv.DictReader(file.open(encoding="utf-8-sig"))]
    elif ending == ".xlsx":
        rows = [row[0] for row in CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python()[1:]]
    else:
        rows = pq.read_table(file).column("person").to_pylist()
    assert len(rows) == 2 and all(row.startswith("per_") for row in rows)
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_they_take_their_portraits_along(people, tmp_path):
    drain_all()
    refresh_derived(NOW)
    audiences.export(BUYERS, to=tmp_path / "buyers.csv")
    audiences.export(BUYERS, to=tmp_path / "then.csv", as_of=NOW)

    rows = list(csv.DictReader((tmp_path / "buyers.csv").open(encoding="utf-8-sig")))
    assert [int(row["orders"]) for row in rows] == [1, 1]
    assert all(row["person"].startswith("per_") and int(row["gmv"]) > 0 and row["stage"] for row in rows)
    assert (tmp_path / "then.csv").read_text(encoding="utf-8-sig").splitlines()[0] == '"person"'


def test_an_unknown_format_is_refused(tmp_path):
    with pytest.raises(Refused) as refused:
        audiences.export(BUYERS, to=tmp_path / "buyers.doc")
    assert refused.value.code == "unknown_format"


def test_a_tag_follows_its_rule(people):
    alice, bob, carol = people
    tag = make_tag("value", "Buyer")
    set_tag_rule(tag=tag, definition=BUYERS, by="lin", at=NOW)
    assert apply_tag_rules(at=NOW) == {"Buyer": (2, 0)}
    assert apply_tag_rules(at=NOW) == {"Buyer": (0, 0)}
    say(OrderCancelled(at=NOW - timedelta(hours=1), identity=bob, order=2))
    buy(carol, 3)
    assert apply_tag_rules(at=NOW) == {"Buyer": (1, 1)}
    assert set(Tagging.objects.values_list("identity", flat=True)) == {alice, carol}
    drain_all()
    assert audiences.members({"version": 1, "where": {"tag": "Buyer"}}, clock.now()).tolist() == [alice, carol]


def test_a_rule_that_is_refused_holds_up_no_other(people):
    broken = set_tag_rule(tag=make_tag("value", "Broken"), definition=BUYERS, by="lin", at=NOW)
    TagRule.objects.filter(pk=broken.pk).update(definition={"version": 1, "where": {"in_audience": "gone"}})
    set_tag_rule(tag=make_tag("value", "Buyer"), definition=BUYERS, by="lin", at=NOW)
    assert apply_tag_rules(at=NOW) == {"Broken": (0, 0), "Buyer": (2, 0)}
    assert "gone" in TagRule.objects.get(pk=broken.pk).error


def test_a_rule_may_not_ask_for_its_own_tag(people):
    with pytest.raises(Refused) as refused:
        tag = make_tag("value", "Buyer")
        set_tag_rule(tag=tag, definition={"version": 1, "where": {"not": {"tag": "Buyer"}}}, by="lin", at=NOW)
    assert refused.value.code == "cycle"
