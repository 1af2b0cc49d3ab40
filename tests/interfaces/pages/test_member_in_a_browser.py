"""A served house, a real Chromium: a member's way from the shop to a paid order, on a phone and at a desk, in both
languages. No page is wider than the screen, and the browser has nothing to complain about."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fresh import settle_in
from tests.interfaces.console.test_console_in_a_browser import CHROMIUM, DESK, FLAGS, PHONE, Visitor
from tests.serving import served

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("member in a browser"),  # one house for all of them
    pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine: members' pages were not walked in a browser"),
    pytest.mark.skipif("SIYU_DATABASE_URL" in os.environ, reason="a browser sees no database: walked with SQLite"),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return settle_in(tmp_path_factory.mktemp("house"))


@pytest.fixture(scope="module")
def house(home) -> Iterator[str]:
    environment = os.environ | {"SIYU_HOME": str(home), "DJANGO_SETTINGS_MODULE": "siyu.conf.settings"}
    for name in ("SIYU_ZONE", "SIYU_LANGUAGE"):
        environment.pop(name, None)
    subprocess.run([sys.executable, "-m", f"{__package__}.small_shop"], env=environment, check=True)
    with served(environment) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as player:
        started = player.chromium.launch(executable_path=CHROMIUM or shutil.which("chromium"), args=FLAGS)
        yield started
        started.close()


def code(home: Path) -> str:
    newest = sorted((home / "outbox").glob("*.json"))[-1]
    return re.findall(r"\b\d{6}\b", json.loads(newest.read_text())["text"])[0]


@pytest.mark.parametrize("screen", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_it_works(browser, house, home, screen, language):
    """Look, put in the cart as nobody, sign in, order, press the demo's button, see the order, ask for a refund."""
    one = Visitor(browser, house, screen)
    one.context.add_cookies([{"name": "django_language", "value": language, "url": house}])
    page = one.page
    one.look("/m/")
    page.click(".good >> nth=1")
    one.look()
    page.click(".dock .primary")
    page.wait_for_selector(".said")
    one.look("/m/cart")
    page.click(".stepper button >> nth=1")
    page.wait_for_selector(".stepper .num:text-is('2')")
    page.click(".dock .primary")
    page.wait_for_url("**/sign-in**")
    one.look()
    page.fill("[name=contact]", f"lin-{screen[0]}-{language}@example.cn")
    page.click(".primary")
    page.wait_for_url("**/code**")
    one.look()
    page.fill("[name=code]", code(home))
    page.click(".primary")
    page.wait_for_url("**/checkout")
    one.look()
    for name, said in (
        ("name", "林悦"),
        ("phone", "13812345678"),
        ("region", "上海市静安区"),
        ("street", "南京西路 1 号"),
    ):
        page.fill(f"[name={name}]", said)
    page.dblclick(".dock .primary")  # a second tap is the same order
    page.wait_for_url("**/pay")
    one.look()
    page.click("[value=demo]")
    page.wait_for_url("**/press")
    one.look()
    page.click("form .primary")
    page.wait_for_url(re.compile(r"/orders/ord_\w+$"))
    order = page.url.removeprefix(house)
    one.look()
    one.look("/m/orders")
    assert page.locator(".card.order").count() == 1
    one.look(f"{order}/refund")
    page.select_option("select >> nth=0", "1")
    page.fill("[name=reason]", "broken")
    page.click("form .primary")
    page.wait_for_url(f"**{order}")
    for path in (
        "/m/me",
        "/m/me/name",
        "/m/me/consents",
        "/m/me/erase",
        "/m/?search=tea",
        "/m/?search=none",
        "/m/offline",
    ):
        one.look(path)
    page.goto("/m/me/consents")
    page.click(".toggle >> nth=0")
    page.wait_for_selector(".toggle[aria-checked=true]")
    assert one.look()
    one.context.close()


def test_without_a_connection_a_kept_page_says_so(browser, house):
    one = Visitor(browser, house, PHONE)
    one.look("/m/")
    one.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    one.page.reload()
    one.context.set_offline(True)
    one.page.goto("/m/cart")
    assert "没有网络" in one.page.inner_text("main")
    one.context.set_offline(False)
    one.context.close()
