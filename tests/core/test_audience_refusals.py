"""A definition that the language does not know is refused with a code, a sentence and the place."""

from datetime import UTC, datetime

import pytest

from siyu.core.insight import audiences
from siyu.core.insight.models import Audience

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


def refused(where, **around):
    [problem] = audiences.validate({"version": 1, "where": where} | around)
    return problem["code"], problem["path"], problem["message"]


def save(name: str, where: dict) -> Audience:
    definition = {"version": 1, "where": where}
    return Audience.objects.create(name=name, definition=definition, made_at=NOW, changed_at=NOW, by="lin")


DID = {"event": "order.placed"}


@pytest.mark.parametrize(
    ("where", "code", "path", "hint"),
    [
        ({"trait": {"name": "gmw", "op": ">", "value": 1}}, "unknown_trait", "$.where.trait.name", "gmv"),
        ({"did": {"event": "order.place"}}, "unknown_event", "$.where.did.event", "order.placed"),
        ({"alll": []}, "unknown_op", "$.where", "all"),
        ({"all": [{"did": DID}, {"not": {"tag": "VIP"}}]}, "unknown_tag", "$.where.all[1].not.tag", ""),
        ({"trait": {"name": "gmv", "op": "like", "value": 1}}, "unknown_comparison", "$.where.trait.op", "="),
        ({"trait": {"name": "gmv", "op": ">", "value": "1"}}, "malformed", "$.where.trait.value", "number"),
        ({"trait": {"name": "gmv", "op": ">"}}, "malformed", "$.where.trait", "needs a value"),
        ({"trait": {"name": "gmv", "op": "known", "value": 1}}, "malformed", "$.where.trait.value", "no value"),
        ({"trait": {"name": "since", "op": ">", "value": "May"}}, "malformed", "$.where.trait.value", "2026-05-01"),
        ({"did": DID | {"wher": []}}, "unknown_key", "$.where.did", "where"),
        ({"did": DID | {"where": [{"field": "amout", "op": ">", "value": 1}]}}, "unknown_field",
         "$.where.did.where[0].field", "amount"),
        ({"did": DID | {"where": [{"field": "properties.x", "op": ">", "value": 1}]}}, "unknown_field",
         "$.where.did.where[0].field", ""),
        ({"did": DID | {"sum": {"field": "quantity", "op": ">", "value": 1}}}, "field_of_a_line",
         "$.where.did.sum.field", "order.line"),
        ({"did": DID | {"count": {"op": ">", "value": 1}, "days": {"op": ">", "value": 1}}}, "malformed",
         "$.where.did", "count, days"),
        ({"did": DID | {"window": {"rolling": {"moons": 1}}}}, "unknown_key", "$.where.did.window.rolling", "days"),
        ({"did": DID | {"window": {"rolling": {"days": 0}}}}, "malformed", "$.where.did.window.rolling.days", "0"),
        ({"did": DID | {"window": {"rolling": {"days": 7}, "zone": "Mars"}}}, "unknown_zone",
         "$.where.did.window.zone", "Mars"),
        ({"first_did": DID}, "malformed", "$.where.first_did", "days_ago"),
        ({"sequence": {"steps": [DID], "within": {"days": 1}}}, "malformed", "$.where.sequence.steps", "two"),
        ({"bucket": {"salt": "a", "from": 5, "to": 5}}, "malformed", "$.where.bucket", ""),
        ({"members": ["per_zzz"]}, "unknown_person", "$.where.members[0]", "per_zzz"),
        ({"reachable": {"channel": "smoke"}}, "unknown_channel", "$.where.reachable.channel", "sms"),
        ({"in_audience": "nobody"}, "unknown_audience", "$.where.in_audience", ""),
        ({"trait": []}, "malformed", "$.where.trait", "object"),
        ([], "malformed", "$.where", "one key"),
    ],
)  # fmt: skip
def test_what_is_unknown_is_refused(where, code, path, hint):
    found = refused(where)
    assert found[:2] == (code, path)
    assert hint in found[2]


def test_every_problem_is_told_at_once():
    where = {"all": [{"tag": "a"}, {"any": [{"did": {"event": "b"}}, {"not": {"tag": "c"}}]}]}
    problems = audiences.validate({"version": 1, "where": where})
    assert [problem["path"] for problem in problems] == [
        "$.where.all[0].tag",
        "$.where.all[1].any[0].did.event",
        "$.where.all[1].any[1].not.tag",
    ]


def test_another_version_is_refused():
    assert refused({"all": []}, version=2)[0] == "unknown_version"
    assert refused({"all": []}, colour="red")[0] == "unknown_key"


def test_limits():
    deep: dict = {"all": []}
    for _ in range(12):
        deep = {"not": deep}
    assert refused(deep)[0] == "too_deep"
    assert refused({"any": [{"any": [{"all": []}] * 99}] * 3})[0] == "too_many_nodes"
    assert refused({"trait": {"name": "stage", "op": "in", "value": ["new"] * 1001}})[0] == "too_long"


def test_an_audience_is_never_inside_itself():
    a = save("A", {"all": []})
    save("B", {"in_audience": "A"})
    assert audiences.validate({"version": 1, "where": {"in_audience": "B"}}) == []
    a.definition = {"version": 1, "where": {"not": {"in_audience": "B"}}}
    a.save()
    code, path, message = refused({"in_audience": "A"})
    assert (code, path) == ("cycle", "$.where.in_audience.where.not.in_audience.where.in_audience")
    assert "A → B → A" in message


def test_a_quote_in_a_value_stays_a_value():
    where = {"trait": {"name": "stage", "op": "=", "value": "x' OR 1=1 --"}}
    assert "'x'' OR 1=1 --'" in audiences.sql({"version": 1, "where": where})
