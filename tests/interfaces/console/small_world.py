"""A small shop in a data folder of its own, for tests that meet a served house: `python -m … PASSWORD`.

Thirty people bought for half a year until yesterday; the last five of them stopped three months ago.
"""

import csv
import sys
from datetime import timedelta
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402

from siyu.cli import running  # noqa: E402
from siyu.core.eventlog.drain import drain_all  # noqa: E402
from siyu.core.eventlog.imports import Options, carry  # noqa: E402
from siyu.core.insight import screening  # noqa: E402
from siyu.core.insight.refresh import refresh_derived  # noqa: E402
from siyu.core.people.actions import make_tag  # noqa: E402
from siyu.core.team.actions import create_operator  # noqa: E402
from siyu.features.commerce.imports import orders  # noqa: E402
from siyu.kit import clock  # noqa: E402

OPERATOR = "alice"
HEAD = ["order_id", "phone", "ordered_at", "product", "category", "quantity", "amount"]


def furnish(password: str) -> None:
    running.prepare(brand="Corner shop", currency="CNY", zone="Asia/Shanghai", language="zh-hans")
    now = clock.now()
    with (settings.HOME / "orders.csv").open("w", newline="") as file:
        csv.writer(file).writerows([HEAD, *bought(now)])
    carry(orders, Path(file.name), options=Options(source="shop", currency="CNY"), at=now)
    drain_all()
    refresh_derived(now)
    screening.monthly(now)
    make_tag(group="Interest", name="cooking")
    create_operator(username=OPERATOR, password=password, owner=True, at=now)


def bought(now) -> list[list[str]]:
    rows = []
    for who in range(30):
        last = 90 if who >= 25 else 1
        for n in range(3 + who % 5):
            day = now - timedelta(days=last + 17 * n + who % 7)
            product = ("milk", "tea", "rice")[(who + n) % 3]
            amount = f"{20 + who + 3 * n}.50"
            rows.append([f"{who}-{n}", f"1380000{who:04}", f"{day:%Y-%m-%d %H:%M:%S}", product, "food", "1", amount])
    return rows


if __name__ == "__main__":
    furnish(sys.argv[1])
