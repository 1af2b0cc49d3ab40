"""The audience builder, tags that follow an audience, and imports by the browser."""

import csv
import gzip
import io
import json
import re
from datetime import UTC, date, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from siyu.conf.worker import KINDS
from siyu.core.eventlog.drain import drain_all
from siyu.core.eventlog.imports import desk, uploads
from siyu.core.eventlog.models import ImportRun, Upload
from siyu.core.insight import portraits
from siyu.core.insight.models import Audience
from siyu.core.people.codes import code
from siyu.core.people.models import Tagging
from siyu.core.people.numbers import number
from siyu.core.team import queries
from siyu.interfaces.console import builder
from tests.interfaces.console.team import operator
from tests.selling import listed, order, sell

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
EMPTY = json.dumps(builder.EMPTY)
EARLY = datetime(2026, 2, 1, tzinfo=UTC)


def brand() -> list[int]:
    claims = {("member", f"m{n}"): EARLY for n in range(4)}
    people = sorted(number(claims, source="shop").values())
    drain_all()
    sell(listed(7, "Milk"))
    sell(
        *(order(10 * n + k, who, date(2026, 3, 1 + k), (7, 5000)) for n, who in enumerate(people) for k in range(n + 1))
    )
    portraits.refresh(datetime(2026, 5, 1, tzinfo=UTC))
    return people


@pytest.fixture
def member(client):
    client.force_login(operator("member"))
    return client


def press(client, do: str, definition: str = EMPTY, **said: str) -> tuple[dict, str]:
    text = client.post("/audiences/build", {"definition": definition, "do": do, **said}).content.decode()
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", text, re.S)
    assert found, text
    return json.loads(found[1].replace("&quot;", '"').replace("&gt;", ">").replace("&lt;", "<")), text


def test_it_works(member):
    people = brand()
    did = {"d_event": "order.placed", "d_measure": "count", "d_op": ">=", "d_value": "2"}
    definition, text = press(member, "add:did", **did)
    assert definition["where"]["all"][0]["did"]["count"] == {"op": ">=", "value": 2}
    assert 'class="count1 num">3<' in text
    definition, text = press(member, "add:trait", json.dumps(definition), t_name="gmv|money", t_op=">", t_value="150")
    assert definition["where"]["all"][1]["trait"]["value"] == 15_000 and 'num">1<' in text
    answer = member.post("/audiences/save", {"name": "Regulars", "definition": json.dumps(definition)})
    page = member.get(answer["Location"]).content.decode()
    assert "Regulars" in page and Audience.objects.get().definition == definition
    member.post(answer["Location"] + "/snapshot")
    assert Audience.objects.get().snapshots.get().people == 1
    exported = member.post(answer["Location"] + "/export")
    rows = list(csv.DictReader(io.StringIO(exported.content.decode("utf-8-sig"))))
    assert [(row["person"], row["orders"]) for row in rows] == [(code(people[3]), "4")]
    assert [deed.did for deed in queries.trail(did="exported")] == ["exported"]
    why = member.post("/audiences/why", {"definition": json.dumps(definition), "person": code(people[0])})
    assert "Out" in why.content.decode() and "measured: ¥50.00" in why.content.decode()
    member.post(answer["Location"] + "/archive")
    assert member.get(answer["Location"]).status_code == 404


def test_nodes_are_joined_negated_and_removed():
    one, two, three = ({"tag": name} for name in "abc")
    where = builder.added(builder.added({"all": [one]}, two, "and"), three, "or")
    assert where == {"all": [one, {"any": [two, three]}]}
    assert builder.removed(where, [1, 0]) == {"all": [one, three]}
    assert builder.removed(where, [0]) == {"all": [{"any": [two, three]}]}
    assert builder.replaced(where, [1, 1], builder.negated) == {"all": [one, {"any": [two, {"not": three}]}]}
    assert builder.removed(where, [9]) == where == builder.replaced(where, [9], builder.negated)


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"version": 1}', '{"version":1,"where":{"trait":{"name":"x","op":"="}}}', "[" * 3000]
)
def test_what_is_not_understood_is_said(member, text):
    brand()
    answer = member.post("/audiences/build", {"definition": text}, headers={"HX-Request": "true"})
    assert 400 <= answer.status_code < 500 and answer.content.strip()


@pytest.mark.parametrize(
    "said", [{"t_name": "gmv|money", "t_value": "much"}, {"t_name": "gmv|money", "t_value": "NaN"}, {"t_name": ""}, {}]
)
def test_half_a_condition_is_refused(member, said):
    brand()
    assert member.post("/audiences/build", {"definition": EMPTY, "do": "add:trait", **said}).status_code == 400


def test_a_tag_follows_an_audience(member):
    brand()
    definition = {"version": 1, "where": {"all": [{"did": {"event": "order.placed"}}]}}
    member.post("/audiences/save", {"name": "Buyers", "definition": json.dumps(definition)})
    member.post("/tags/make", {"group": "life", "name": "buyer"})
    page = member.get("/tags").content.decode()
    [rule] = re.findall(r'action="(/tags/\d+/rule)"', page)
    member.post(rule, {"audience": Audience.objects.get().pk})
    assert Tagging.objects.count() == 4
    member.post(rule, {"audience": ""})
    assert Tagging.objects.count() == 4 and "by hand" in member.get("/tags").content.decode()
    member.post(rule.replace("rule", "retire"))
    assert "retired" in member.get("/tags").content.decode()


ORDERS = """order_id,customer_id,ordered_at,product,quantity,amount
1,c1,2026-03-01 10:00:00,milk,1,10.00
2,c2,2026-03-02 10:00:00,milk,1,12.00
3,c3,never,milk,1,12.00
"""


def upload(client, text: str = ORDERS, name: str = "orders.csv"):
    file = SimpleUploadedFile(name, text.encode())
    return client.post("/imports/new", {"kind": "orders", "source": "shop", "currency": "CNY", "file": file})


def test_a_file_comes_in_after_a_preview(member):
    page = upload(member)["Location"]
    assert "waits for the worker" in member.get(page).content.decode()
    assert uploads.take(KINDS) == 1
    text = member.get(page).content.decode()
    assert "1 would be refused" in text
    assert ImportRun.objects.count() == 0
    assert page in member.get("/imports").content.decode(), "whoever left finds the way back"

    member.post(page + "/take")
    assert "coming in" in member.get(page).content.decode()
    assert uploads.take(KINDS) == 1
    answer = member.get(page, headers={"HX-Request": "true"})
    run = ImportRun.objects.get()
    assert (run.by, run.refused) == ("member", 1)
    shown = member.get(answer["HX-Redirect"]).content.decode()
    assert "never" in shown
    refused = member.get(answer["HX-Redirect"] + "/refused")
    assert b"never" in b"".join(refused.streaming_content)
    assert "orders.csv" in member.get("/imports").content.decode()

    member.post(page + "/take")
    assert uploads.take(KINDS) == 0, "a preview is taken once"


def test_what_an_sdk_wrote_comes_in_by_the_browser(member):
    line = b'{"type": "track", "event": "Product Viewed", "distinct_id": "u1", "time": 1772359200000, "properties": {}}'
    file = SimpleUploadedFile("service.log.2026030118.gz", gzip.compress(line))
    page = member.post("/imports/new", {"kind": "events", "source": "mini", "file": file})["Location"]
    uploads.take(KINDS)
    assert "1 rows: 0 would be refused" in member.get(page).content.decode()
    member.post(page + "/take")
    uploads.take(KINDS)
    assert ImportRun.objects.get().taken == 1
    assert "All 1 rows came in." in member.get(member.get(page)["Location"]).content.decode()


def test_a_file_that_nobody_wants_is_dropped(member):
    page = upload(member)["Location"]
    uploads.take(KINDS)
    member.post(page + "/drop")
    assert member.get(page).status_code == 404
    assert ImportRun.objects.count() == 0 and not list((desk.folder() / "uploads").iterdir())


def test_a_file_is_not_taken_before_it_was_judged(member):
    page = upload(member)["Location"]
    assert member.post(page + "/take").status_code == 409


def test_a_file_too_large_is_refused_before_it_is_kept(member, settings):
    settings.SIYU = settings.SIYU.model_copy(update={"upload_mb": 0})
    answer = upload(member)
    assert answer.status_code == 400 and "More than 0 MB" in answer.content.decode()
    assert Upload.objects.count() == 0


@pytest.mark.parametrize("name", ["orders.exe", "orders.html", "orders", "../../etc/passwd"])
def test_only_tables_come_in(member, name):
    assert upload(member, name=name).status_code == 400


def test_an_empty_file_is_said_to_be_empty(member):
    page = upload(member, text="order_id,amount\n")["Location"]
    uploads.take(KINDS)
    assert "The file has no rows" in member.get(page).content.decode()


def test_a_made_up_code_is_nothing(member):
    for made_up in ("xyz", "upl_0000000000000"):
        assert member.get(f"/imports/sent/{made_up}").status_code == 404
        assert member.post(f"/imports/sent/{made_up}/take").status_code == 404
