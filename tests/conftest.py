import shutil

import pytest
from hypothesis import HealthCheck, settings

from tests.home import HOME

# No clock in tests: a busy machine is no bug.
settings.register_profile("siyu", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("siyu")


@pytest.fixture(autouse=True)
def empty_lake() -> None:
    """Every test begins with an empty lake and nothing derived from one."""
    for folder in ("lake", "derived", "imports"):
        shutil.rmtree(HOME / folder, ignore_errors=True)
