"""Quiet hours over midnight, and where clocks are put forward and back."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.core.insight.trials import controls
from siyu.core.outreach import gate
from siyu.core.outreach.gate.quiet import is_quiet, next_loud
from siyu.core.outreach.models import Cap, Outgoing, QuietHours
from siyu.core.people.models import Trait
from tests.core.outreach.people import NOON, dispatch, somebody

SHANGHAI, BERLIN = "Asia/Shanghai", "Europe/Berlin"
NIGHT = QuietHours(begins=time(22), ends=time(8))


def local(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def test_over_midnight():
    assert next_loud(local("2026-05-01T21:59", SHANGHAI), NIGHT, SHANGHAI) == local("2026-05-01T21:59", SHANGHAI)
    assert next_loud(local("2026-05-01T22:00", SHANGHAI), NIGHT, SHANGHAI) == local("2026-05-02T08:00", SHANGHAI)
    assert next_loud(local("2026-05-02T07:59", SHANGHAI), NIGHT, SHANGHAI) == local("2026-05-02T08:00", SHANGHAI)
    assert next_loud(local("2026-05-02T08:00", SHANGHAI), NIGHT, SHANGHAI) == local("2026-05-02T08:00", SHANGHAI)


def test_at_noon():
    rest = QuietHours(begins=time(12), ends=time(14))
    assert next_loud(local("2026-05-01T13:00", SHANGHAI), rest, SHANGHAI) == local("2026-05-01T14:00", SHANGHAI)
    assert next_loud(local("2026-05-01T23:00", SHANGHAI), rest, SHANGHAI) == local("2026-05-01T23:00", SHANGHAI)


def test_an_end_that_no_clock_shows():
    hours = QuietHours(begins=time(22), ends=time(2, 30))  # 02:00 becomes 03:00
    assert next_loud(local("2026-03-29T01:00", BERLIN), hours, BERLIN) == local("2026-03-29T03:00", BERLIN)


def test_an_end_that_comes_twice():
    hours = QuietHours(begins=time(22), ends=time(2, 30))  # 03:00 becomes 02:00
    end = next_loud(local("2026-10-25T01:00", BERLIN), hours, BERLIN)
    assert end == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@given(
    at=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
    begins=st.times(),
    ends=st.times(),
    zone=st.sampled_from([SHANGHAI, BERLIN, "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"]),
)
def test_it_is_never_quiet_then_and_not_a_day_later(at, begins, ends, zone):
    begins, ends = begins.replace(second=0, microsecond=0), ends.replace(second=0, microsecond=0)
    if begins == ends:
        return
    hours = QuietHours(begins=begins, ends=ends)
    due = next_loud(at, hours, zone)
    assert not is_quiet(due, hours, zone) and at <= due <= at + timedelta(hours=26)


@pytest.fixture
def night(db):
    controls.change(share=0, by="lin", at=NOON - timedelta(days=1))
    QuietHours.objects.create(begins=time(22), ends=time(8))


LATE = local("2026-05-01T23:00", SHANGHAI)


def test_marketing_waits_for_the_morning_and_counts_there(night):
    Cap.objects.create(period="day", most=1)
    alice = somebody("alice")
    assert gate.decide_one(dispatch(), alice, at=LATE).allowed
    message = Outgoing.objects.get()
    assert (message.due_at, str(message.day)) == (local("2026-05-02T08:00", SHANGHAI), "2026-05-02")
    assert gate.decide_one(dispatch("more"), alice, at=LATE + timedelta(hours=12)).reason == "cap"


def test_or_is_dropped(night):
    alice = somebody("alice")
    assert gate.decide_one(dispatch(quiet="drop"), alice, at=LATE).reason == "quiet"
    assert gate.decide_one(dispatch("code", kind="transactional", quiet="drop"), alice, at=LATE).allowed


def test_on_the_clock_of_the_person(night):
    alice, bob, carol = people = [somebody(name) for name in ("alice", "bob", "carol")]
    for who, zone in ((alice, BERLIN), (bob, "Mars/Olympus")):
        Trait.objects.create(identity_id=who, name="timezone", value=zone, source="test", at=NOON)
    gate.let_through(dispatch(zone="person"), np.array(people), at=LATE)
    due = dict(Outgoing.objects.values_list("person", "due_at"))
    assert due[alice] == LATE and due[bob] == due[carol] == local("2026-05-02T08:00", SHANGHAI)
