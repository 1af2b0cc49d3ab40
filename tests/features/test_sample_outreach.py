"""The sample's broadcasts: told through the verbs, and once."""

from datetime import timedelta

import pytest

from siyu.core.eventlog.models import Entry
from siyu.core.outreach.models import Broadcast, InboxItem
from siyu.core.people.numbers import number
from siyu.kit import clock
from siyu.sample.outreach import tell_people

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


def test_a_second_time_changes_nothing():
    at = clock.now()
    number({("member", f"household-{n}"): at for n in range(40)}, source="test")
    tell_people(at)
    said = Entry.objects.count()
    tell_people(at + timedelta(minutes=1))
    assert Entry.objects.count() == said
    states = dict(Broadcast.objects.values_list("title", "state"))
    assert sorted(states.values()) == ["done", "draft"] and all("made up" in title for title in states)
    assert 0 < InboxItem.objects.count() < 40
    assert InboxItem.objects.filter(opened_at__isnull=False).exists()


def test_with_nobody_there_is_nothing_to_tell():
    tell_people(clock.now())
    assert not Broadcast.objects.exists()
