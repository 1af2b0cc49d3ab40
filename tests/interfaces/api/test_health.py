"""/healthz, /readyz, /metrics: what is well, what is not, and nothing of the brand's data."""

import shutil
import time
from datetime import timedelta

import pytest
from django.db import transaction

from siyu.core.eventlog import lake
from siyu.core.eventlog.drain import drain_all
from siyu.core.eventlog.models import Entry
from siyu.core.people.numbers import number
from siyu.interfaces.api import health
from siyu.kit import clock
from tests.home import HOME
from tests.interfaces.api.conftest import NOON

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
PULSE = HOME / "worker.alive"


@pytest.fixture(autouse=True)
def worker():
    PULSE.touch()
    yield
    PULSE.unlink(missing_ok=True)


def ready(client, status: int = 200) -> dict:
    response = client.get("/readyz")
    assert response.status_code == status, response.content
    return response.json()


def test_it_works(client):
    assert ready(client) == {
        "ready": True,
        "reasons": [],
        "drain_lag_entries": 0,
        "drain_lag_seconds": 0,
        "worker_silent_seconds": 0,
    }


@pytest.mark.django_db(databases=[])
def test_the_process_is_alive_whatever_the_database_does(client):
    assert client.get("/healthz").content == b"ok\n"
    assert client.post("/healthz").status_code == 405


def test_a_worker_that_was_never_seen_or_long_ago_is_missed(client):
    PULSE.unlink()
    assert "no worker" in ready(client, 503)["reasons"][0]
    PULSE.touch()
    long_ago = time.time() - health.SILENCE - 5
    import os

    os.utime(PULSE, (long_ago, long_ago))
    assert ready(client, 503)["worker_silent_seconds"] >= health.SILENCE


def test_what_waits_for_the_lake_is_counted(client):
    number({("phone", "1"): NOON, ("phone", "2"): NOON}, source="shop")
    assert ready(client)["drain_lag_entries"] == 2
    with transaction.atomic():
        Entry.objects.update(recorded_at=clock.now() - timedelta(hours=1))
    answer = ready(client, 503)
    assert answer["drain_lag_seconds"] >= 3600 and "waited" in answer["reasons"][0]
    drain_all()
    assert ready(client)["drain_lag_entries"] == 0


def test_a_lake_that_cannot_be_read_is_told_without_its_path(client):
    number({("phone", "1"): NOON}, source="shop")
    drain_all()
    for file in lake.files("events"):
        (HOME / file.removeprefix("file://").removeprefix(f"{HOME}/")).unlink()
    answer = ready(client, 503)
    assert answer["reasons"] == ["the lake cannot be read"]
    shutil.rmtree(HOME / "lake")


def test_tables_of_yesterday_are_told(client, monkeypatch):
    monkeypatch.setattr(health, "known", {})
    monkeypatch.setattr(health, "unapplied", lambda alias: ["one"])
    assert "siyu init" in ready(client, 503)["reasons"][0]


def test_prometheus_reads_the_same_figures(client):
    text = client.get("/metrics").content.decode()
    assert "# TYPE siyu_drain_lag_entries gauge\nsiyu_drain_lag_entries 0\n" in text
    assert "siyu_ready 1\n" in text and "siyu_reaction_failures 0\n" in text
