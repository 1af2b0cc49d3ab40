"""Beside the credit of a channel stands what holdouts of its broadcasts measured, with its interval."""

import csv
import json

import pytest
from click.testing import CliRunner

from siyu.cli.traffic import cac
from siyu.core.insight.trials import findings
from siyu.core.outreach import dispatches
from siyu.core.team import keys
from siyu.features.traffic import figures, incremental, returns, tree
from siyu.kit import clock
from tests.interfaces.console.team import NOON, operator
from tests.interfaces.console.test_console_trials import END, owner, trial

__all__ = ["owner", "trial"]
pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


@pytest.fixture
def broadcast(trial) -> None:
    """Of a campaign that runs through the channel of mails."""
    tree.open_platform(code="mail", name="Mail", domain="private", at=NOON)
    tree.open_channel(code="news", name="Newsletter", platform="mail", by="ann", at=NOON)
    tree.open_campaign(code="Spring", name="Spring", by="ann", at=NOON)
    said = {"channel": "email", "kind": "marketing", "variants": [{"text": "Hello"}]}
    dispatches.make(key="b", trial=trial, campaign="spring", by="ann", at=NOON, **said)


def test_it_works(owner, broadcast):
    assert incremental.by("channel") == {}, "nobody said through which channel the campaign runs"
    owner.post("/traffic/places/campaign/spring", {"do": "through", "channel": "news"})
    [line] = findings.lines()
    [(channel, gained)] = incremental.by("channel").items()
    assert (channel, gained.trials, gained.people) == ("news", 1, line.people)
    assert gained.orders["gained"] == line.orders["gained"] > 0
    assert gained.orders["low"] == pytest.approx(line.orders["gained_low"])
    assert gained.orders["high"] == pytest.approx(line.orders["gained_high"])
    english = {"accept-language": "en"}
    page = owner.get("/traffic/places/campaign/spring", headers=english).content.decode()
    assert '<option value="news" selected>' in page
    owner.post("/traffic/places/campaign/spring", {"do": "through", "channel": ""})
    assert incremental.by("channel") == {}


def test_what_several_trials_gained_is_added_and_their_errors_as_squares():
    one = {"gained": 10.0, "gained_low": 7.0, "gained_high": 13.0}
    two = {"gained": 20.0, "gained_low": 16.0, "gained_high": 24.0}
    assert incremental.summed([one, two]) == {"gained": 30.0, "low": 25.0, "high": 35.0}
    assert incremental.summed([one]) == {"gained": 10.0, "low": 7.0, "high": 13.0}


def test_attribution_and_cost_say_it(owner, broadcast):
    tree.run_through(campaign="spring", channel="news")
    returns.refresh(END)
    english = {"accept-language": "en"}
    sheet = owner.get("/traffic/attribution?as=csv", headers=english).content.decode("utf-8-sig")
    assert sheet.splitlines()[0].endswith("Incremental,at least,at most")
    page = owner.get("/traffic/return", headers=english).content.decode()
    assert "What would not have been without it" in page and "Newsletter" in page


def test_files_programs_and_the_command_line_say_it_too(owner, broadcast):
    tree.run_through(campaign="spring", channel="news")
    returns.refresh(END)
    [gained], english = incremental.by("channel").values(), {"accept-language": "en"}
    sheet = owner.get("/traffic/return?as=csv", headers=english).content.decode("utf-8-sig")
    head, *lines = csv.reader(sheet.splitlines())
    line = next(dict(zip(head[:13], one, strict=False)) for one in lines if one[0] == "Newsletter")
    assert float(line["Orders that would not have been"]) == gained.orders["gained"]
    by_campaign = owner.get("/traffic/return?by=campaign", headers=english).content.decode()
    assert "What would not have been without it" in by_campaign and "Spring" in by_campaign
    _, secret = keys.make(name="bi", scopes=["traffic:read"], by=operator("media"), at=clock.now())
    said = owner.get("/api/traffic/return", headers={"authorization": f"Bearer {secret}"}).json()
    [told] = [row["incremental"] for row in said["rows"] if row["key"] == "news"]
    assert told["orders"] == gained.orders and told["trials"] == 1
    ran = CliRunner().invoke(cac, ["--json"])
    assert json.loads(ran.stdout)["rows"] == incremental.told(figures.answer("channel"))
    assert f"({gained.orders['low']:,.1f} …" in CliRunner().invoke(cac, []).stdout
