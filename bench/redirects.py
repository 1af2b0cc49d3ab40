"""Short links over HTTP, each click committed before its answer, the load from a process of its own.

    .venv/bin/python -m bench.redirects [--requests 20000] [--connections 32] [--links 1000] [--rate 0]
        [--tracked] [--new]

`redirects` is `siyu serve` with everything on. Goals: 1,500 a second as fast as they come, and at that rate (`--rate
1500`) p99 ≤ 20 ms on two cores, SQLite in full sync. `--tracked` clicks on links of messages, each with a sign of its
own: at a rate that a broadcast brings (`--rate 200`) p99 ≤ 10 ms. Each link was clicked once before; of `--new` links
most were not, and the database is asked for each. Yardsticks of the same run: `pixel` (the same door answering what it
keeps nowhere), `healthz` (a small page of Django) and `fsync` (bare appends with fdatasync of a click's size, what no
durable click can beat one by one). Afterwards every click that was answered is in the landing, once. One JSON document.
"""

import argparse
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.ingest import House, house, siyu

AGENT = "Mozilla/5.0 (iPhone; CPU iPhone OS 14_6 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.7"
MAKE = """
import sys, json, django
django.setup()
from siyu.core.links import writing
from siyu.core.links.writing import Wish
from siyu.kit import clock
wishes = [Wish(targets=f"https://shop.example/item/{n}", utm={"source": "bench"}) for n in range(int(sys.argv[1]))]
began = clock.now()
made = writing.make_many(wishes, by="bench", at=began)
from siyu.core.outreach.tokens import tokens
numbers = range(1, len(made) + 1)
told = {"codes": [one.code for one in made], "signs": tokens(numbers, numbers)}
print(json.dumps(told | {"seconds": (clock.now() - began).total_seconds()}))
"""
COUNT = """
import json, django
django.setup()
from django.conf import settings
from django.db.models import Sum
from siyu.core.eventlog.models import Batch
print(Batch.objects.using(settings.LANDING).filter(source="links").aggregate(n=Sum("count"))["n"] or 0)
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--links", type=int, default=1_000)
    parser.add_argument("--rate", type=int, default=0, help="a second; 0: as fast as they are answered")
    parser.add_argument("--tracked", action="store_true", help="each click with the sign of a message")
    parser.add_argument("--new", action="store_true", help="links that nobody has clicked yet")
    parser.add_argument("--send", type=int, default=0, help="be the sender to this port")
    args = parser.parse_args()
    if args.send:
        sent(args, json.loads(sys.stdin.readline()))
        return
    home = Path(tempfile.mkdtemp(prefix="siyu-bench-"))
    os.environ |= {"SIYU_HOME": str(home), "SIYU_DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "siyu.conf.settings"}
    try:
        siyu("init")
        print(json.dumps(measured(args), indent=1))
    finally:
        shutil.rmtree(home, ignore_errors=True)


def measured(args: argparse.Namespace) -> dict[str, Any]:
    made = json.loads(python(MAKE, str(args.links)))
    told: dict[str, Any] = {"load_average": os.getloadavg()[0], "links_made_in_s": made["seconds"]}
    with house(Path(os.environ["SIYU_HOME"]), "whole") as at:
        signs = [f"?m={sign}" if args.tracked else "" for sign in made["signs"]]
        paths = [f"/l/{code}{sign}" for code, sign in zip(made["codes"], signs, strict=True)]
        first = 500 if args.new else max(500, len(paths))
        load(args, at, paths, first)
        before = at.cpu()
        told["redirects"] = load(args, at, paths, args.requests)
        after = at.cpu()
        clicks = told["redirects"]["answered"]
        told["cpu_s_of_100k"] = {part: round((after[part] - before[part]) / clicks * 1e5, 1) for part in after}
        told["pixel"] = load(args, at, ["/landed.gif"], min(args.requests, 5_000))
        told["healthz"] = load(args, at, ["/healthz"], min(args.requests, 5_000))
        told["kept"] = int(python(COUNT))
        assert told["kept"] == clicks + first, told
    return told | {"fsync": appended()}


def python(code: str, *args: str) -> str:
    command = [sys.executable, "-c", code, *args]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def load(args: argparse.Namespace, at: House, paths: list[str], requests: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.redirects", "--send", str(at.port), "--requests", str(requests)]
    command += ["--connections", str(args.connections), "--rate", str(args.rate)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, input=json.dumps(paths) + "\n")
    return json.loads(done.stdout)


def sent(args: argparse.Namespace, paths: list[str]) -> None:
    requests = [request(path) for path in paths]
    began = time.perf_counter()
    took, statuses = ask(args, requests)
    seconds, cpu = time.perf_counter() - began, time.process_time()
    took.sort()
    answered = sum(status in (200, 302) for status in statuses)
    told = {
        "answered": answered,
        "refused": len(statuses) - answered,
        "a_second": round(answered / seconds),
        "p50_ms": round(took[len(took) // 2] * 1000, 2),
        "p99_ms": round(took[int(len(took) * 0.99)] * 1000, 2),
        "sender_cpu_ms_each": round(cpu / len(statuses) * 1000, 3),
    }
    print(json.dumps(told))


def request(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: {AGENT}\r\n\r\n".encode()


def ask(args: argparse.Namespace, requests: list[bytes]) -> tuple[list[float], list[int]]:
    """How long each took and how it was answered. At a rate, the time counts from when a request was due, sent or not.

    Bare sockets: a sender of coroutines would take as much of two cores as what is measured.
    """
    idle = [socket.create_connection(("127.0.0.1", args.send)) for _ in range(args.connections)]
    poll, busy, took, statuses, turn = select.epoll(), {}, [], [], 0  # type: ignore[var-annotated]
    for one in idle:
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        poll.register(one, select.EPOLLIN)
    began = time.perf_counter()
    while len(took) < args.requests:
        now = time.perf_counter()
        due = began + turn / args.rate if args.rate else now
        while idle and turn < args.requests and due <= now:
            connection = idle.pop()
            connection.sendall(requests[turn % len(requests)])
            busy[connection.fileno()] = connection, due
            turn += 1
            due = began + turn / args.rate if args.rate else now
        for number, _ in poll.poll(due - now if idle and turn < args.requests else None):
            connection, since = busy.pop(number)
            statuses.append(status_of(connection))
            took.append(time.perf_counter() - since)
            idle.append(connection)
    return took, statuses


def status_of(connection: socket.socket) -> int:
    said = b""
    while not whole(said):
        more = connection.recv(65_536)
        assert more, "the server hung up"
        said += more
    return int(said[9:12])


def whole(said: bytes) -> bool:
    head, ended, body = said.partition(b"\r\n\r\n")
    length = head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]
    return bool(ended) and len(body) >= int(length or 0)


def appended() -> dict[str, float]:
    """A click's bytes, appended and synced one after the other."""
    click, count = b"x" * 700, 500
    with tempfile.TemporaryDirectory(dir=os.environ["SIYU_HOME"]) as folder, open(f"{folder}/x", "ab", 0) as file:
        began = time.perf_counter()
        for _ in range(count):
            file.write(click)
            os.fdatasync(file.fileno())
        return {"a_second": round(count / (time.perf_counter() - began))}


if __name__ == "__main__":
    main()
