"""An import is killed again and again, and ends as if nobody had touched it."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from tests.fresh import settle_in
from tests.serving import until

KILLS = int(os.environ.get("SIYU_KILLS", "3"))
TABLES = {
    "commerce_order": "number, placed_at, amount, discount",
    "commerce_line": "ordinal, quantity, amount, product_id",
    "commerce_refund": "number, at, amount",
    "commerce_refundline": "ordinal, quantity, amount",
    "people_identity": "namespace, value, seen_at",
    "eventlog_entry": "name, at",
}


def orders(path: Path, count: int) -> None:
    choose = random.Random(7)
    with path.open("w") as file:
        file.write("order_id,customer_id,order_date,sku,quantity,unit_price\n")
        for number in range(count):
            who, when = choose.randrange(count // 5), f"2026-01-{1 + number % 28:02} 10:00"
            for line in range(3):
                sku, price = (number * 7 + line) % 400, choose.randrange(1, 9000)
                file.write(f"{number},u{who},{when},s{sku},{1 + line},{price}e-2\n")
            if number % 9 == 0:
                file.write(f"C{number},u{who},{when},s{number * 7 % 400},-1,1.00\n")


def contents(home: Path) -> dict[str, list[tuple]]:
    with sqlite3.connect(home / "state.sqlite3") as db:
        return {name: sorted(db.execute(f"SELECT {columns} FROM {name}")) for name, columns in TABLES.items()}


def at_work(home: Path, process: subprocess.Popen) -> float:
    """When the import has opened a desk: before that it has done nothing that a kill could harm. One that finds all of
    the file there already opens none."""
    assert until(lambda: any((home / "imports").glob("orders-*")) or process.poll() is not None, pause=0.02)
    return time.monotonic()


def test_a_killed_import_goes_on_exactly_where_it_was(tmp_path):
    path = tmp_path / "orders.csv"
    orders(path, 8_000)

    def siyu(home: str, *command: str, **kind) -> subprocess.Popen:
        environment = os.environ | {"SIYU_HOME": str(tmp_path / home), "SIYU_DATABASE_URL": ""}
        silent = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
        return subprocess.Popen([sys.executable, "-m", "siyu", *command], env=environment, **silent)

    for home in ("whole", "killed"):
        settle_in(tmp_path / home)
    process = siyu("whole", "import", "orders", str(path), "--json")
    began = at_work(tmp_path / "whole", process)
    whole = json.loads(process.communicate()[0])
    length = time.monotonic() - began
    ends = []
    for turn in range(KILLS):
        process = siyu("killed", "import", "orders", str(path), "--json")
        at_work(tmp_path / "killed", process)
        time.sleep(random.uniform(0, (0.8 if turn else 0.4) * length))
        process.send_signal(signal.SIGKILL)
        ends.append(process.wait())
    assert -signal.SIGKILL in ends
    process = siyu("killed", "import", "orders", str(path), "--json")
    killed = json.loads(process.communicate()[0])
    assert process.returncode == 0
    assert killed["repeated"] or {**killed, "refused_file": ""} == {**whole, "refused_file": ""}
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")
    assert json.loads(siyu("killed", "import", "orders", str(path), "--json").communicate()[0])["repeated"]
