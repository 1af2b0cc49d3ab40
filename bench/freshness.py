"""How long until an accepted event is in an audience and on the person's timeline.

    .venv/bin/python -m bench.freshness [--probes 20] [--rate 500]

Limit that the project set itself: 5 seconds at normal load. A whole `siyu serve`, a sender of `--rate` events a second
in a process of its own, and in between one visitor at a time: sent, then asked for until both know of it. What is asked
is what the console asks. With `--port` and `--key` it asks the house that runs there (with SIYU_HOME). Prints one JSON
document; seconds since the 200.
"""

import argparse
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

EVENT = "Freshness Probed"
SEEN = {"version": 1, "where": {"did": {"event": EVENT, "window": {"rolling": {"days": 1}}}}}
PATIENCE = 120


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--probes", type=int, default=20)
    parser.add_argument("--rate", type=int, default=500, help="events a second beside the probes; 0: none")
    parser.add_argument("--port", type=int, help="of a house that runs")
    parser.add_argument("--key", help="a write key of it")
    args = parser.parse_args()
    print(json.dumps(asked(args) if args.port else in_a_house(args)))


def in_a_house(args: argparse.Namespace) -> dict:
    from bench import ingest

    home = Path(tempfile.mkdtemp(prefix="siyu-bench-"))
    os.environ |= {"SIYU_HOME": str(home), "SIYU_DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "siyu.conf.settings"}
    try:
        ingest.siyu("init")
        args.key = json.loads(ingest.siyu("source", "create", "bench", "--protocol", "segment", "--json"))["write_key"]
        with ingest.house(home, "whole") as house:
            args.port = house.port
            return asked(args)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def asked(args: argparse.Namespace) -> dict:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "siyu.conf.settings")
    django.setup()
    sender = load(args) if args.rate else None
    try:
        found = [probe(args, n) for n in range(args.probes)]
    finally:
        if sender:
            sender.terminate()
            sender.wait()
    return {name: spread([one[name] for one in found]) for name in ("audience", "timeline")} | {"rate": args.rate}


def load(args: argparse.Namespace) -> subprocess.Popen:
    """More than the probes can take; whoever started it ends it."""
    command = [sys.executable, "-m", "bench.load", str(args.port), args.key, "--events", "50", "--prefix", "beside"]
    command += ["--requests", str(args.rate * 10), "--rate", str(args.rate), "--connections", "4"]
    sender = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert sender.stdout
    sender.stdout.readline()
    return sender


def probe(args: argparse.Namespace, n: int) -> dict[str, float]:
    """One visitor, seen for the first time."""
    time.sleep(0.37)  # not in step with the workers' own beat
    who = f"probe-{os.getpid()}-{n}"
    before = people()
    send(args, who)
    began, took = time.perf_counter(), {}
    while len(took) < 2:
        for name, there in (("audience", lambda: people() > before), ("timeline", lambda: shown(who))):
            if name not in took and there():
                took[name] = time.perf_counter() - began
        if time.perf_counter() - began > PATIENCE:
            raise TimeoutError(f"{who} never came: {took}")
        time.sleep(0.02)
    return took


def send(args: argparse.Namespace, who: str) -> None:
    auth = base64.b64encode(f"{args.key}:".encode()).decode()
    body = json.dumps({"event": EVENT, "anonymousId": who, "messageId": who}).encode()
    headers = {"Authorization": f"Basic {auth}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"http://127.0.0.1:{args.port}/v1/track", body, headers)
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30).close()


def people() -> int:
    from siyu.core.insight import audiences

    try:
        return audiences.count(SEEN)
    except audiences.NotUnderstood:  # nobody has sent such an event yet
        return 0


def shown(who: str) -> bool:
    from siyu.core.insight.timeline import timeline
    from siyu.core.people.models import Identity

    number = Identity.objects.filter(value=who).values_list("pk", flat=True).first()
    return number is not None and any(one.name == EVENT for one in timeline(number, limit=20).rows)


def spread(seconds: list[float]) -> dict[str, float]:
    seconds = sorted(seconds)
    return {"median": round(seconds[len(seconds) // 2], 2), "most": round(seconds[-1], 2)}


if __name__ == "__main__":
    main()
