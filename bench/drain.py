"""From landed batches to rows in the lake: how many events a second, and how many bytes each takes.

SIYU_HOME=/tmp/bench-drain .venv/bin/python -m bench.drain --events 600000 --people 1000000
"""

import argparse
import json
import os
import random
import resource
import shutil
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

BATCH = 500
EVENTS = ("Product Viewed", "Product Viewed", "Product Viewed", "Product Added", "Product List Viewed", "Note Shared")


def message(seed: random.Random, at: datetime, people: int) -> dict:
    return {
        "type": "track",
        "event": seed.choice(EVENTS),
        "messageId": str(uuid.UUID(int=seed.getrandbits(128))),
        "userId": f"u{seed.randrange(people)}",
        "timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "properties": {
            "product_id": f"p{seed.randrange(5000)}",
            "price": seed.randrange(100, 99900) / 100,
            "category": f"c{seed.randrange(60)}",
            "position": seed.randrange(40),
        },
        "context": {"library": {"name": "analytics-python", "version": "2.3.3"}},
    }


def land_all(events: int, people: int) -> int:
    from siyu.core.eventlog.land import land

    seed, at, size = random.Random(1), datetime(2026, 5, 1, tzinfo=UTC), 0
    for _ in range(events // BATCH):
        at += timedelta(milliseconds=5)
        lines = [json.dumps(message(seed, at, people), separators=(",", ":")) for _ in range(BATCH)]
        body = "\n".join(lines).encode() + b"\n"
        size += len(body)
        land(body, count=BATCH, source="bench", dialect="segment", received_at=at, head={"sentAt": at.isoformat()})
    return size


def judge(events: int, people: int) -> dict:
    from django.db import connections

    from siyu.cli.running import prepare
    from siyu.core.eventlog import lake
    from siyu.core.eventlog.drain import drain
    from siyu.core.eventlog.models import Drain

    prepare()
    size, began, steps = land_all(events, people), time.perf_counter(), []
    while taken := drain():
        steps.append((taken, round(time.perf_counter() - began, 3)))
    took = time.perf_counter() - began
    files = [Path(f) for f in lake.files("events")]
    with lake.connect() as db:
        [(rows,)] = db.execute(f"SELECT count(*) FROM {lake.scan('events')} WHERE source = 'bench'").fetchall()
    stored = sum(f.stat().st_size for f in files)
    connections.close_all()
    return {
        "events": events, "in_the_lake": rows, "steps": Drain.objects.count(), "seconds": round(took, 2),
        "events_a_second": round(events / took), "bytes_sent": round(size / events),
        "bytes_in_the_lake": round(stored / max(rows, 1), 1), "files": len(files),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, "clock": steps,
    }  # fmt: skip


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--events", type=int, default=600_000)
    asked.add_argument("--people", type=int, default=1_000_000)
    given = asked.parse_args()
    home = Path(os.environ.setdefault("SIYU_HOME", "/tmp/bench-drain"))
    shutil.rmtree(home, ignore_errors=True)
    os.environ["DJANGO_SETTINGS_MODULE"] = "siyu.conf.settings"
    import django

    django.setup()
    print(json.dumps(judge(given.events, given.people), indent=2))


if __name__ == "__main__":
    main()
