"""From HTTP to deduped rows in the lake: a whole `siyu serve`, the load from a process of its own.

    .venv/bin/python -m bench.ingest [--seconds 10] [--runs 5] [--requests 1000] [--single 10000]

Limits that the project set itself, on 2 cores: 92,600 events a second in batches of 500, lag ≤ 3 s, answers at p99 ≤ 50
ms; unpaced ≥ 200,000 as the median of the runs; ≤ 40 bytes in the lake for an event of 320; single messages ≥ 2,000 a
second, each committed before its answer. Yardsticks of the same run and the same events: `msgspec` parsing plus a bare
Parquet write (the limit), and a row per event through the ORM (what others do). Every run checks that what was answered
with 200 is in the lake, once. Prints one JSON document.
"""

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import load

SOURCE = "bench"
PACE = 92_600
EVENTS = 500


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=10, help="of the paced run")
    parser.add_argument("--runs", type=int, default=5, help="unpaced; the median counts")
    parser.add_argument("--requests", type=int, default=1000, help="of 500 events, in an unpaced run")
    parser.add_argument("--single", type=int, default=10_000, help="requests of one message")
    parser.add_argument("--skip", default="", help="parts to leave out: paced, unpaced, single, yardsticks")
    args = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="siyu-bench-"))
    try:
        print(json.dumps(measured(args, home), indent=1))
    finally:
        shutil.rmtree(home, ignore_errors=True)


def measured(args: argparse.Namespace, home: Path) -> dict[str, Any]:
    os.environ |= {"SIYU_HOME": str(home), "SIYU_DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "siyu.conf.settings"}
    siyu("init")
    key = json.loads(siyu("source", "create", SOURCE, "--protocol", "segment", "--json"))["write_key"]
    import django

    django.setup()
    told: dict[str, Any] = {}
    with house(home) as (port, family):
        if "paced" not in args.skip.replace("unpaced", ""):
            told["paced"] = run(port, key, "p", args.seconds * PACE // EVENTS, rate=PACE)
        if "unpaced" not in args.skip:
            told["unpaced"] = unpaced(args, port, key)
        if "single" not in args.skip:
            told["single"] = run(port, key, "s", args.single, events=1, connections=64)
        told["memory_mb"] = {name: peak(pid) for name, pid in family().items()}
    told["lake"] = lake_size()
    if "yardsticks" not in args.skip:
        told["yardsticks"] = yardsticks()
    return told


def siyu(*command: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "siyu", *command], check=True, stdout=subprocess.PIPE, text=True
    ).stdout


@contextmanager
def house(home: Path) -> Iterator[tuple[int, Any]]:
    """Web and worker; their port, and who belongs to them."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "siyu", "serve", "--port", str(port)])
    try:
        wait_for(lambda: answers(port) and (home / "worker.alive").exists(), 60)
        time.sleep(2)  # what the workers do once at their beginning
        yield port, lambda: children(server.pid)
    finally:
        server.terminate()
        server.wait(60)


def answers(port: int) -> bool:
    try:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"http://127.0.0.1:{port}/healthz").close()
    except OSError:
        return False
    return True


def wait_for(true: Any, seconds: float, pause: float = 0.05) -> None:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(pause)


def run(
    port: int, key: str, prefix: str, requests: int, *, events: int = EVENTS, rate: int = 0, connections: int = 16
) -> dict[str, Any]:
    """Send, wait until the lake has it, and check that it has all of it once."""
    from siyu.core.eventlog.pressure import waiting

    command = [sys.executable, "-m", "bench.load", str(port), key, "--events", str(events), "--rate", str(rate)]
    command += ["--requests", str(requests), "--connections", str(connections), "--prefix", prefix]
    sender = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert sender.stdout
    sender.stdout.readline()
    began = time.perf_counter()
    with lags() as lag:
        told = json.loads(sender.stdout.readline())
        answered = time.perf_counter()
        wait_for(lambda: not waiting(SOURCE)[0], 600)
    done = time.perf_counter()
    assert told["refused"] == 0, told
    check(prefix, requests * events)
    return told | {
        "in_lake_a_second": round(told["events"] / (done - began)),
        "last_lag_s": round(done - answered, 2),
        "most_lag_s": round(max(lag, default=0), 2),
    }


@contextmanager
def lags() -> Iterator[list[float]]:
    """How old the oldest batch is that waits, again and again."""
    from django.db import connections

    from siyu.core.eventlog.pressure import undrained
    from siyu.kit import clock

    found: list[float] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.2):
            oldest = undrained().order_by("xid", "pk").values_list("received_at", flat=True).first()
            found.append((clock.now() - oldest).total_seconds() if oldest else 0)
        connections.close_all()

    looking = threading.Thread(target=look)
    looking.start()
    yield found
    over.set()
    looking.join()


def check(prefix: str, sent: int) -> None:
    """Sent = kept: by number, and no message twice."""
    from siyu.core.eventlog import lake

    name = "(name IN (SELECT unnest(?)) OR name IS NULL)"
    with lake.connect() as db:
        rows, different = db.execute(
            f"SELECT count(*), count(DISTINCT message) FROM {lake.scan('events')} WHERE source = ? AND {name}",
            [SOURCE, sorted(set(load.NAMES))],
        ).fetchall()[0]
    kept.append(rows)
    before = kept[-2] if len(kept) > 1 else 0
    assert rows == different and rows - before == sent, (
        f"{prefix}: {sent} sent, {rows - before} kept, {rows} {different}"
    )


kept: list[int] = []


def unpaced(args: argparse.Namespace, port: int, key: str) -> dict[str, Any]:
    runs = [run(port, key, f"u{n}", args.requests) for n in range(args.runs)]
    return {
        "runs": runs,
        "door_a_second": statistics.median(one["events_a_second"] for one in runs),
        "in_lake_a_second": statistics.median(one["in_lake_a_second"] for one in runs),
    }


def children(parent: int) -> dict[str, int]:
    """{what it runs: pid}, of all descendants."""
    found, known = {}, {parent}
    for folder in sorted(Path("/proc").glob("[0-9]*"), key=lambda f: int(f.name)):
        try:
            above = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            command = (folder / "cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue
        if above in known:
            known.add(int(folder.name))
            found[f"{' '.join(command[1:6])} {folder.name}"] = int(folder.name)
    return found


def peak(pid: int) -> int:
    line = next(x for x in Path(f"/proc/{pid}/status").read_text().splitlines() if x.startswith("VmHWM"))
    return int(line.split()[1]) // 1024


def lake_size() -> dict[str, Any]:
    """Bytes an event after compaction; what is personal is counted with it."""
    from siyu.core.eventlog import lake

    told: dict[str, Any] = {}
    rows = kept[-1] if kept else 0
    for name in ("events", "payloads"):
        lake.compact(name)
        size = sum(Path(path.removeprefix("file://")).stat().st_size for path in lake.files(name))
        told[f"{name}_bytes_an_event"] = round(size / rows, 1) if rows else None
    return told


def yardsticks() -> dict[str, Any]:
    """The same events by the shortest way that there is, and by the usual one."""
    args = argparse.Namespace(key="k", events=EVENTS, requests=200, prefix="y")
    bodies = [request.partition(b"\r\n\r\n")[2] for request in load.requests(args)]
    return {"msgspec_and_parquet_a_second": parquet(bodies), "orm_row_each_a_second": orm(bodies[:20])}


def parquet(bodies: list[bytes]) -> int:
    import msgspec
    import pyarrow as pa
    import pyarrow.parquet as pq

    class Event(msgspec.Struct):
        event: str
        messageId: str
        userId: str
        timestamp: str
        properties: msgspec.Raw

    class Batch(msgspec.Struct):
        batch: list[Event]

    decoder = msgspec.json.Decoder(Batch)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        events = [event for body in bodies for event in decoder.decode(body).batch]
        names = ("event", "messageId", "userId", "timestamp")
        columns = {name: pa.array([getattr(one, name) for one in events]) for name in names}
        columns["properties"] = pa.array([bytes(one.properties).decode() for one in events])
        pq.write_table(pa.table(columns), f"{folder}/x.parquet", compression="zstd")
    return round(len(events) / (time.perf_counter() - began))


def orm(bodies: list[bytes]) -> int:
    """A row for each event, a transaction for each batch."""
    from django.db import transaction

    from siyu.core.eventlog.models import Entry
    from siyu.kit import clock

    began = time.perf_counter()
    for body in bodies:
        with transaction.atomic():
            for one in json.loads(body)["batch"]:
                Entry.objects.create(
                    name=one["event"],
                    at=clock.now(),
                    recorded_at=clock.now(),
                    source="yardstick",
                    message=one["messageId"],
                    body=json.dumps(one["properties"]),
                )
    return round(len(bodies) * EVENTS / (time.perf_counter() - began))


if __name__ == "__main__":
    main()
