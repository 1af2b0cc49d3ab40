"""What landed together is committed together, and each caller learns what became of its own."""

import sqlite3
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, connections, transaction

from siyu.conf import doctor
from siyu.core.eventlog import land as landing
from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.drain import carry_out, plan
from siyu.core.eventlog.land import Fault, NotStored, land, unpack
from siyu.core.eventlog.models import Batch, FailedMessage
from siyu.core.eventlog.pressure import gauge, waiting
from siyu.core.insight import arrival
from siyu.events.people import PersonAppeared
from siyu.interfaces.api import health

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def arrive(body: bytes = b"{}", source: str = "app", **more) -> None:
    land(body, count=1, source=source, dialect="segment", received_at=NOON, **more)


def batches():
    return Batch.objects.using(settings.LANDING).order_by("id")


def together(*callers) -> list[Exception | None]:
    """Run them at the same time; what each of them was told."""
    told: list[Exception | None] = [None] * len(callers)

    def call(place: int) -> None:
        try:
            callers[place]()
        except Exception as error:  # noqa: BLE001
            told[place] = error

    threads = [threading.Thread(target=call, args=[place]) for place in range(len(callers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def test_it_works():
    arrive(b'{"event":"x"}', retries=2, head={"sentAt": "2026-05-01T12:00:00Z"})
    batch = batches().get()
    assert unpack(batch) == b'{"event":"x"}'
    assert (batch.received_at, batch.retries, batch.imported) == (NOON, 2, False)
    assert batch.head == {"sentAt": "2026-05-01T12:00:00Z"}


def test_what_cannot_be_taken_is_kept_beside_it():
    arrive(faults=[Fault(3, "bad_json", "no JSON", '{"price": NaN, "x": "\0"}')], head={"sentAt": "then"})
    failed = FailedMessage.objects.using(settings.LANDING).get()
    assert (failed.source, failed.batch, failed.ordinal, failed.code) == ("app", None, 3, "bad_json")
    assert (failed.body, failed.head) == ('{"price": NaN, "x": "�"}', {"sentAt": "then"})


def test_many_at_once_all_stand(monkeypatch):
    groups = []
    monkeypatch.setattr(landing, "keep", lambda group, keep=landing.keep: (groups.append(len(group)), keep(group)))
    assert together(*(lambda n=n: arrive(str(n).encode()) for n in range(60))) == [None] * 60
    assert sorted(int(line) for batch in batches() for line in unpack(batch).split()) == list(range(60))
    assert len(groups) < 60 and batches().count() == len(groups), "what is small is one row of its group"


def test_what_says_something_else_of_itself_is_a_row_of_its_own():
    heads, sources = [{"n": n} for n in range(3)], ["app", "shop"]
    assert together(
        *(lambda head=head: arrive(head=head) for head in heads), *(lambda name=name: arrive(source=name) for name in
        sources), lambda: arrive(b"x" * landing.SMALL), lambda: land(b"{}", count=1, source="app", dialect="segment",
        received_at=NOON + timedelta(hours=1)),
    ) == [None] * 7  # fmt: skip
    assert sorted((batch.source, batch.count) for batch in batches()) == [("app", 1)] * 6 + [("shop", 1)]


def test_an_error_reaches_its_caller_only():
    told = together(*(lambda n=n: arrive(source="x" * 999 if n == 7 else "app", head={"n": n}) for n in range(20)))
    if connection.vendor == "postgresql":  # SQLite takes a name of any length
        assert [isinstance(one, DatabaseError) for one in told] == [n == 7 for n in range(20)]
        assert batches().count() == 19
    arrive()


def test_it_is_part_of_the_callers_transaction():
    with pytest.raises(KeyError), transaction.atomic(using=settings.LANDING):
        arrive()
        raise KeyError
    assert not batches().exists()


@pytest.mark.skipif("landing" not in settings.DATABASES, reason="a file of its own only on SQLite")
def test_a_locked_database_is_said_and_passes(monkeypatch):
    monkeypatch.setattr(landing, "PATIENCE", 50)
    rival = sqlite3.connect(connections["landing"].settings_dict["NAME"], isolation_level=None)
    rival.execute("BEGIN IMMEDIATE")
    told = together(*[arrive] * 3)
    assert all(isinstance(one, NotStored) and one.status == 503 for one in told)
    rival.execute("ROLLBACK")
    rival.close()
    arrive()
    assert batches().count() == 1


def test_what_is_only_planned_still_waits():
    arrive(b'{"type":"track","event":"Tea Tasted","userId":"u1"}')
    with transaction.atomic():
        announce(PersonAppeared(at=NOON, identity=1, namespace="phone", source="file"), imported=True)
    step = plan()
    assert waiting()[0] == 1
    assert not doctor.lag()[0] and doctor.lag()[1].startswith("1 entries and 1 batches")
    assert health.lag()[0] == 2 and arrival.coming_in(NOON), "everybody who asks is told"
    carry_out(step)
    while step := plan():  # what the step itself announced
        carry_out(step)
    assert waiting()[0] == 0 and doctor.lag()[0] and health.lag()[0] == 0 and not arrival.coming_in(NOON)


def test_too_much_that_waits_is_seen(monkeypatch):
    arrive(b"0123456789")
    messages, size = waiting()
    assert (messages, size > 10) == (1, True)
    assert not gauge.behind()
    monkeypatch.setattr(settings.SIYU, "backlog", 0)
    assert not gauge.behind(), "it looks once a second"
    gauge.looked = float("-inf")
    assert gauge.behind()
