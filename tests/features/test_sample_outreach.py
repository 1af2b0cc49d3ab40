"""The sample's broadcasts: told through the verbs, and once."""

from datetime import timedelta

import pytest
from django.db import connection

from siyu.core.eventlog.models import Entry
from siyu.core.insight.models import TrialCost
from siyu.core.outreach import broadcasts
from siyu.core.outreach.broadcasts import results
from siyu.core.outreach.broadcasts.writing import Wish
from siyu.core.outreach.models import Broadcast, InboxItem
from siyu.core.people.models import Identity
from siyu.core.people.numbers import number
from siyu.kit import clock
from siyu.sample.outreach import A_MESSAGE, EARLIER, LAST, tell_people, words

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


@pytest.mark.parametrize("written", ["Early summer (made up)", "Fresh this week (made up)"])
def test_killed_in_between_it_goes_on(written):
    at = clock.now()
    number({("shop", str(n)): at for n in range(1, 41)} | {("member", f"m{n}"): at for n in range(9)}, source="test")
    killed(at, written)
    assert not Broadcast.objects.filter(state="draft").exists()
    tell_people("shop", at + timedelta(minutes=1))
    states = dict(Broadcast.objects.values_list("title", "state"))
    assert states == {"Early summer (made up)": "done", "Fresh this week (made up)": "done", LAST: "draft"}
    assert InboxItem.objects.count() == sum(arm.people for arm in told()) and Identity.objects.count() == 40 + 9 + 40


def killed(at, written: str) -> None:
    """It ends in the middle of that broadcast: planned, and nothing of it said."""
    with pytest.raises(Killed), connection.execute_wrapper(killing("outreach_inboxitem", written)):
        tell_people("shop", at)


class Killed(BaseException):
    pass


def killing(table: str, written: str):
    def look(execute, sql, params, many, context):
        if sql.startswith(f'INSERT INTO "{table}"') and Broadcast.objects.filter(title=written).exists():
            raise Killed
        return execute(sql, params, many, context)

    return look


def told():
    return [arm for one in Broadcast.objects.exclude(state="draft") for arm in results.whole(one.pk).arms if arm.number]


def test_a_house_with_broadcasts_of_its_own_is_left_alone():
    at = clock.now()
    number({("member", f"m{n}"): at for n in range(9)}, source="test")
    version = words(at)[0]
    broadcasts.draft(
        wish=Wish(title="Ours", channel="inapp", variants=[{"version": version}], people=[1]), by="lin", at=at
    )
    tell_people("shop", at)
    assert [one.title for one in Broadcast.objects.all()] == ["Ours"]


def test_with_nobody_there_is_nothing_to_tell():
    tell_people("shop", clock.now())
    assert not Broadcast.objects.exists()
