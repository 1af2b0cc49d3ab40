"""A real Chromium asks for messages with the button, and its worker shows what a broadcast brought to its push service.

The great push services are out of reach here, so that the promise a browser gets from them is made by a push service of
the test; the button, the house, the seal and the pages' worker are real."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fresh import settle_in
from tests.interfaces.connectors.pushing import PushService
from tests.interfaces.console.test_console_in_a_browser import CHROMIUM, FLAGS, PHONE, Visitor
from tests.interfaces.pages.test_member_in_a_browser import code
from tests.serving import free_port, served, until

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("push in a browser"),
    pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine: no message was pushed to a browser"),
    pytest.mark.skipif("SIYU_DATABASE_URL" in os.environ, reason="a browser sees no database: walked with SQLite"),
]
PLAN = """
import django; django.setup()
from siyu.core.insight.trials import controls
from siyu.core.outreach import broadcasts
from siyu.core.outreach.models import PushSubscription
from siyu.core.outreach.templates import writing
from siyu.kit import clock
at, by = clock.now(), "lin"
controls.change(share=0, by=by, at=at)
words = {"subject": "May 五月", "text": "It is spring: {link:/m/}"}
said = {"kind": "service", "channels": ["web_push"], "bodies": {"en": words, "zh-hans": words}}
version = writing.write(code="may", title="May", **said, by=by, at=at).pk
people = [PushSubscription.objects.get().identity]
wish = broadcasts.Wish(title="May", channel="web_push", variants=[{"version": version}], people=people, holdout=0)
broadcasts.plan(broadcast=broadcasts.draft(wish=wish, by=by, at=at).pk, by=by, at=at)
"""


@pytest.fixture
def service() -> Iterator[PushService]:
    made = PushService(time.time())
    yield made
    made.close()


@pytest.fixture
def home(tmp_path) -> Path:
    return settle_in(tmp_path / "house")


@pytest.fixture
def environment(home) -> dict[str, str]:
    more = {"SIYU_HOME": str(home), "SIYU_PUSH_SERVICES": "127.0.0.1", "SIYU_LANGUAGE": "en"}
    return os.environ | more | {"DJANGO_SETTINGS_MODULE": "siyu.conf.settings"}


@pytest.fixture
def house(environment) -> Iterator[str]:
    address = f"http://127.0.0.1:{free_port()}"
    environment["SIYU_ADDRESS"] = address
    with served(environment, address):
        yield address


@pytest.fixture
def visitor(house, home, service) -> Iterator[Visitor]:
    promise = json.dumps(service.browser("phone").promise())
    with playwright.sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM or shutil.which("chromium"), args=FLAGS)
        one = Visitor(browser, house, PHONE, permissions=["notifications"])
        one.context.add_init_script(f"PushManager.prototype.subscribe = async () => ({promise});")
        one.page.goto("/m/sign-in?next=/m/me/consents")
        one.page.fill("[name=contact]", "lin@example.cn")
        one.page.click(".primary")
        one.page.wait_for_url("**/code**")
        one.page.fill("[name=code]", code(home))
        one.page.click(".primary")
        one.page.wait_for_url("**/me/consents")
        yield one
        browser.close()


def test_a_broadcast_is_shown_by_the_browser_that_asked_for_it(visitor, house, service, environment):
    page = visitor.page
    assert "Show messages in this browser" in visitor.look()
    page.click("[data-push] button")
    page.wait_for_selector("text=This browser shows our messages")
    page.click("[aria-label='Web push: Service']")
    page.wait_for_selector("[aria-label='Web push: Service'][aria-checked=true]")
    visitor.look()
    subprocess.run([sys.executable, "-c", PLAN], env=environment, check=True)
    assert until(lambda: bool(service.browsers["/push/phone"].shown)), "nothing was pushed"
    [said] = service.browsers["/push/phone"].shown
    deliver(visitor, house, json.dumps(said))
    shown = "navigator.serviceWorker.ready.then(r => r.getNotifications()).then(all => all.map(n => [n.title, n.body]))"
    assert until(lambda: page.evaluate(shown) == [["May 五月", "It is spring"]], 30), page.evaluate(shown)
    page.click("text=Stop")
    page.wait_for_selector("text=Show messages in this browser")
    visitor.look()


def deliver(visitor: Visitor, house: str, said: str) -> None:
    """What a push service does last."""
    known: list[dict] = []
    session = visitor.context.new_cdp_session(visitor.page)
    session.on("ServiceWorker.workerRegistrationUpdated", lambda told: known.extend(told["registrations"]))
    session.send("ServiceWorker.enable")
    visitor.page.wait_for_function("navigator.serviceWorker.ready.then(() => true)")
    assert until(lambda: visitor.page.wait_for_timeout(100) or bool(known), 30)
    number = known[-1]["registrationId"]
    session.send("ServiceWorker.deliverPushMessage", {"origin": house, "registrationId": number, "data": said})
