"""The sample's broadcasts: told through the verbs, and once."""

from datetime import timedelta

import pytest

from siyu.core.eventlog.models import Entry
from siyu.core.insight.models import TrialCost
from siyu.core.outreach.broadcasts import results
from siyu.core.outreach.models import Broadcast, InboxItem
from siyu.core.people.models import Identity
from siyu.core.people.numbers import number
from siyu.kit import clock
from siyu.sample.outreach import A_MESSAGE, EARLIER, tell_people

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


def test_a_second_time_changes_nothing():
    at = clock.now()
    number({("member", f"household-{n}"): at for n in range(40)}, source="test")
    tell_people("shop", at)
    said = Entry.objects.count()
    tell_people("shop", at + timedelta(minutes=1))
    assert Entry.objects.count() == said
    states = dict(Broadcast.objects.values_list("title", "state"))
    assert sorted(states.values()) == ["done", "draft"] and all("made up" in title for title in states)
    assert 0 < InboxItem.objects.count() < 40
    assert InboxItem.objects.filter(opened_at__isnull=False).exists()


def test_households_are_told_against_those_who_were_kept_out():
    at = clock.now()
    number({("shop", str(n)): at for n in range(1, 41)}, source="test")
    tell_people("shop", at)
    one = Broadcast.objects.get(title="Early summer (made up)")
    arms = {arm.name: arm.people for arm in results.whole(one.pk).arms}
    assert one.state == "done" and arms["control"] > 5 and sum(arms.values()) <= 40
    told = InboxItem.objects.filter(at__lt=EARLIER + timedelta(days=1)).count()
    assert told == arms["A"] + arms["B"] and Identity.objects.values("person").distinct().count() == 40, "nobody new"
    assert TrialCost.objects.get().amount == told * A_MESSAGE


def test_with_nobody_there_is_nothing_to_tell():
    tell_people("shop", clock.now())
    assert not Broadcast.objects.exists()
