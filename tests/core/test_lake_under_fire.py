"""Drains, late events and compaction at once: nothing is lost, nothing doubled."""

import random
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from deltalake import write_deltalake
from django.db import connections, transaction

from siyu.core.eventlog import lake
from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.drain import carry_out, drain, drain_all, plan
from siyu.core.eventlog.models import Drain
from siyu.events.commerce import OrderCancelled
from siyu.kit import clock

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


def cancel(orders: range, days_ago: int = 0) -> None:
    at = clock.now() - timedelta(days=days_ago)
    with transaction.atomic():
        announce(*(OrderCancelled(at=at, order=order) for order in orders))


def in_the_lake(name: str) -> list[int]:
    with lake.connect() as db:
        query = f"SELECT coalesce(subject, message) FROM {lake.scan('events')} WHERE name = ? ORDER BY 1"
        return [row[0] for row in db.execute(query, [name]).fetchall()]


def at_once(*jobs) -> None:
    """Run them in threads of their own; a failure in any is a failure."""
    errors: list[BaseException] = []

    def run(job) -> None:
        try:
            job()
        except BaseException as error:  # noqa: BLE001
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_compaction_beside_two_drains_and_late_events_loses_nothing():
    for start in range(0, 200, 10):
        cancel(range(start, start + 10), days_ago=start)
        drain()

    def late() -> None:
        for start in range(200, 300, 10):
            cancel(range(start, start + 10), days_ago=random.randrange(200))
            time.sleep(0.01)

    def draining() -> None:
        for _ in range(15):
            drain()

    def compacting() -> None:
        for _ in range(3):
            lake.compact("events")

    at_once(late, draining, draining, compacting)
    drain_all()
    assert in_the_lake("order.cancelled") == list(range(300))


def test_replaced_files_stay_for_running_readers_and_then_go():
    for start in range(0, 30, 10):
        cancel(range(start, start + 10))
        drain()
    before = [Path(file) for file in lake.files("events")]
    assert lake.compact("events") == len(before)
    assert lake.sweep("events") == 0
    assert all(file.exists() for file in before)
    lake.table("events").alter.set_table_properties({"delta.deletedFileRetentionDuration": "interval 0 seconds"})
    assert lake.sweep("events") == len(before)
    assert not any(file.exists() for file in before)
    assert in_the_lake("order.cancelled") == list(range(30))


def test_a_rival_that_lost_its_lock_writes_nothing_twice():
    """Both hold the same plan; the second finds it written, or loses the race for the commit."""
    cancel(range(100))
    step = plan()
    assert step is not None

    def write() -> None:
        carry_out(Drain.objects.get(pk=step.pk))

    at_once(write, write)
    assert in_the_lake("order.cancelled") == list(range(100))


def test_the_control_without_a_version_does_double():
    """Were the version left out, the same rival would be caught by this very check."""
    cancel(range(10))
    step = plan()
    assert step is not None
    carry_out(step)
    write_deltalake(lake.root("events"), lake.table("events").to_pyarrow_table(), mode="append")
    assert in_the_lake("order.cancelled") != list(range(10))
