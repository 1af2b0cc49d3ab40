"""`make proof`: the house is killed at random points under load, again and again; nothing is lost and nothing doubled.

Senders post messages with ids of their own and write down which were answered with 200. Every round something dies of
SIGKILL: the web process, a worker, or the whole house, which is then started again. In the end every answered message
stands in the lake, and none stands there twice; one that was not answered may stand there once.

    .venv/bin/python -m tests.proof [--rounds 100]
"""

import argparse
import base64
import http.client
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

from tests.serving import House, in_lake

SENDERS = 4
BATCH = 20


class Sender(threading.Thread):
    """Posts batches until it is told to stop; what was not answered is sent again, as an SDK does."""

    def __init__(self, house: House, key: str, number: int) -> None:
        super().__init__(daemon=True)
        self.house, self.number, self.over = house, number, threading.Event()
        self.headers = {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}
        self.answered: set[str] = set()
        self.tries = 0

    def run(self) -> None:
        turn = 0
        while not self.over.is_set():
            ids = [f"{self.number}-{turn}-{n}" for n in range(BATCH)]
            while not self.post(ids):
                self.tries += 1
                if self.over.wait(0.05):
                    return
            self.answered.update(ids)
            turn += 1

    def post(self, ids: list[str]) -> bool:
        batch = [{"type": "track", "event": "Seen", "messageId": one, "userId": f"u{one[-1]}"} for one in ids]
        web = http.client.HTTPConnection("127.0.0.1", self.house.port, timeout=10)
        with suppress(OSError, http.client.HTTPException):
            web.request("POST", "/v1/batch", json.dumps({"batch": batch}), self.headers)
            return web.getresponse().status == 200
        return False


def prove(home: Path, rounds: int, dice: random.Random) -> dict[str, int]:
    """Run the rounds; how many messages were answered, kept, lost and doubled."""
    with House(home) as house:
        key = json.loads(house.siyu("source", "create", "app", "--protocol", "segment", "--json"))["write_key"]
        senders = [Sender(house, key, number) for number in range(SENDERS)]
        for sender in senders:
            sender.start()
        for turn in range(rounds):
            time.sleep(dice.uniform(0.2, 2.0))
            strike(house, dice)
            print(f"round {turn + 1}: {sum(len(s.answered) for s in senders):,} answered", file=sys.stderr, flush=True)
        for sender in senders:
            sender.over.set()
            sender.join(30)
        house.fall()
        house.start()
        house.settle("app")
        kept = house.kept("app")
    answered = {in_lake("app", one) for sender in senders for one in sender.answered}
    return {
        "rounds": rounds,
        "answered": len(answered),
        "kept": len(kept),
        "lost": len(answered - set(kept)),
        "doubled": len(kept) - len(set(kept)),
        "sent_again": sum(sender.tries for sender in senders),
    }


def strike(house: House, dice: random.Random) -> None:
    """Something dies without a word."""
    victim = dice.choice(["web", "worker", "house"])
    if victim != "house":
        family = [
            pid for pid, name in house.family() if name.startswith("siyu ") and ("web" in name) == (victim == "web")
        ]
        chosen = dice.choice(family) if family else 0
        with suppress(ProcessLookupError):
            os.kill(chosen, signal.SIGKILL) if chosen else None
        time.sleep(dice.uniform(0, 0.5))
    if victim == "house" or not house.stands():
        house.fall()
        house.start()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="siyu-proof-") as folder:
        told = prove(Path(folder), args.rounds, random.Random(args.seed))
    print(json.dumps({"seed": args.seed, **told}))
    return int(told["lost"] > 0 or told["doubled"] > 0)


if __name__ == "__main__":
    sys.exit(main())
