"""Data folders for tests that start processes: made once, and copied from then on."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.home import ROOT


def settle_in(home: Path) -> Path:
    """The folder as `siyu init` makes it."""
    new = ROOT / "new"
    if not new.exists():
        environment = os.environ | {"SIYU_HOME": str(new), "SIYU_DATABASE_URL": ""}
        subprocess.run([sys.executable, "-m", "siyu", "init"], env=environment, check=True, stdout=subprocess.DEVNULL)
    shutil.copytree(new, home, dirs_exist_ok=True)
    return home
