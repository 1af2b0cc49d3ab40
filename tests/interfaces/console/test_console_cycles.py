"""Rounds in the console, from the plan to what follows."""

import re

import pytest

from siyu.core.insight.models import Cycle
from tests.interfaces.console.team import operator

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
PLAN = {"title": "Win back", "goal": "gmv", "target": "12.5", "budget": "100.50", "begins_on": "2026-05-01",
        "ends_on": "2026-05-31", "actions": "a letter", "audience": ""}  # fmt: skip


@pytest.fixture
def member(client):
    client.force_login(operator("member"))
    return client


def act(client, **said: str) -> str:
    page = client.get(re.search(r"/rounds/cyc_\w+", client.get("/rounds").content.decode())[0])
    return client.post(f"{page.request['PATH_INFO']}/act", said, follow=True).content.decode()


def test_it_works(member):
    assert "No round yet" in member.get("/rounds").content.decode()
    assert "Win back" in member.post("/rounds/plan", PLAN, follow=True).content.decode()
    made = Cycle.objects.get()
    assert (made.target, made.budget, made.actions) == (1250, 10_050, "a letter")
    assert "12.5% more" in act(member, do="change", **PLAN | {"title": "Win them back"})
    assert "Under way" in act(member, do="begin")
    assert "A decision says why" in act(member, do="decide", decision="adopt", note="")
    assert "Adopt" in act(member, do="decide", decision="adopt", note="it works")
    assert "Adopt" in member.get("/rounds").content.decode()


@pytest.mark.parametrize("wrong", [{"begins_on": "soon"}, {"budget": "much"}, {"title": ""}, {"target": "1e400"}])
def test_nonsense_is_told(member, wrong):
    page = member.post("/rounds/plan", PLAN | wrong, follow=True).content.decode()
    assert "No round yet" in page and "A round has a title" in page
    assert not Cycle.objects.exists()


def test_who_may_not_plan_does_not(client):
    client.force_login(operator("product"))
    assert client.get("/rounds").status_code == 200
    assert client.post("/rounds/plan", PLAN).status_code == 403
