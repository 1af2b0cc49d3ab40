import shutil

import pytest

from tests.home import HOME


@pytest.fixture(autouse=True)
def empty_lake() -> None:
    """Every test begins with an empty lake and nothing derived from one."""
    for folder in ("lake", "derived", "imports"):
        shutil.rmtree(HOME / folder, ignore_errors=True)
