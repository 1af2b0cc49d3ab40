"""Over a long history pages show what the worker reckoned last, and when that was; a short one is read at once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from siyu.core.eventlog import lakeside
from siyu.core.eventlog.drain import drain_all
from siyu.features.traffic import flow, reach, reckoned, ruling, twice
from siyu.features.traffic.attribution import lakeside as attribution
from siyu.features.traffic.models import Reckoning
from siyu.features.traffic.reckoned import OnItsWay, asked
from tests.features.traffic.world import NOON, buys, campaign, later, sees
from tests.interfaces.console.team import operator

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
PAGES = ("attribution", "flow", "twice", "reach")


@pytest.fixture
def long_history(source, tree, monkeypatch) -> None:
    ruling.write(channel="red", utm_source="red", by="op", at=NOON)
    sees("alice", later(0), **campaign("red"))
    drain_all()
    monkeypatch.setattr(reckoned, "SMALL", 0)


@pytest.mark.usefixtures("long_history")
def test_it_works():
    at = later(3)
    for what in PAGES:
        with pytest.raises(OnItsWay):
            reckoned.answer(asked(what), at=at)
    while reckoned.work_off(at):
        pass
    first = reckoned.answer(asked("flow"), at=at)
    assert first.kept and first.made_at == at and first.said["people"] == 1
    sees("bob", later(1), **campaign("red"))
    drain_all()
    assert reckoned.answer(asked("flow"), at=at).said == first.said, "nobody reads the lake while somebody waits"
    assert reckoned.work_off(at + timedelta(minutes=1)) == 0, "nor anew at each event"
    while reckoned.work_off(at + timedelta(minutes=11)):
        pass
    assert reckoned.answer(asked("flow"), at=at).said["people"] == 2
    assert reckoned.work_off(at + timedelta(minutes=40)) == 0, "nothing is new"


@pytest.mark.usefixtures("long_history")
def test_each_period_and_window_is_an_answer_of_its_own_and_equal_to_the_lake(monkeypatch):
    wishes = [asked("attribution", first=NOON.date(), last=later(5).date(), window=n) for n in (1, 30)]
    for one in wishes:
        reckoned.want(one, at=later(6))
    while reckoned.work_off(later(6)):
        pass
    kept = [reckoned.answer(one, at=later(6)).said for one in wishes]
    monkeypatch.setattr(reckoned, "SMALL", 10**9)
    assert kept == [reckoned.answer(one, at=later(6)).said for one in wishes]
    assert [one["window_days"] for one in kept] == [1, 30]


@pytest.mark.usefixtures("long_history")
def test_the_page_says_as_of_when_and_reckons_anew_when_asked(monkeypatch):
    monkeypatch.setattr("siyu.kit.clock.now", lambda: later(3))
    desk = Client()
    desk.force_login(operator("media"))
    for what in PAGES:
        page = desk.get(f"/traffic/{what}")
        assert page.status_code == 200 and page["Refresh"] == "5" and "It is being worked out." in page.content.decode()
    while reckoned.work_off(later(3)):
        pass
    for what in PAGES:
        assert "Work it out anew" in desk.get(f"/traffic/{what}").content.decode()
    again = desk.post("/traffic/reckon/flow", {}, follow=True).content.decode()
    assert "It is being worked out anew." in again and "Work it out anew" not in again
    assert Reckoning.objects.get(what="flow").wanted_at == later(3)
    assert desk.post("/traffic/reckon/weather").status_code == 404


@pytest.mark.usefixtures("long_history")
def test_what_a_figure_opens_is_what_was_kept_with_it(monkeypatch):
    """Under the days that the page names, though nobody asked for any."""
    buys("alice", 1, later(1))
    drain_all()
    while reckoned.work_off(later(3)):
        pass
    said = reckoned.answer(asked("flow"), at=later(3)).said
    days = asked("flow", first=said["from"], last=said["until"], window=said["window_days"])
    period, opens = days.period, {"flow": flow.behind, "attribution": attribution.behind, "twice": twice.behind}
    kept = {
        what: opened(period, **({"channel": ""} if what == "twice" else {}), window_days=days.window,
            kept=reckoned.rows(replace(days, what=what), at=later(3)))
        for what, opened in opens.items()
    }  # fmt: skip
    assert len(kept["flow"]) == 1 and [one["path"] for one in kept["attribution"]] == [["red"]]
    sees("bob", later(1), **campaign("red"))
    drain_all()
    file = reckoned.rows(days, at=later(3))
    assert flow.behind(period, window_days=days.window, kept=file) == kept["flow"] != flow.behind(period)
    assert reach.behind("member", kept=reckoned.rows(asked("reach"), at=later(3))) == reach.behind("member")
    with pytest.raises(OnItsWay):
        reckoned.rows(replace(days, window=days.window + 1), at=later(3))


@pytest.mark.usefixtures("long_history")
def test_an_answer_that_is_forgotten_takes_its_rows_with_it():
    while reckoned.work_off(later(3)):
        pass
    folder = lakeside.derived(reckoned.FOLDER)
    assert len(list(folder.iterdir())) == len(PAGES)
    assert reckoned.forget(later(3) + 3 * reckoned.LOOKED_AT) == len(PAGES)
    assert list(folder.iterdir()) == []


@pytest.mark.usefixtures("long_history")
def test_a_period_that_cannot_be_is_refused_and_holds_nobody_up():
    wrong = asked("flow", first=later(5).date(), last=NOON.date())
    reckoned.want(wrong, at=later(6))
    while reckoned.work_off(later(6)):
        pass
    with pytest.raises(reckoned.attribution.BadPeriod):
        reckoned.answer(wrong, at=later(6))
    assert reckoned.forget(later(40)) == 5
