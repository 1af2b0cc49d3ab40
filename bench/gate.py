"""The whole gate and the outbox for a million members, and what their pages feel of it.

    .venv/bin/python -m bench.gate [--database sqlite|postgresql] [--people 1000000] [--loop 2000]

Each person has a member number and a phone; nine in ten said yes to marketing by SMS, some said no, one in a thousand
phones is suppressed, one in two hundred persons came together of two. There is a cap over all channels and a trial with
two arms and a tenth held out. `through` (goal: 5 s on SQLite, 8 s on PostgreSQL) is from people to the last row of the
outbox. `one_by_one` is the loop that everybody writes, over fewer people, in the same run (goal: 30 ×). Meanwhile
another process checks members in on their page, 20 a second (goal: p99 100 ms). One JSON document.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

AT = datetime(2026, 6, 1, 4, tzinfo=UTC)
AT_ONCE = 20_000
PAGES = 200
"""Members who have signed in, and take turns."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--loop", type=int, default=2_000)
    parser.add_argument("--tap", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.tap:
        return tap(args.tap)
    os.environ |= {"SIYU_TEST_DATABASE": args.database, "DJANGO_SETTINGS_MODULE": "siyu.conf.settings"}
    from tests import home  # a data folder and a server of its own

    try:
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        furnish(args.people)
        print(
            json.dumps({"database": args.database, "people": args.people} | measured(args.people, args.loop), indent=1)
        )
    finally:
        home.pytest_sessionfinish()


def furnish(people: int) -> None:
    from django.db import connection, transaction

    from siyu.core.outreach import suppressing
    from siyu.core.outreach.models import Cap
    from siyu.core.people.models import Consent, Identity, Member, Person
    from siyu.kit.rows import insert

    columns = ("id", "namespace", "value", "source", "seen_at", "person")
    for first in range(1, people + 1, AT_ONCE):
        some = range(first, min(first + AT_ONCE, people + 1))
        with transaction.atomic():
            insert(Person, ("id", "since", "name"), [(n, AT, "") for n in some])
            insert(Identity, columns, [(n, "member", f"m{n}", "bench", AT, n) for n in some])
            phones = [(people + n, "phone", f"1{n:010}", "bench", AT, n - 1 if n % 200 == 0 else n) for n in some]
            insert(Identity, columns, phones)
            insert(Member, ("identity", "joined_at", "name", "language"), [(n, AT, "", "") for n in some])
            said = [(people + n, "sms", "marketing", n % 50 != 0, "bench", AT) for n in some if n % 12]
            insert(Consent, ("identity", "channel", "purpose", "granted", "source", "at"), said)
    for n in range(7, people + 1, 1000):
        suppressing.suppress(namespace="phone", value=f"1{n:010}", reason="bounced", by="bench", at=AT)
    Cap.objects.create(period="day", most=2)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def measured(people: int, loop: int) -> dict[str, Any]:
    import numpy as np

    from siyu.core.insight import trials
    from siyu.core.outreach import dispatches, gate

    arms = {"A": 4500, "B": 4500}
    trial = trials.open_trial(key="bench", arms=arms, window=14, by="bench", at=AT)
    variants = [{"arm": arm, "text": f"Hello {arm}"} for arm in arms]
    said = {"channel": "sms", "kind": "marketing", "variants": variants, "by": "bench", "at": AT, "trial": trial}
    before = pages(3)
    tapping = begin_tapping()
    longest = Longest()
    hello = dispatches.make(key="bench", **said)
    began, worked, served = time.perf_counter(), time.process_time(), server_cpu()
    with longest.watching():
        counts = gate.let_through(hello, np.arange(1, people + 1), at=AT)
    seconds, worked, served = time.perf_counter() - began, time.process_time() - worked, server_cpu() - served
    during = end_tapping(tapping)
    slow = one_by_one(loop, dispatches.make(key="loop", **said | {"trial": None, "variants": [{"text": "Hello"}]}))
    return {
        "through_s": round(seconds, 2),
        "people_per_s": round(people / seconds),
        "cpu_s": round(worked, 2),
        "server_cpu_s": round(served, 2),
        "load_average": os.getloadavg()[0],
        "longest_transaction_ms": round(longest.ms, 1),
        "counts": dict(counts),
        "one_by_one_per_s": round(loop / slow),
        "times": round(people / seconds / (loop / slow), 1),
        "check_in_page": during,
        "check_in_page_alone": before,
    }


def server_cpu() -> float:
    """Seconds that the process of PostgreSQL worked which serves us; SQLite's are our own."""
    from django.db import connection

    if connection.vendor == "sqlite":
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        spent = Path(f"/proc/{cursor.fetchone()[0]}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, spent)) / os.sysconf("SC_CLK_TCK")


class Longest:
    """The longest of the gate's transactions."""

    ms = 0.0

    def watching(self) -> Any:
        from contextlib import contextmanager

        from siyu.core.outreach.gate import asked

        @contextmanager
        def watch() -> Any:
            usual = asked.decide

            def timed(case: Any) -> Any:
                began = time.perf_counter()
                try:
                    return usual(case)
                finally:
                    self.ms = max(self.ms, 1000 * (time.perf_counter() - began))

            asked.decide = timed
            try:
                yield
            finally:
                asked.decide = usual

        return watch()


def one_by_one(people: int, dispatch: Any) -> float:
    """What a loop over people does: ask for each, and write for each."""
    from django.db import transaction

    from siyu.core.outreach.models import Cap, Outgoing, Suppression
    from siyu.core.people.models import Consent, Identity

    began = time.perf_counter()
    for number in range(1, people + 1):
        with transaction.atomic():
            known = {one.namespace: one.pk for one in Identity.objects.filter(person=number).order_by("-pk")}
            if "phone" not in known or Suppression.objects.filter(identity=known["phone"]).exists():
                continue
            words = Consent.objects.filter(identity__in=known.values(), channel="sms", purpose="marketing")
            if not words or not all(word.granted for word in words):
                continue
            cap = Cap.objects.get(period="day", channel="")
            if Outgoing.objects.filter(person=number, day=AT.date()).count() >= cap.most:
                continue
            Outgoing.objects.create(dispatch=dispatch, person=number, channel="sms", day=AT.date(), due_at=AT)
    return time.perf_counter() - began


def begin_tapping(seconds: float = 0) -> subprocess.Popen:
    said = json.dumps({"seconds": seconds, "cookies": signed_in()})
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.gate", "--tap", said], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout and process.stdout.readline(), "it is warm now"
    return process


def end_tapping(process: subprocess.Popen) -> dict[str, float]:
    told, _ = process.communicate("\n")
    return json.loads(told.splitlines()[-1])


def pages(seconds: float) -> dict[str, float]:
    return end_tapping(begin_tapping(seconds))


def signed_in() -> list[str]:
    from siyu.core.people.members import sessions
    from siyu.core.people.models import Member
    from siyu.kit import clock

    return [sessions.begin(one, clock.now()) for one in Member.objects.order_by("pk")[:PAGES]]


def tap(said: str) -> None:
    """Check members in on their page, 20 a second, until told to stop; p50 and p99 in milliseconds."""
    import threading

    import django

    django.setup()
    from django.test import Client

    from siyu.interfaces.pages.access import COOKIE

    asked, stop, took = json.loads(said), threading.Event(), []
    client = Client(SERVER_NAME="localhost")
    client.cookies[COOKIE] = asked["cookies"][0]
    client.get("/m/check-in"), client.post("/m/check-in/now")
    print("ready", flush=True)
    threading.Thread(target=lambda: (sys.stdin.readline(), stop.set()), daemon=True).start()
    until, n = time.perf_counter() + asked["seconds"], 1
    while not stop.is_set() or time.perf_counter() < until:
        client = Client(SERVER_NAME="localhost")
        client.cookies[COOKIE] = asked["cookies"][n % PAGES]
        began = time.perf_counter()
        client.post("/m/check-in/now") if n < PAGES else client.get("/m/check-in")
        took.append(1000 * (time.perf_counter() - began))
        n += 1
        time.sleep(max(0.0, 0.05 - (time.perf_counter() - began)))
    took.sort()
    print(json.dumps({"taps": len(took), "p50_ms": round(took[len(took) // 2], 1),
                      "p99_ms": round(took[int(len(took) * 0.99)], 1)}))  # fmt: skip


if __name__ == "__main__":
    main()
