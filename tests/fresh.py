"""Data folders for tests that start processes: made once, and copied from then on."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.home import COMMON, first


def settle_in(home: Path) -> Path:
    """The folder as `siyu init` makes it."""
    new = COMMON / "new"
    environment = os.environ | {"SIYU_HOME": str(new), "SIYU_DATABASE_URL": ""}
    with first("new") as ours:
        if ours:
            command = [sys.executable, "-m", "siyu", "init"]
            subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    shutil.copytree(new, home, dirs_exist_ok=True)
    return home
