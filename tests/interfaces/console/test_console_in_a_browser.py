"""A served house, a real Chromium: the operator's way through the console, at a desk and on a phone.

No page may be wider than the screen, and the browser may have nothing to complain about: no script error, nothing that
the content security policy refused, nothing that is missing.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.fresh import settle_in
from tests.interfaces.console.team import PASSWORD
from tests.serving import served

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
DESK, PHONE = (1440, 900), (390, 844)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("console in a browser"),  # one house for all of them
    pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine: the console was not walked in a browser"),
    pytest.mark.skipif("SIYU_DATABASE_URL" in os.environ, reason="a browser sees no database: walked with SQLite"),
]
ORDERS = """order_id,phone,ordered_at,product,quantity,amount
new-1,13900000001,2026-03-01 10:00:00,milk,1,10.00
new-2,13900000002,2026-03-02 10:00:00,milk,1,12.00
new-3,13900000003,never,milk,1,12.00
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory) -> Iterator[str]:
    """The address of a house with a small shop in it."""
    home = settle_in(tmp_path_factory.mktemp("house"))
    environment = os.environ | {"SIYU_HOME": str(home), "DJANGO_SETTINGS_MODULE": "siyu.conf.settings"}
    for name in ("SIYU_ZONE", "SIYU_LANGUAGE"):
        environment.pop(name, None)
    subprocess.run([sys.executable, "-m", f"{__package__}.small_world", PASSWORD], env=environment, check=True)
    with served(environment) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as player:
        started = player.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="module", params=[DESK, PHONE], ids=["desk", "phone"])
def screen(request) -> tuple[int, int]:
    return request.param


class Visitor:
    """A browser window that remembers what the browser complained about."""

    def __init__(self, browser, house: str, size: tuple[int, int], **more) -> None:
        width, height = size
        more = {"locale": "en-GB", **more}
        self.context = browser.new_context(base_url=house, viewport={"width": width, "height": height}, **more)
        self.context.add_cookies([{"name": "django_language", "value": "en", "url": house}])
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda one: self.complaints.append(one.text) if one.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def sign_in(self) -> None:
        self.page.goto("/people")
        self.page.fill("[name=username]", "alice")
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("form .primary")
        self.page.wait_for_url("**/people")

    def look(self, path: str = "") -> str:
        """Go there, or look around: it fits the screen, and the browser is content."""
        if path:
            answer = self.page.goto(path)
            assert answer.ok, f"{path}: {answer.status}"
        self.page.wait_for_load_state("load")
        where, wide = self.page.url, self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{where} is {wide} px wider than the screen"
        complaints, self.complaints[:] = list(self.complaints), []
        assert complaints == [], where
        return self.page.inner_text("main")


@pytest.fixture(scope="module")
def visitor(browser, house, screen) -> Iterator[Visitor]:
    one = Visitor(browser, house, screen)
    one.sign_in()
    yield one
    one.context.close()


def test_it_works(visitor):
    """From the figure to the people behind it, to one of them, to an audience of their like, to a seed user."""
    page = visitor.page
    assert "best fifth" in visitor.look("/cockpit")
    page.wait_for_selector("[data-chart=gmv] .bars .point >> nth=3")
    page.click(".todo a >> nth=0")
    visitor.look()
    visitor.look("/people?sort=spend")
    page.select_option("[name=sort]", "recent")  # a change of a filter is its submission
    page.wait_for_url("**sort=recent**")
    page.click("#rows a.who >> nth=0")
    assert "What happened" in visitor.look()
    page.click("button:has-text('Reveal')")
    page.wait_for_selector("#identities:has-text('1380000')")
    count_and_save(visitor, name=f"Not yet regulars {page.viewport_size}")
    decide(visitor)


def count_and_save(visitor: Visitor, name: str) -> None:
    page = visitor.page
    visitor.look("/audiences/new")
    everybody = int(page.inner_text(".count1"))
    page.click("summary:has-text('Behaviour')")
    page.select_option("[name=d_event]", "order.placed")
    page.fill("[name=d_value]", "4")
    page.click(".adder[open] button:has-text('Add')")
    page.wait_for_selector(".cond b")
    regulars = int(page.inner_text(".count1"))
    assert 0 < regulars < everybody, "the count follows the condition at once"
    page.click(".cond >> button:has-text('Not')")
    page.wait_for_selector(f".count1:text-is('{everybody - regulars}')")
    page.click("#builder td button:has-text('Why') >> nth=0")
    page.wait_for_selector("#why li")
    visitor.look()
    page.fill("[name=name]", name)
    page.click("button:has-text('Save')")
    page.wait_for_url(re.compile(r"/audiences/aud_"))
    assert name in visitor.look()
    page.click("button:has-text('Snapshot')")
    page.wait_for_selector(f"td.num:text-is('{everybody - regulars}')")


def decide(visitor: Visitor) -> None:
    page = visitor.page
    visitor.look("/screening")
    page.click("td a.link >> nth=0")
    row = page.locator("tr[id^=candidate] >> nth=0")
    row.get_by_role("button", name="Accept").click()
    row.get_by_text("Accepted").wait_for()
    visitor.look()
    row.get_by_role("button", name="Undo").click()
    row.get_by_role("button", name="Accept").wait_for()


def test_a_file_comes_in(visitor, screen):
    page = visitor.page
    visitor.look("/imports/new")
    orders = ORDERS.replace("new-", f"new-{screen[0]}-")
    page.set_input_files("[type=file]", {"name": "orders.csv", "mimeType": "text/csv", "buffer": orders.encode()})
    page.click("main .primary")
    page.wait_for_selector("h1:has-text('3 rows')")
    assert "1 would be refused" in visitor.look()
    page.click("button:has-text('Import')")
    page.wait_for_url(re.compile(r"/imports/\w+$"))
    assert "never" in visitor.look(), "the refused row is shown"


def test_the_language_changes_and_stays(visitor):
    page = visitor.page
    page.click("[name=language]:visible")
    page.wait_for_selector("html[lang=zh-hans]")
    assert "认识" in visitor.look("/people")
    page.click("[name=language]:visible")
    page.wait_for_selector("html[lang=en]")


def ground(page) -> str:
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def test_night_falls_by_the_switch_and_stays(visitor):
    page = visitor.page
    day = ground(page)
    page.click("[data-theme-switch]")
    night = ground(page)
    assert night != day
    visitor.look("/people")
    assert ground(page) == night
    page.click("[data-theme-switch]")
    assert ground(page) == day


def test_night_falls_with_the_system(browser, house):
    dark, light = (Visitor(browser, house, DESK, color_scheme=one) for one in ("dark", "light"))
    for one in (dark, light):
        one.look("/sign-in")
    assert ground(dark.page) != ground(light.page)
    dark.sign_in()
    dark.page.click("[data-theme-switch]")
    assert ground(dark.page) == ground(light.page), "the switch goes before the system"
    for one in (dark, light):
        one.context.close()


def test_every_page_fits(visitor):
    """Whatever the rail leads to, what these pages lead to, and what is nowhere linked."""
    page, seen = visitor.page, set()
    waiting = ["/cockpit", "/account", "/people?search=nobody", "/behind/gmv", "/behind/buyers"]
    while waiting:
        path = waiting.pop()
        visitor.look(path)
        for link in page.eval_on_selector_all(
            "a[href^='/']:not([download])", "all => all.map(a => a.getAttribute('href'))"
        ):
            kind = re.sub(r"[a-z]+_\w{12}|\d+", "…", link.partition("?")[0])
            if kind not in seen and not link.startswith(("/static", "/api")) and not link.endswith("/refused"):
                seen.add(kind)
                waiting.append(link)
    assert {"/people/…", "/screening/…", "/imports/…", "/team/…", "/audit", "/tags", "/team/new"} <= seen
