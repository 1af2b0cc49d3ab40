"""Which half is wasted, in the console and for programs: what was tried, what it cost, who was in it."""

from datetime import timedelta

import numpy as np
import pytest
from django.db import transaction
from django.test import Client

from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.drain import drain_all
from siyu.core.insight import trials
from siyu.core.insight.models import Controls, Trial
from siyu.core.insight.trials import queries
from siyu.core.team import keys
from siyu.events import Item
from siyu.events.commerce import OrderPlaced
from siyu.features.traffic import wasted
from tests.interfaces.console.team import NOON, operator

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
END = NOON + timedelta(days=30)


@pytest.fixture
def owner() -> Client:
    client = Client()
    client.force_login(operator(owner=True))
    return client


def bought(person: int, order: int) -> OrderPlaced:
    item = Item(product=1, quantity=1, amount=1000)
    return OrderPlaced(at=NOON + timedelta(days=2), identity=person, order=order, currency="CNY", amount=1000,
        discount=0, items=[item], source="shop")  # fmt: skip


@pytest.fixture
def trial() -> Trial:
    """A coupon that works: half of 400 people have it, and all of those buy."""
    people = np.arange(1, 401)
    made = trials.open_trial(key="spring", title="Ten off", action="ten-off", arms={"coupon": 5000}, window=30,
        by="ann", at=NOON, marketing=False, salt="s")  # fmt: skip
    drawn = trials.assign(made, people, at=NOON)
    with transaction.atomic():
        announce(*(bought(int(person), int(person)) for person in people[(drawn == 1) | (people % 4 == 0)]))
    drain_all()
    trials.spend(made, kind="coupons", amount=50_000, by="ann", at=NOON)
    wasted.keep_fresh(END)
    return made


def test_it_works(owner, trial):
    page = owner.get("/wasted", headers={"accept-language": "en"}).content.decode()
    assert "ten-off" in page or "Ten off" in page
    assert 'class="verdict works"' in page and "Nothing was tried yet" not in page
    address = f"/trials/{queries.code(trial.pk)}"
    assert address in page
    page = owner.get(address, headers={"accept-language": "en"}).content.decode()
    assert "Ten off" in page and "Orders" in page and 'data-chart="course"' in page
    out = owner.get(f"{address}/people?arm=control").content.decode()
    kept = [int(p) for p, arm in zip(range(1, 401), trials.arms_of(trial, np.arange(1, 401)), strict=True) if arm == 0]
    assert [p for p, _ in queries.people_in(trial, "control", limit=400)] == kept
    assert [p for p, _ in queries.people_in(trial, "control", after=kept[9], limit=5)] == kept[10:15]
    assert out.count("/people/") >= 100


def test_the_same_is_there_before_anything_was_tried(owner):
    page = owner.get("/wasted", headers={"accept-language": "en"}).content.decode()
    assert "Nothing was tried yet" in page
    assert owner.get("/trials/tri_nonsense").status_code == 404


def test_a_trial_that_was_never_reckoned_can_be_now(owner):
    made = trials.open_trial(key="new", arms={"A": 5000}, window=7, by="ann", at=NOON, marketing=False)
    address = f"/trials/{queries.code(made.pk)}"
    assert "has not been reckoned" in owner.get(address, headers={"accept-language": "en"}).content.decode()
    assert owner.post(f"{address}/reckon").status_code == 302
    assert owner.get(address).status_code == 200 and owner.get("/wasted").status_code == 200


def test_costs_are_entered_and_nonsense_is_refused(owner, trial):
    address = f"/trials/{queries.code(trial.pk)}"
    owner.post(f"{address}/spend", {"kind": "messages", "amount": "12.50"})
    assert trial.costs.get(kind="messages").amount == 1250
    for wrong in ("", "much", "-1", "nan", "1e400", "inf"):
        assert owner.post(f"{address}/spend", {"kind": "messages", "amount": wrong}).status_code in (302, 422), wrong
    assert owner.post(f"{address}/spend", {"kind": "bribes", "amount": "1"}).status_code in (302, 422)
    assert trial.costs.count() == 2 and trial.costs.get(kind="messages").amount == 1250
    owner.post(f"{address}/close")
    assert Trial.objects.get().closed_at


def test_only_the_owner_sets_the_global_control_group(owner):
    owner.post("/wasted/controls", {"share": "3.5", "days": "60"})
    assert Controls.objects.values_list("share", "days").get() == (350, 60)
    for wrong in ({"share": "6", "days": "60"}, {"share": "nan", "days": "60"}, {"share": "1", "days": "x"}):
        owner.post("/wasted/controls", wrong)
    assert Controls.objects.count() == 1
    member = Client()
    member.force_login(operator("member"))
    assert member.post("/wasted/controls", {"share": "0", "days": "60"}).status_code == 403
    assert member.get("/wasted").status_code == 200


def test_the_table_as_a_file(owner, trial):
    said = owner.get("/wasted?as=csv", headers={"accept-language": "en"}).content.decode()
    assert "Ten off" in said and "Works" in said and "500" in said


def test_programs_read_the_same(trial):
    by = operator(owner=True)
    secret = keys.make(name="bi", scopes=["insight:read", "audiences:write"], by=by, at=NOON)[1]
    client = Client(headers={"authorization": f"Bearer {secret}"})
    said = client.get("/api/wasted").json()
    [line] = said["actions"]
    assert (line["verdict"], line["cost"], said["sums"]["works"]) == ("works", 50_000, 50_000)
    assert line["orders"]["low"] > 0 and line["cost_per_order"] == pytest.approx(50_000 / line["orders"]["gained"])
    code = queries.code(trial.pk)
    one = client.get(f"/api/trials/{code}").json()
    assert one["found"]["effect"]["people"] == line["people"] or one["found"]["effect"]["reached"] == line["people"]
    assert [each["code"] for each in client.get("/api/trials").json()] == [code]
    said = client.post(f"/api/trials/{code}/costs", {"kind": "points", "amount": 700}, content_type="application/json",
        headers={"idempotency-key": "k1"})  # fmt: skip
    assert said.status_code in (200, 201) and trial.costs.get(kind="points").amount == 700
