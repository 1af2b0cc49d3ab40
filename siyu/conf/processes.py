"""Web and worker as one process tree."""

import ctypes
import logging
import os
import signal
import subprocess
import sys

log = logging.getLogger("siyu.processes")
RESTARTS = 5


def web(host: str, port: int) -> list[str]:
    options = ["--interface", "wsgi", "--host", host, "--port", str(port), "--workers", "1"]
    # threads wait for the one that commits for all of them; a fallen process must be back before senders give up
    options += ["--blocking-threads", "16", "--respawn-failed-workers", "--respawn-interval", "0.1"]
    return [sys.executable, "-m", "granian", *options, "--log-level", "error", "siyu.conf.wsgi:application"]


def workers() -> list[list[str]]:
    return [
        [sys.executable, "-m", "siyu", "worker", "--room", room] for room in ("flow", "study", "till", "post", "intake")
    ]


class _Stopped(Exception):
    """Somebody asked us to end."""


def run_together(*commands: list[str]) -> int:
    """Run the commands as children that end with us; one that dies is started again, `RESTARTS` times in all."""
    children = {start(command): command for command in commands}
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    try:
        for _ in range(RESTARTS):
            fallen = first_to_end(children)
            log.error("%s ended with %s and is started again", fallen.args, fallen.returncode)
            command = children.pop(fallen)
            children[start(command)] = command
        first_to_end(children)
    except _Stopped:
        return 0
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.wait(timeout=30)
    return 1


def start(command: list[str]) -> subprocess.Popen:
    return subprocess.Popen(command, preexec_fn=_end_with_parent)  # noqa: PLW1509  we have no threads


def first_to_end(children: dict[subprocess.Popen, list[str]]) -> subprocess.Popen:
    while True:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
        for child in children:
            if child.poll() is not None:
                return child


def _stop(*_: object) -> None:
    raise _Stopped


def _end_with_parent() -> None:
    """On Linux the kernel tells a child that its parent was killed: a worker must not outlive its house."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)
