"""From HTTP to deduped rows in the lake, the load from a process of its own, in two lines.

    .venv/bin/python -m bench.ingest [--seconds 10] [--runs 5] [--requests 1000] [--single 10000] [--rate 92600]
        [--memory 600]

`whole` is `siyu serve` with everything on: identities, tracking plan, subscriptions, audience index, portraits. `bare`
is the same door and the same drain without them (`bench.bare`). Each begins `cold`: every event is of a visitor whom
nobody has seen. After that 2 % of the events are, and the others are of 200,000 people; that is what shops see.

Limits that the project set itself, on 2 cores: 92,600 events a second in batches of 500, lag ≤ 3 s, answers at p99 ≤ 50
ms, whole ≥ 0.6 × bare; unpaced ≥ 200,000 as the median of the runs; ≤ 40 bytes in the lake for an event of 320; single
messages ≥ 2,000 a second, each committed before its answer; memory flat over ten minutes (`--memory 600`). Yardsticks
of the same run and the same events: `msgspec` parsing plus a bare Parquet write (the limit), and a row per event
through the ORM (what others do). Every run checks that what was answered with 200 is in the lake, once. Processor
seconds are said for 100,000 events, since on a machine with other work they mean more than seconds. Prints one JSON
document.
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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import load

SOURCE = "bench"
PACE = 92_600
EVENTS = 500
PEOPLE = 200_000
NEW = 0.02
LINES = ("bare", "whole")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=10, help="of the paced run")
    parser.add_argument("--runs", type=int, default=5, help="unpaced; the median counts")
    parser.add_argument("--requests", type=int, default=1000, help="of 500 events, in an unpaced run")
    parser.add_argument("--single", type=int, default=10_000, help="requests of one message")
    parser.add_argument("--rate", type=int, default=PACE, help="of the paced run")
    parser.add_argument("--memory", type=int, default=0, help="seconds at --memory-rate, to see what memory does")
    parser.add_argument("--memory-rate", type=int, default=10_000)
    parser.add_argument("--lines", default=",".join(LINES))
    parser.add_argument("--skip", default="", help="parts to leave out: cold, paced, unpaced, single, yardsticks")
    args = parser.parse_args()
    args.skip = args.skip.split(",")
    print(json.dumps(measured(args), indent=1))


def measured(args: argparse.Namespace) -> dict[str, Any]:
    """A line is measured in a process of its own: settings are of one house."""
    if args.lines in LINES:
        return one_line(args)
    told: dict[str, Any] = {}
    for line in args.lines.split(","):
        command = [sys.executable, "-m", "bench.ingest", *sys.argv[1:], "--lines", line]
        told[line] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return told | {"whole_to_bare": compared(told["whole"], told["bare"])}


def compared(whole: dict[str, Any], bare: dict[str, Any]) -> dict[str, float]:
    """Of what reaches the lake, and of what that costs the drain."""
    ratios = {}
    for part in ("cold", "paced", "unpaced"):
        if part in whole and part in bare:
            ratios[part] = round(whole[part]["in_lake_a_second"] / bare[part]["in_lake_a_second"], 2)
            ratios[f"{part}_cpu"] = round(
                bare[part]["cpu_s_of_100k"]["drain"] / whole[part]["cpu_s_of_100k"]["drain"], 2
            )
    return ratios


def one_line(args: argparse.Namespace) -> dict[str, Any]:
    home = Path(tempfile.mkdtemp(prefix="siyu-bench-"))
    os.environ |= {"SIYU_HOME": str(home), "SIYU_DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "siyu.conf.settings"}
    try:
        siyu("init")
        key = json.loads(siyu("source", "create", SOURCE, "--protocol", "segment", "--json"))["write_key"]
        import django

        django.setup()
        return run_parts(args, home, key)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def run_parts(args: argparse.Namespace, home: Path, key: str) -> dict[str, Any]:
    told: dict[str, Any] = {"load_average": os.getloadavg()[0]}
    with house(home, args.lines) as at:
        at.key = key
        if "cold" not in args.skip:
            told["cold"] = run(at, "c", PEOPLE // EVENTS, people=0)
        if "paced" not in args.skip:
            told["paced"] = run(at, "p", args.seconds * args.rate // EVENTS, rate=args.rate)
        if "unpaced" not in args.skip:
            told["unpaced"] = unpaced(args, at)
        if "single" not in args.skip:
            told["single"] = run(at, "s", args.single, events=1, connections=64)
        if args.memory:
            told["memory"] = memory(args, at)
        told["memory_mb"] = {name: peak(pid) for name, pid in at.family().items()}
    told["lake"] = lake_size()
    if "yardsticks" not in args.skip:
        told["yardsticks"] = yardsticks()
    return told


def siyu(*command: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "siyu", *command], check=True, stdout=subprocess.PIPE, text=True
    ).stdout


@dataclass
class House:
    """Web and worker."""

    server: subprocess.Popen
    port: int
    key: str = ""

    def family(self) -> dict[str, int]:
        return children(self.server.pid)

    def cpu(self) -> dict[str, float]:
        """Seconds of the processor that each part has had: web, drain, and the rest."""
        found: dict[str, float] = {"web": 0.0, "drain": 0.0, "rest": 0.0}
        for name, pid in self.family().items():
            part = "web" if "web" in name else "drain" if "flow" in name else "rest"
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            found[part] += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return found


@contextmanager
def house(home: Path, line: str) -> Iterator[House]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["bench.bare", str(port)] if line == "bare" else ["siyu", "serve", "--port", str(port)]
    server = subprocess.Popen([sys.executable, "-m", *command], stdout=sys.stderr)
    try:
        wait_for(lambda: answers(port) and (home / "worker.alive").exists(), 60)
        time.sleep(2)  # what the workers do once at their beginning
        yield House(server, port)
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
    at: House, prefix: str, requests: int, *, events: int = EVENTS, rate: int = 0, connections: int = 16,
    people: int = PEOPLE,
) -> dict[str, Any]:  # fmt: skip
    """Send, wait until the lake has it, and check that it has all of it once."""
    from siyu.core.eventlog.pressure import waiting

    command = [sys.executable, "-m", "bench.load", str(at.port), at.key, "--events", str(events), "--rate", str(rate)]
    command += ["--requests", str(requests), "--connections", str(connections), "--prefix", prefix]
    sender = subprocess.Popen([*command, "--people", str(people), "--new", str(NEW)], stdout=subprocess.PIPE, text=True)
    assert sender.stdout
    sender.stdout.readline()
    before, began = at.cpu(), time.perf_counter()
    with lags() as lag:
        told = json.loads(sender.stdout.readline())
        answered = time.perf_counter()
        wait_for(lambda: not waiting(SOURCE)[0], 600)
    done, after = time.perf_counter(), at.cpu()
    assert told["refused"] == 0, told
    check(prefix, requests * events)
    return told | {
        "in_lake_a_second": round(told["events"] / (done - began)),
        "last_lag_s": round(done - answered, 2),
        "most_lag_s": round(max(lag, default=0), 2),
        "cpu_s_of_100k": {part: round((after[part] - before[part]) / told["events"] * 1e5, 2) for part in after},
    }


def memory(args: argparse.Namespace, at: House) -> dict[str, Any]:
    """Megabytes of every process after each round of about twenty seconds, and how many they gain in a minute."""
    seen: list[tuple[float, dict[str, int]]] = []
    began = time.perf_counter()
    while (passed := time.perf_counter() - began) < args.memory:
        run(at, f"m{len(seen)}", 20 * args.memory_rate // EVENTS, rate=args.memory_rate)
        seen.append((passed, {name: resident(pid) for name, pid in at.family().items()}))
    half = seen[len(seen) // 2 :]
    minutes = max((half[-1][0] - half[0][0]) / 60, 1 / 60)
    return {
        name: {"mb": [one[name] for _, one in seen], "gains_a_minute": round((last - half[0][1][name]) / minutes, 1)}
        for name, last in half[-1][1].items()
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


def unpaced(args: argparse.Namespace, at: House) -> dict[str, Any]:
    runs = [run(at, f"u{n}", args.requests) for n in range(args.runs)]
    return {
        "runs": runs,
        "door_a_second": statistics.median(one["events_a_second"] for one in runs),
        "in_lake_a_second": statistics.median(one["in_lake_a_second"] for one in runs),
        "cpu_s_of_100k": runs[len(runs) // 2]["cpu_s_of_100k"],
    }


def children(parent: int) -> dict[str, int]:
    """{what `ps` calls it: pid}, of all descendants."""
    found, known = {}, {parent}
    for folder in sorted(Path("/proc").glob("[0-9]*"), key=lambda f: int(f.name)):
        try:
            above = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            name = (folder / "comm").read_text().strip()
        except OSError:
            continue
        if above in known:
            known.add(int(folder.name))
            found[f"{name} {folder.name}"] = int(folder.name)
    return found


def peak(pid: int) -> int:
    return megabytes(pid, "VmHWM")


def resident(pid: int) -> int:
    return megabytes(pid, "VmRSS")


def megabytes(pid: int, what: str) -> int:
    line = next(x for x in Path(f"/proc/{pid}/status").read_text().splitlines() if x.startswith(what))
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
    args = argparse.Namespace(key="k", events=EVENTS, requests=200, prefix="y", people=PEOPLE, new=NEW)
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
