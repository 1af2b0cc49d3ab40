import os
import shutil
from collections.abc import Iterator

import pytest
from django.db.backends.signals import connection_created
from django.dispatch import receiver
from django.test import TestCase
from hypothesis import HealthCheck, settings

from tests import wiping
from tests.home import HOME

# No clock in tests: a busy machine is no bug.
settings.register_profile("siyu", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("siyu")
wiping.begin()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes longest begins first, so that nobody waits for it in the end. What asks no database says the same
    on the second one."""
    items.sort(key=lambda item: "journeys" not in item.nodeid)
    if os.environ.get("SIYU_TEST_DATABASE") == "postgresql" and len(items) > ALONE:
        same = [item for item in items if not asks_a_database(item)]
        config.hook.pytest_deselected(items=same)
        items[:] = [item for item in items if asks_a_database(item)]


ALONE = 50
"""Who asks for so few wants them all."""


def asks_a_database(item: pytest.Item) -> bool:
    known = {"db", "transactional_db", "django_db_setup"}
    return bool(item.get_closest_marker("django_db") or known & set(getattr(item, "fixturenames", ())))


@receiver(connection_created)
def answer_backwards(connection, **_: object) -> None:
    """Rows that nobody ordered come the other way round than SQLite is used to: no test leans on luck."""
    if connection.vendor == "sqlite":
        connection.connection.execute("PRAGMA reverse_unordered_selects = ON")


@pytest.fixture(autouse=True)
def nothing_lands_after() -> Iterator[None]:
    """The thread that lands has a connection of its own, and must not hold what a test leaves."""
    from siyu.core.eventlog import land, pressure, sources

    yield
    land.committer.stop()
    sources.forget_keys()
    pressure.gauge.__init__()  # type: ignore[misc]


@pytest.fixture(autouse=True)
def empty_lake() -> None:
    """Every test begins with an empty lake and nothing derived from one."""
    for folder in ("lake", "derived", "imports"):
        shutil.rmtree(HOME / folder, ignore_errors=True)


@pytest.fixture(autouse=True, scope="session")
def books_can_be_emptied() -> None:
    """Between tests that commit, tables are emptied; the guards of the books stand again before the next begins."""
    from django.test import TransactionTestCase

    from siyu.core.ledger.guards import guard, unguard
    from siyu.core.ledger.models import Transfer

    usual = TransactionTestCase._fixture_teardown

    def teardown(case: TransactionTestCase) -> None:
        written = not isinstance(case, TestCase) and Transfer.objects.exists()
        if written:
            unguard()
        usual(case)
        if written:
            guard()

    TransactionTestCase._fixture_teardown = teardown
