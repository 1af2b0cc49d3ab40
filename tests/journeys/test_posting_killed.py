"""Whoever sends is killed again and again: nobody gets a message twice, and nobody is lost.

Two real carriers at the other end: a house that knows a repetition by its key, and a mail server that does not.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from aiosmtpd.controller import Controller

from tests.fresh import settle_in
from tests.interfaces.connectors.peers import Peer
from tests.serving import free_port, until

KILLS = int(os.environ.get("SIYU_KILLS", "3"))
PEOPLE = int(os.environ.get("SIYU_PEOPLE", "400"))
SECRET = "sixteen letters!"
FILL = """
import sys, django; django.setup()
import numpy as np
from siyu.core.insight.trials import controls
from siyu.core.outreach import dispatches, gate
from siyu.core.people import consent
from siyu.core.people.consent import Word
from siyu.core.people.numbers import number
from siyu.kit import clock
at, count = clock.now(), int(sys.argv[1])
controls.change(share=0, by="lin", at=at)
for channel, namespace, value in (("sms", "phone", "1390{:07}"), ("email", "email", "u{}@example.cn")):
    claims = {(namespace, value.format(n)): at for n in range(count)}
    people = list(number(claims, source="test").values())
    consent.take([Word(one, channel, "marketing", True, at) for one in people], source="test")
    said = {"channel": channel, "kind": "marketing", "variants": [{"text": "Hello"}]}
    made = dispatches.make(key=channel, by="lin", at=at, **said)
    gate.let_through(made, np.array(people), at=at)
"""
STATES = """
import json, django; django.setup()
from django.db.models import Count
from siyu.core.outreach.models import Outgoing
rows = Outgoing.objects.values_list("channel", "state").annotate(n=Count("pk")).order_by("channel", "state")
print(json.dumps([list(row) for row in rows]))
"""


class Carrier(Peer):
    def __init__(self) -> None:
        super().__init__()
        self.asked_for: list[str] = []

    def answer(self, method, path, headers, body):
        said = json.loads(body)
        self.asked_for.append(said["to"])
        return 200, {}, json.dumps({"id": said["key"]}).encode()


class Mailbox:
    def __init__(self) -> None:
        self.to: Counter[str] = Counter()

    async def handle_DATA(self, server, session, envelope):
        self.to.update(envelope.rcpt_tos)
        return "250 taken"


def test_nobody_is_told_twice_and_nobody_is_lost(tmp_path):
    home, carrier, mailbox = settle_in(tmp_path), Carrier(), Mailbox()
    server = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    server.start()
    hooks = tmp_path / "hooks.toml"
    hooks.write_text(f'[sms]\nurl = "{carrier.house}"\nsecret = "{SECRET}"\nper_second = 2000\n')
    environment = os.environ | {
        "SIYU_HOME": str(home), "SIYU_DATABASE_URL": "", "SIYU_HOOKS": str(hooks),
        "SIYU_MAIL": f"smtp://127.0.0.1:{server.port}", "DJANGO_SETTINGS_MODULE": "siyu.conf.settings",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }  # fmt: skip

    def python(*command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command], env=environment, check=True, stdout=subprocess.PIPE, text=True
        )
        return done.stdout

    def states() -> dict[tuple[str, str], int]:
        return {(channel, state): n for channel, state, n in json.loads(python("-c", STATES))}

    def worker() -> subprocess.Popen:
        return subprocess.Popen([sys.executable, "-m", "siyu", "worker", "--room", "post"], env=environment)

    try:
        python("-c", FILL, str(PEOPLE))
        for _ in range(KILLS):
            before, running = sum(mailbox.to.values()), worker()
            assert until(lambda before=before: sum(mailbox.to.values()) > before, pause=0.01), "nothing was sent"
            time.sleep(random.uniform(0, 0.5))
            running.send_signal(signal.SIGKILL)
            running.wait()
        last = worker()
        assert until(lambda: not any(state in ("queued", "sending") for _, state in states()), pause=1)
        last.terminate()
        last.wait()
        found = states()
    finally:
        server.stop()
        carrier.close()
    assert found["sms", "sent"] == PEOPLE == len(set(carrier.asked_for)), "somebody was lost"
    doubtful = found.get(("email", "doubtful"), 0)
    assert max(mailbox.to.values()) == 1, "somebody had a mail twice"
    assert found["email", "sent"] + doubtful == PEOPLE, "somebody was lost"
    assert found["email", "sent"] <= len(mailbox.to) <= PEOPLE, "what is said to be sent was not"
