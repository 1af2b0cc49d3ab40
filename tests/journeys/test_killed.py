"""A worker is killed again and again while orders and behaviour come in: nothing is lost, nothing doubled."""

import json
import os
import random
import signal
import subprocess
import sys
import time

from tests.fresh import settle_in
from tests.serving import until

ROUNDS = int(os.environ.get("SIYU_KILLS", "4"))
WRITER = """
import sys, msgspec, django
django.setup()
from django.db import transaction
from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.dialects import Message
from siyu.core.eventlog.land import land
from siyu.events.commerce import OrderCancelled
from siyu.kit import clock

def write(turn):
    now = clock.now()
    with transaction.atomic():
        announce(*(OrderCancelled(at=now, order=order) for order in range(turn * 50, turn * 50 + 50)))
    views = [Message(name="Product Viewed", at=FIRST, id=str(i), claim=("device", f"d{i % 7}"))
             for i in range(turn * 20, turn * 20 + 40)]  # half of them come again in the next round
    land(msgspec.json.Encoder().encode_lines(views), count=40, source="app", dialect="siyu", received_at=now)

FIRST = clock.now()
for line in sys.stdin:
    write(int(line))
    print("done", flush=True)
"""


def test_a_killed_worker_loses_and_repeats_nothing(tmp_path):
    environment = os.environ | {"SIYU_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "siyu.conf.settings"}
    environment.pop("SIYU_DATABASE_URL", None)

    def siyu(*command: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "siyu", *command], env=environment, check=True, capture_output=True, text=True
        ).stdout

    settle_in(tmp_path)
    alive = tmp_path / "worker.alive"
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    for turn in range(ROUNDS):
        alive.unlink(missing_ok=True)
        worker = subprocess.Popen([sys.executable, "-m", "siyu", "worker", "--room", "flow"], env=environment)
        assert until(alive.exists), "the worker never began"
        writer.stdin.write(f"{turn}\n")
        writer.stdin.flush()
        assert writer.stdout.readline() == "done\n"
        time.sleep(random.uniform(0, 1.5))
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    writer.stdin.close()
    writer.wait()
    siyu("worker", "--once")
    assert counted(environment) == {
        "order.cancelled": [ROUNDS * 50, ROUNDS * 50],
        "Product Viewed": [ROUNDS * 20 + 20, ROUNDS * 20 + 20],
        "person.appeared": [7, 7],
    }
    assert json.loads(siyu("doctor", "--json"))["well"]


COUNT = """
import json, django
django.setup()
from siyu.core.eventlog import lake
thing = "coalesce(subject, message, identity)"
sql = f"SELECT name, count(*), count(DISTINCT {thing}) FROM {lake.scan('events')} GROUP BY 1"
with lake.connect() as db:
    print(json.dumps({name: counts for name, *counts in db.execute(sql).fetchall()}))
"""


def counted(environment: dict[str, str]) -> dict[str, list[int]]:
    """{event: [rows in the lake, different ones among them]}."""
    answer = subprocess.run([sys.executable, "-c", COUNT], env=environment, check=True, capture_output=True, text=True)
    return json.loads(answer.stdout)
