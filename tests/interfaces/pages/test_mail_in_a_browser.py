"""A served house mails a real mail server, and a real Chromium reads what came: follows the link, says no more of it,
and takes that back. What the house knows of it is read from its own tables."""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fresh import settle_in
from tests.interfaces.console.test_console_in_a_browser import CHROMIUM, FLAGS, PHONE, Visitor
from tests.interfaces.pages.test_told_by_mail import Mailbox
from tests.serving import free_port, served

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
controller = pytest.importorskip("aiosmtpd.controller")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("mail in a browser"),
    pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine: no mail was read in a browser"),
    pytest.mark.skipif("SIYU_DATABASE_URL" in os.environ, reason="a browser sees no database: walked with SQLite"),
]
PATIENCE = 60.0
PERSON = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36"
"""What says of itself that it is a program has clicked nothing."""


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    box.port = free_port()
    server = controller.Controller(box, hostname="127.0.0.1", port=box.port)
    server.start()
    yield box
    server.stop()


@pytest.fixture
def home(tmp_path) -> Path:
    return settle_in(tmp_path / "house")


@pytest.fixture
def house(home, mailbox) -> Iterator[str]:
    address = f"http://127.0.0.1:{free_port()}"
    mail = {"SIYU_MAIL": f"smtp://127.0.0.1:{mailbox.port}", "DJANGO_SETTINGS_MODULE": "siyu.conf.settings"}
    environment = os.environ | mail | {"SIYU_HOME": str(home)}
    subprocess.run([sys.executable, "-m", f"{__package__}.small_mailing", address], env=environment, check=True)
    with served(environment, address):
        yield address


@pytest.fixture
def browser():
    with playwright.sync_playwright() as player:
        started = player.chromium.launch(executable_path=CHROMIUM or shutil.which("chromium"), args=FLAGS)
        yield started
        started.close()


def asked(home: Path, question: str) -> list[tuple]:
    with sqlite3.connect(f"file:{home / 'state.sqlite3'}?mode=ro", uri=True) as db:
        return db.execute(question).fetchall()


def until(what, wanted) -> None:
    end = time.monotonic() + PATIENCE
    while (found := what()) != wanted:
        assert time.monotonic() < end, found
        time.sleep(0.3)


def test_a_mail_is_clicked_refused_and_forgiven(browser, house, home, mailbox):
    until(lambda: len(mailbox.mails), 1)
    html = mailbox.mails[0].get_body(("html",)).get_content()
    one = Visitor(browser, house, PHONE, user_agent=PERSON)
    page = one.page
    page.goto(f"{house}/healthz")
    page.set_content(html)
    page.click("#may")
    page.wait_for_url("**/m/**")
    kinds = lambda: sorted(kind for (kind,) in asked(home, "SELECT kind FROM outreach_receipt"))  # noqa: E731
    until(kinds, ["clicked", "opened"])
    tallies = "SELECT kind, count FROM outreach_tally ORDER BY kind"
    assert asked(home, tallies) == [("clicked", 1), ("opened", 1)]
    page.set_content(html)
    page.click("#out")
    page.wait_for_url("**/u/*")
    one.complaints.clear()  # what a mail looks like is no page of ours: it has no icon
    assert "Corner shop sent you this message." in one.look()
    page.click(".stacked form .primary")
    page.wait_for_selector(".stacked form .quiet")
    one.look()
    granted = lambda: [bool(yes) for (yes,) in asked(home, "SELECT granted FROM people_consent")]  # noqa: E731
    until(granted, [False])
    until(kinds, ["clicked", "opened", "unsubscribed"])
    page.click(".stacked form .quiet")
    page.wait_for_selector(".stacked form .primary")
    one.look()
    until(granted, [True])
