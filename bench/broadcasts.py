"""A broadcast to many, from the click to the last queued message.

    .venv/bin/python -m bench.broadcasts [--people 250000]

`filled` is the worker's part: whom it is for is settled, a trial opened, and the outbox filled through the gate, with
consent, caps and holdout. Goal: 250,000 people in 5 s. SQLite in full sync. One JSON document.
"""

import argparse
import json
import os
import tempfile
import time
from typing import Any


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=250_000)
    count = parser.parse_args().people
    with tempfile.TemporaryDirectory(prefix="siyu-bench-") as home:
        os.environ |= {"SIYU_HOME": home, "SIYU_DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "siyu.conf.settings"}
        import django

        django.setup()
        from siyu.cli import running

        running.prepare()
        print(json.dumps(measured(count), indent=2))


def measured(count: int) -> dict[str, Any]:
    from siyu.core.outreach import broadcasts
    from siyu.core.outreach.broadcasts import results
    from siyu.core.outreach.broadcasts.models import Broadcast
    from siyu.core.outreach.templates import writing
    from siyu.kit import clock

    people, at = crowd(count), clock.now()
    version = writing.write(code="bench", title="Bench", kind="marketing", by="bench", at=at,
        bodies={"en": {"text": "Dear {name|friend}"}}).pk  # fmt: skip
    wish = broadcasts.Wish(title="Bench", channel="sms", variants=[{"version": version}], people=people)
    one = broadcasts.draft(wish=wish, by="bench", at=at)
    began, worked = time.perf_counter(), time.process_time()
    broadcasts.plan(broadcast=one.pk, by="bench", at=clock.now())
    while Broadcast.objects.values_list("state", flat=True).get(pk=one.pk) in ("planned", "filling"):
        broadcasts.work_off(clock.now())
    told = {"filled": round(time.perf_counter() - began, 2), "cpu_s": round(time.process_time() - worked, 2)}
    return {"people": count, "load_average": os.getloadavg()[0], **told, "reasons": results.whole(one.pk).reasons}


def crowd(count: int) -> list[int]:
    """People with a phone who say yes, as plain rows."""
    from siyu.core.people.models import Consent, Identity, Person
    from siyu.kit import clock
    from siyu.kit.rows import insert

    at, numbers = clock.now(), range(1, count + 1)
    insert(Person, ("id", "since", "name"), ((n, at, "") for n in numbers))
    insert(Identity, ("id", "namespace", "value", "person", "source", "seen_at"),
        ((n, "phone", f"139{n:08}", n, "bench", at) for n in numbers))  # fmt: skip
    insert(Consent, ("identity", "channel", "purpose", "granted", "source", "at"),
        ((n, "sms", "marketing", True, "bench", at) for n in numbers))  # fmt: skip
    return list(numbers)


if __name__ == "__main__":
    main()
