"""Reactions come along behind the log, each at its own pace."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection, transaction

from siyu.core.eventlog import react
from siyu.core.eventlog.announce import ChainTooLong, announce
from siyu.core.eventlog.models import Cursor, Entry, Failure
from siyu.events.commerce import OrderCancelled, OrderRefunded
from siyu.kit import clock

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def reaction(run, *events, name="test", history=False):
    """A reaction that exists only for this test."""
    react.REACTIONS[name] = react.Reaction(name, tuple(event.name for event in events), run, history)
    try:
        yield name
    finally:
        del react.REACTIONS[name]


@transaction.atomic
def cancel(*orders: int, imported: bool = False) -> None:
    announce(*(OrderCancelled(at=clock.now(), order=order) for order in orders), imported=imported)


def settle() -> None:
    while react.react():
        pass


def test_it_works():
    seen = []
    with reaction(lambda event: seen.append(event.body["subject"]), OrderCancelled):
        cancel(1, 2)
        settle()
        cancel(3)
        settle()
    assert seen == [1, 2, 3]


def test_it_hears_only_what_it_asked_for():
    seen = []
    with reaction(seen.append, OrderRefunded):
        cancel(1)
        settle()
    assert seen == []


def test_imported_history_wakes_only_who_asks_for_it():
    woken, historians = [], []
    with (
        reaction(woken.append, OrderCancelled, name="woken"),
        reaction(historians.append, OrderCancelled, name="historian", history=True),
    ):
        cancel(1, imported=True)
        settle()
    assert (len(woken), len(historians)) == (0, 1)


def test_a_failure_holds_up_only_itself_and_is_tried_again():
    seen, broken = [], {2}

    def tell(event):
        if event.body["subject"] in broken:
            raise ValueError("no such order")
        seen.append(event.body["subject"])

    with reaction(tell, OrderCancelled):
        cancel(1, 2, 3)
        settle()
        assert seen == [1, 3]
        failure = Failure.objects.get()
        assert "no such order" in failure.error
        broken.clear()
        Failure.objects.update(due_at=clock.now() - timedelta(seconds=1))
        settle()
    assert seen == [1, 3, 2]
    assert not Failure.objects.exists()


def test_after_enough_tries_it_waits_for_an_operator():
    def never(event):
        raise ValueError

    with reaction(never, OrderCancelled):
        cancel(1)
        for _ in range(react.ATTEMPTS):
            settle()
            Failure.objects.filter(due_at__isnull=False).update(due_at=clock.now() - timedelta(seconds=1))
        assert Failure.objects.get().due_at is None


def test_a_crash_moves_neither_work_nor_cursor():
    def crash(event):
        cancel(99)
        raise SystemExit

    with reaction(crash, OrderCancelled) as name:
        cancel(1)
        with pytest.raises(SystemExit):
            settle()
        assert not Cursor.objects.filter(reaction=name).exists()
        assert Entry.objects.count() == 1


def test_reactions_that_cause_each_other_without_end_are_stopped():
    with reaction(lambda event: cancel(event.body["subject"] + 1), OrderCancelled):
        cancel(1)
        settle()
        assert ChainTooLong.__name__ in Failure.objects.get().error
    assert Entry.objects.count() == 9


def test_nothing_is_announced_outside_a_transaction():
    with pytest.raises(transaction.TransactionManagementError):
        announce(OrderCancelled(at=clock.now(), order=1))


def test_a_reaction_that_an_upgrade_brings_begins_behind_the_last_event():
    seen, historian = [], []
    cancel(1)
    with (
        reaction(seen.append, OrderCancelled, name="new"),
        reaction(historian.append, OrderCancelled, name="historian", history=True),
    ):
        react.enrol()
        cancel(2)
        settle()
    assert [event.body["subject"] for event in seen] == [2]
    assert len(historian) == 2


def test_a_look_begins_at_its_place_in_the_index():
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        plan = Entry.objects.after(0, 7).settled().values_list("xid", "pk").explain()

    assert {"sqlite": "position>?", "postgresql": "xid >= "}[connection.vendor] in plan, plan
