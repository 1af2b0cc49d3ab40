"""Web and worker as one process tree.

What all of them need is loaded once, before they part: on Linux each is a fork of that and stands at once, also after
a fall. Elsewhere forks are not safe, and each loads for itself.
"""

import ctypes
import gc
import logging
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from multiprocessing.process import BaseProcess
from typing import Any

log = logging.getLogger("siyu.processes")
ROOMS = ("flow", "study", "till", "post", "intake")
"""Parts of the worker's chores: `siyu.conf.worker` says what each does."""
RESTARTS = 5
PATIENCE = 30
"""Seconds that a child gets to end by itself."""
LINUX = sys.platform == "linux"
births: Any = multiprocessing.get_context("fork" if LINUX else "spawn")
Part = Callable[[], object]


def web(host: str, port: int, threads: int) -> None:
    """Answer requests until told to stop, in a child of this process's own."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    if LINUX:
        os.register_at_fork(after_in_child=_end_with_parent)
    Granian(
        "siyu.conf.wsgi:application", address=host, port=port, interface=Interfaces.WSGI, log_level=LogLevels.error,
        # threads wait for the one that commits for all of them; a fallen process must be back before senders give up
        blocking_threads=threads, respawn_failed_workers=True, respawn_interval=0.1,
    ).serve()  # fmt: skip


def room(name: str) -> None:
    from siyu.conf.worker import work

    work(name)


def rooms() -> dict[str, Part]:
    return {name: partial(room, name) for name in ROOMS}


def load(*modules: str) -> None:
    """Import what children will need, and leave it out of every later search for garbage."""
    if LINUX:
        gc.disable()
        for module in modules:
            __import__(module)
        gc.enable()
        gc.freeze()


class _Stopped(Exception):
    """Somebody asked us to end."""


def run_together(parts: dict[str, Part]) -> int:
    """Run the parts as children that end with us; one that dies is started again, `RESTARTS` times in all."""
    children = {born(name, part): part for name, part in parts.items()}
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    try:
        for _ in range(RESTARTS):
            fallen = first_to_end(children)
            log.error("%s ended with %s and is started again", fallen.name, fallen.exitcode)
            part = children.pop(fallen)
            children[born(fallen.name, part)] = part
        first_to_end(children)
    except _Stopped:
        return 0
    finally:
        end()
    return 1


def born(name: str, part: Part) -> BaseProcess:
    child: BaseProcess = births.Process(target=_live, args=(name, part), name=name)
    child.start()
    return child


def first_to_end(children: dict[BaseProcess, Part]) -> BaseProcess:
    while True:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
        for child in children:
            if child.exitcode is not None:
                return child


def end() -> None:
    """All of them, also one that was being born when we were asked to end."""
    children = multiprocessing.active_children()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)  # we are at it
    gc.unfreeze()
    for child in children:
        child.terminate()
    for child in children:
        child.join(PATIENCE)
        child.kill()


def _stop(*_: object) -> None:
    raise _Stopped


def _live(name: str, part: Part) -> None:
    import django

    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if LINUX:
        ctypes.CDLL(None).prctl(15, f"siyu {name}".encode())  # what `ps` and `top` call it
        _end_with_parent()
    django.setup()
    part()


def _end_with_parent() -> None:
    """The kernel tells a child that its parent was killed: a worker must not outlive its house."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
