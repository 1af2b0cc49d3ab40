"""The judging of a million members, and what a dry run takes.

    .venv/bin/python -m bench.levels [--database sqlite|postgresql] [--members 1000000] [--orders 3]

Members with so many paid orders each over two years, one check-in for every second, and a scheme of three dimensions
and five levels. `first`: everybody is judged for the first time, and most rise. `daily`: the next day's judging, in
which few move (goal: 60 s for a million). `dry_run`: a harder draft on the same members. One JSON document.
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

AT = datetime(2026, 6, 1, 4, tzinfo=UTC)
AT_ONCE = 20_000


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--members", type=int, default=1_000_000)
    parser.add_argument("--orders", type=int, default=3)
    args = parser.parse_args()
    os.environ |= {"SIYU_TEST_DATABASE": args.database, "DJANGO_SETTINGS_MODULE": "siyu.conf.settings"}
    from tests import home  # a data folder and a server of its own

    try:
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        furnish(args.members, args.orders)
        print(json.dumps({"database": args.database, "members": args.members} | measured(), indent=1))
    finally:
        home.pytest_sessionfinish()


def furnish(members: int, orders: int) -> None:
    from django.db import transaction

    from siyu.core.people.models import Identity, Member, Person
    from siyu.features.commerce.models import Order
    from siyu.features.loyalty.models import CheckIn
    from siyu.kit.rows import insert

    for first in range(1, members + 1, AT_ONCE):
        some = range(first, min(first + AT_ONCE, members + 1))
        with transaction.atomic():
            insert(Person, ("id", "since", "name"), [(n, AT, "") for n in some])
            columns = ("id", "namespace", "value", "source", "seen_at", "person")
            insert(Identity, columns, [(n, "member", f"m{n}", "bench", AT, n) for n in some])
            joined = AT - timedelta(days=800)
            insert(Member, ("identity", "joined_at", "name", "language"), [(n, joined, "", "") for n in some])
            sold = (
                "source",
                "number",
                "identity",
                "placed_at",
                "amount",
                "discount",
                "currency",
                "rate",
                "gift",
                "digest",
            )
            insert(
                Order,
                sold,
                [
                    ("bench", f"{n}-{i}", n, AT - timedelta(days=(n * 37 + i * 211) % 730),
                     (n * 7919) % 40_000 + 100, 0, "CNY", 1, False, "x")
                    for n in some
                    for i in range(orders)
                ],
            )  # fmt: skip
            insert(CheckIn, ("identity", "day", "at"), [(n, AT.date().isoformat(), AT) for n in some if n % 2])


def measured() -> dict[str, Any]:
    from siyu.features.loyalty.levels import actions, judging
    from siyu.features.loyalty.levels.reading import read

    scheme = body((1, 100, 300, 600, 1000))
    actions.publish(version=actions.write(body=scheme, by="bench", at=AT).version, by="bench", at=AT)
    return {
        "first": timed(lambda: judging.judge_due(AT + timedelta(hours=1))),
        "daily": timed(lambda: judging.judge_due(AT + timedelta(days=1))),
        "dry_run": timed(lambda: judging.dry_run(read(body((1, 150, 400, 800, 1500))), AT + timedelta(days=1)).fall),
        "load": os.getloadavg()[0],
    }


def body(enters: tuple[int, ...]) -> dict[str, Any]:
    year = {"kind": "rolling", "days": 365}
    levels = [{"name": f"V{n}", "enter": enter, "keep": enter * 6 // 10} for n, enter in enumerate(enters, 1)]
    return {
        "dimensions": [
            {"name": "spend", "metric": "spend", "window": year, "points": 1, "per": 100},
            {"name": "orders", "metric": "orders", "window": {"kind": "lifetime"}, "points": 5, "per": 1},
            {"name": "days", "metric": "check_ins", "window": year, "points": 2, "per": 1},
        ],
        "levels": levels, "grace_days": 0, "falling": "one", "losing": "leave",
    }  # fmt: skip


def timed(do: Callable[[], int]) -> dict[str, Any]:
    began, busy = time.perf_counter(), time.process_time()
    moved = do()
    spent = {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - busy}
    return {"moved": moved} | {name: round(value, 1) for name, value in spent.items()}


if __name__ == "__main__":
    main()
