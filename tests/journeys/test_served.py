"""`siyu serve` is one process tree: what it started ends with it, however it ends."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.fresh import settle_in


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def until(true, seconds: float = 240) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.2)
    return False


def family(home: Path) -> list[int]:
    """Processes that were started with this data folder."""
    mark = f"SIYU_HOME={home}\0".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes() and (folder / "stat").read_text().split()[2] != "Z":
                found.append(int(folder.name))
        except OSError:
            continue
    return found


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for the family in /proc")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_it_serves_and_ends_whole(tmp_path, how):
    port = free_port()
    settle_in(tmp_path)
    environment = os.environ | {"SIYU_HOME": str(tmp_path)}
    environment.pop("SIYU_DATABASE_URL", None)
    house = subprocess.Popen([sys.executable, "-m", "siyu", "serve", "--port", str(port)], env=environment)
    try:
        assert until(lambda: answers(port))
        assert until((tmp_path / "worker.alive").exists)
        assert len(family(tmp_path)) >= 3
        house.send_signal(how)
        assert house.wait(timeout=60) == (0 if how == signal.SIGTERM else -how)
        assert until(lambda: family(tmp_path) == [], 30)
    finally:
        for pid in family(tmp_path):
            os.kill(pid, signal.SIGKILL)
