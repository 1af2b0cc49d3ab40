"""A whole house for a test: its data folder, web and worker, and what the lake has in the end."""

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

KEPT = """
import json, sys, django
django.setup()
from siyu.core.eventlog import lake
from siyu.events import BY_NAME
sql = f"SELECT message FROM {lake.scan('events')} WHERE source = ? AND name NOT IN (SELECT unnest(?))"
with lake.connect() as db:
    print(json.dumps([row[0] for row in db.execute(sql, [sys.argv[1], list(BY_NAME)]).fetchall()]))
"""


def in_lake(source: str, message: str) -> int:
    """What the lake calls a message."""
    digest = hashlib.md5(f"{source}\0{message}".encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[8:], "little") >> 1


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(true: Callable[[], bool], seconds: float = 240, pause: float = 0.1) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(pause)
    return False


@contextmanager
def served(environment: dict[str, str], address: str = "") -> Iterator[str]:
    """`siyu serve` in that environment; the address at which it answers."""
    address = address or f"http://127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "siyu", "serve", "--port", address.rpartition(":")[2]]
    house = subprocess.Popen(command, env=environment)
    try:
        assert until(lambda: answers(f"{address}/healthz"), pause=0.2), "the house does not answer"
        yield address
    finally:
        house.terminate()
        house.wait(timeout=60)


def answers(address: str) -> bool:
    try:
        urllib.request.urlopen(address, timeout=5).close()
    except OSError:
        return False
    return True


class House:
    """`siyu serve` on a free port, in a folder of its own."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, free_port()
        self.environment = os.environ | {
            "SIYU_HOME": str(home),
            "SIYU_PORT": str(self.port),
            "SIYU_DATABASE_URL": "",
            "DJANGO_SETTINGS_MODULE": "siyu.conf.settings",
            "PYTHONPATH": str(Path(__file__).parents[1]),
        }
        self.process: subprocess.Popen | None = None

    def __enter__(self) -> "House":
        if not (self.home / "state.sqlite3").exists():
            self.siyu("init")
        self.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)

    def siyu(self, *command: str) -> str:
        return self.python("-m", "siyu", *command)

    def python(self, *command: str) -> str:
        command = (sys.executable, *command)
        return subprocess.run(
            command, env=self.environment, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ).stdout

    def start(self) -> None:
        command = [sys.executable, "-m", "siyu", "serve"]
        self.process = subprocess.Popen(command, env=self.environment, stderr=subprocess.DEVNULL)
        assert until(self.answers), "the house does not answer"

    def fall(self) -> None:
        """Everybody in the house dies at once, without a word."""
        for pid, _ in self.family():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.process:
            self.process.wait(30)
        assert until(lambda: not self.family()), "somebody outlived the house"

    def stands(self) -> bool:
        """It starts again what falls, but not for ever."""
        return self.process is not None and self.process.poll() is None

    def answers(self) -> bool:
        try:
            self.get("/healthz")
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def get(self, path: str) -> bytes:
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(f"http://127.0.0.1:{self.port}{path}", timeout=5) as response:
            return response.read()

    def web(self) -> int:
        """The process that answers: the last of the web server's."""
        return [pid for pid, name in self.family() if name == "siyu web"][-1]

    def family(self) -> list[tuple[int, str]]:
        """Processes that live in this house and what `ps` calls them, in the order of birth."""
        mark, found = f"SIYU_HOME={self.home}\0".encode(), []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (folder / "environ").read_bytes() and folder.name != str(os.getpid()):
                    found.append((int(folder.name), (folder / "comm").read_text().strip()))
            except OSError:
                continue
        return sorted(found)

    def settle(self, source: str) -> None:
        """Wait until the lake has what has landed."""

        def settled() -> bool:
            return json.loads(self.siyu("events", "count", "--source", source, "--json"))["waiting"] == 0

        assert until(settled), f"the lake never had all of {source}"

    def kept(self, source: str) -> list[int]:
        """What the lake calls the messages of a source, one for each row."""
        return json.loads(self.python("-c", KEPT, source))
