import shutil

import pytest

from tests.home import HOME


@pytest.fixture(autouse=True)
def empty_outbox() -> None:
    shutil.rmtree(HOME / "outbox", ignore_errors=True)
