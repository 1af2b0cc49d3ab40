"""`make proof`: a broadcast to a million, while whoever fills the outbox and posts it is killed again and again.

In the end everybody who was asked about is in one verdict; whoever was let through has the message once in their inbox,
and the log says once that it was sent; nobody else has it.

    .venv/bin/python -m tests.telling [--people 1000000] [--kills 20]
"""

import argparse
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.fresh import settle_in
from tests.serving import until

LONGEST = 4 * 3600
FILL = """
import sys, django; django.setup()
from siyu.core.outreach import broadcasts
from siyu.core.outreach.templates import writing
from siyu.core.people.models import Consent, Identity, Member, Person
from siyu.kit import clock
from siyu.kit.rows import insert
at, people = clock.now(), range(1, int(sys.argv[1]) + 1)
insert(Person, ("id", "since", "name"), ((n, at, "") for n in people))
insert(Identity, ("id", "namespace", "value", "person", "source", "seen_at"),
    ((n, "member", f"m{n:08}", n, "proof", at) for n in people))
insert(Member, ("identity", "joined_at", "name", "language"), ((n, at, "", "") for n in people))
insert(Consent, ("identity", "channel", "purpose", "granted", "source", "at"),
    ((n, "inapp", "marketing", n % 20 != 0, "proof", at) for n in people))
version = writing.write(code="proof", title="Proof", kind="marketing", by="proof", at=at,
    bodies={"en": {"text": "Dear {name|friend}"}}).pk
wish = broadcasts.Wish(title="Proof", channel="inapp", variants=[{"version": version}], people=list(people))
broadcasts.plan(broadcast=broadcasts.draft(wish=wish, by="proof", at=at).pk, by="proof", at=at)
"""
HOW_FAR = """SELECT (SELECT state FROM outreach_broadcast), (SELECT max(id) FROM outreach_outgoing),
    (SELECT max(id) FROM outreach_inboxitem)"""
FOUND = """
import json, django; django.setup()
from collections import Counter
from django.db.models import Count
from pyroaring import BitMap
from siyu.core.eventlog.models import Entry
from siyu.core.outreach.gate import verdicts
from siyu.core.outreach.models import REASONS, Dispatch, InboxItem, Outgoing, Receipt
dispatch = Dispatch.objects.get()
said = {why: BitMap(n for some in verdicts.people_of(dispatch, why) for n in some.tolist()) for why in REASONS}
told = Counter(InboxItem.objects.values_list("identity", flat=True).iterator())
announced = Entry.objects.filter(name="message.sent")
print(json.dumps({
    "reasons": {why: len(people) for why, people in said.items() if people},
    "asked": sum(map(len, said.values())),
    "asked_of": len(BitMap.union(*said.values())),
    "told": len(told),
    "twice": sum(n > 1 for n in told.values()),
    "lost": len(said["allowed"] - BitMap(told)),
    "strangers": len(BitMap(told) - said["allowed"]),
    "states": dict(Outgoing.objects.values_list("state").annotate(Count("pk")).order_by("state")),
    "announced": announced.count(),
    "announced_of": announced.values("identity").distinct().count(),
}))
"""


def prove(home: Path, people: int, kills: int, dice: random.Random) -> dict[str, Any]:
    """What was found when all had gone out: the figures that must be zero are `twice`, `lost` and `strangers`."""
    environment = os.environ | {
        "SIYU_HOME": str(home), "SIYU_DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "siyu.conf.settings",
        "PYTHONPATH": str(Path(__file__).parents[1]),
    }  # fmt: skip

    def python(*command: str) -> str:
        run = [sys.executable, *command]
        return subprocess.run(run, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout

    def how_far() -> tuple:
        with closing(sqlite3.connect(f"file:{home / 'state.sqlite3'}?mode=ro", uri=True)) as db:
            return db.execute(HOW_FAR).fetchone()

    def worker() -> subprocess.Popen:
        return subprocess.Popen([sys.executable, "-m", "siyu", "worker", "--room", "post"], env=environment)

    python("-c", FILL, str(people))
    began, struck = time.monotonic(), 0
    while struck < kills and (before := how_far())[0] != "done":
        running = worker()
        moved = until(lambda before=before: how_far() != before, LONGEST, pause=0.05)
        time.sleep(dice.uniform(0, 2))
        running.send_signal(signal.SIGKILL)
        running.wait()
        assert moved, "nothing was done"
        struck += 1
        print(f"kill {struck}: {how_far()}", file=sys.stderr, flush=True)
    last = worker()
    assert until(lambda: how_far()[0] == "done", LONGEST, pause=1), how_far()
    last.terminate()
    last.wait()
    said = {"people": people, "kills": struck, "seconds": round(time.monotonic() - began)}
    return said | json.loads(python("-c", FOUND))


def sound(told: dict[str, Any]) -> bool:
    once = (told["twice"], told["lost"], told["strangers"]) == (0, 0, 0)
    asked = told["people"] == told["asked"] == told["asked_of"]
    said = told["told"] == told["announced"] == told["announced_of"] == told["reasons"]["allowed"]
    return once and asked and said and told["states"] == {"sent": told["told"]}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="siyu-proof-") as folder:
        told = prove(settle_in(Path(folder)), args.people, args.kills, random.Random(args.seed))
    print(json.dumps({"seed": args.seed, **told}))
    return int(not sound(told))


if __name__ == "__main__":
    sys.exit(main())
