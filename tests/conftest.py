import gc
import os
import shutil
from collections.abc import Iterator

import pytest
from django.db import connections
from django.db.backends.signals import connection_created
from django.dispatch import receiver
from django.test.client import ClientHandler
from django.test.signals import setting_changed
from hypothesis import HealthCheck, settings

from siyu.conf.tables import lay
from tests import wiping
from tests.home import COMMON, HOME, ROOT, first

# No clock in tests: a busy machine is no bug.
settings.register_profile("siyu", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("siyu")
wiping.begin()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes longest begins first, so that nobody waits for it in the end. What asks no database, or is marked
    `once`, says the same on the second one."""
    items.sort(key=lambda item: "journeys" not in item.nodeid)
    if os.environ.get("SIYU_TEST_DATABASE") == "postgresql" and len(items) > ALONE:
        same = [item for item in items if item.get_closest_marker("once") or not asks_a_database(item)]
        config.hook.pytest_deselected(items=same)
        left = set(items) - set(same)
        items[:] = [item for item in items if item in left]


ALONE = 50
"""Who asks for so few wants them all."""


def asks_a_database(item: pytest.Item) -> bool:
    known = {"db", "transactional_db", "django_db_setup"}
    return bool(item.get_closest_marker("django_db") or known & set(getattr(item, "fixturenames", ())))


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker) -> Iterator[None]:
    """Whoever comes first lays all tables, which takes longer than ten tests; everybody has a copy. On
    PostgreSQL each worker has a server of its own."""
    with django_db_blocker.unblock():
        for name in connections:
            copy_of_new(name)
    yield
    with django_db_blocker.unblock():
        connections.close_all()


def copy_of_new(name: str) -> None:
    connection = connections[name]
    connection.close()
    with first(f"migrated-{name}", COMMON if connection.vendor == "sqlite" else ROOT) as ours:
        names = connection.settings_dict
        names["TEST"]["NAME"] = COMMON / f"new-{name}.sqlite3" if connection.vendor == "sqlite" else "new"
        if ours:
            connection.creation._create_test_db(verbosity=0, autoclobber=True)
        names["NAME"] = str(names["TEST"]["NAME"])
        if ours:
            lay(name)
            connection.close()  # only now is all in the file that is copied
        connection.creation.clone_test_db(str(os.getpid()), verbosity=0)
        names.update(connection.creation.get_test_db_clone_settings(str(os.getpid())))


@receiver(connection_created)
def answer_backwards(connection, **_: object) -> None:
    """Rows that nobody ordered come the other way round than SQLite is used to: no test leans on luck."""
    if connection.vendor == "sqlite":
        connection.connection.execute("PRAGMA reverse_unordered_selects = ON")


class OneHouse:
    """Every client walks into the same house: to build it anew, with a list of all that is static, takes longer than
    most answers. After a change of settings it is another one."""

    def __init__(self) -> None:
        self.build, self.built = ClientHandler.load_middleware, None
        setting_changed.connect(self.tear_down)

    def load(self, handler: ClientHandler, is_async: bool = False) -> None:
        if self.built is None:
            self.build(handler, is_async)
            self.built = handler
        handler._middleware_chain = self.built._middleware_chain

    def tear_down(self, **_: object) -> None:
        self.built = None


house = OneHouse()
ClientHandler.load_middleware = lambda handler, is_async=False: house.load(handler, is_async)


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


def pytest_collection_finish() -> None:
    """Half a million objects that were imported stay: nobody need look again and again whether they are garbage."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    """What is frozen is never taken down, and libraries would complain of it at the end."""
    gc.unfreeze()
