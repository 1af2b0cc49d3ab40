"""Whoever sends reports is killed at the worst moment: the server has the letter, and nobody has written that down."""

import json
import os
import signal
import subprocess
import sys
import time
from email import message_from_bytes
from pathlib import Path

from aiosmtpd.controller import Controller

from tests.fresh import settle_in
from tests.serving import free_port, until

FILL = """
import django; django.setup()
from datetime import timedelta
from siyu.core.insight import refresh
from siyu.features.traffic import returns
from siyu.features.traffic.reports import subscribing
from siyu.kit import clock
from tests.selling import listed, order, sell
at = clock.now()
sell(listed(1), *(order(n, n, at.date() - timedelta(days=n), (1, 100)) for n in range(1, 20)))
refresh.refresh_derived(at)
returns.refresh(at)
said = {"rhythm": "day", "language": "en", "by": "lin", "hour": 0, "at": at - timedelta(days=2)}
subscribing.subscribe(addresses=[f"u{n}@example.cn" for n in range(5)], **said)
"""
STATES = """
import json, django; django.setup()
from siyu.features.traffic.reports.models import Edition
print(json.dumps(list(Edition.objects.values_list("state", flat=True).order_by("pk"))))
"""


class Mailbox:
    """The first three letters are the last that their sender does."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []
        self.sender: subprocess.Popen | None = None

    async def handle_DATA(self, server, session, envelope):
        mail = message_from_bytes(envelope.content)
        self.found.append((mail["To"], mail["Message-ID"]))
        if len(self.found) <= 3 and self.sender:
            self.sender.send_signal(signal.SIGKILL)
            time.sleep(0.2)
        return "250 taken"


def test_no_report_is_lost_and_none_is_another_letter(tmp_path):
    home, mailbox = settle_in(tmp_path), Mailbox()
    server = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    server.start()
    environment = os.environ | {
        "SIYU_HOME": str(home), "SIYU_DATABASE_URL": "", "SIYU_MAIL": f"smtp://127.0.0.1:{server.port}",
        "DJANGO_SETTINGS_MODULE": "siyu.conf.settings", "PYTHONPATH": str(Path(__file__).parents[2]),
    }  # fmt: skip

    def python(*command: str) -> str:
        done = subprocess.run([sys.executable, *command], env=environment, check=True, stdout=subprocess.PIPE)
        return done.stdout.decode()

    def worker() -> subprocess.Popen:
        return subprocess.Popen([sys.executable, "-m", "siyu", "worker", "--room", "post"], env=environment)

    try:
        python("-c", FILL)
        for _ in range(3):
            mailbox.sender = worker()
            mailbox.sender.wait(60)
        mailbox.sender = worker()
        assert until(lambda: json.loads(python("-c", STATES)).count("sent") >= 5, pause=0.5)
        mailbox.sender.terminate()
        mailbox.sender.wait()
        states = json.loads(python("-c", STATES))
    finally:
        server.stop()
    periods = len(states) // 5
    assert len(states) == 5 * periods and set(states) == {"sent"}, "somebody was lost"
    assert len(set(mailbox.found)) == len(states), "a letter that was begun twice is the same letter"
    assert len({number for _, number in mailbox.found}) == len(states)
