"""Whoever opens a short link is led on, once the click is durable; and never where a stranger wants."""

import re
from datetime import timedelta
from io import BytesIO

import msgspec
import pytest
from django.conf import settings as django_settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import OperationalError

from siyu.core.eventlog import land as landing
from siyu.core.eventlog.forgetting import Somebody
from siyu.core.eventlog.land import unpack
from siyu.core.eventlog.models import Batch
from siyu.core.links import clicking, codes, known, scanning, visitors, writing
from siyu.core.links.held import LinksHeld
from siyu.core.outreach.codes import send_code
from siyu.core.people.members.joining import sign_in
from siyu.core.people.models import Identity
from siyu.interfaces.pages.linking.door import Redirects
from siyu.kit import clock
from tests.core.links.clicks import CHROME, SAFARI, SHOP, WECHAT, a_link, landed
from tests.home import HOME

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
HOUSE = Redirects(WSGIHandler())


@pytest.fixture(autouse=True)
def forget() -> None:
    known.links.forget(), scanning.codes.forget()


class Told:
    def __init__(self, status: str, headers: list, body: bytes) -> None:
        self.status, self.headers, self.body = int(status[:3]), dict(headers), body.decode(errors="replace")


def ask(path: str, *, method: str = "GET", agent: str = CHROME, cookie: str = "", **more: str) -> Told:
    """As a server hands it over."""
    path, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "HTTP_USER_AGENT": agent,
        "HTTP_HOST": "testserver", "SERVER_NAME": "testserver", "SERVER_PORT": "80", "REMOTE_ADDR": "10.0.0.1",
        "wsgi.url_scheme": "http", "wsgi.input": BytesIO(), "HTTP_COOKIE": cookie, **more,
    }  # fmt: skip
    answer: list = []
    body = b"".join(HOUSE(environ, lambda status, headers, *_: answer.extend((status, headers))))
    return Told(*answer, body)


def mine(told: Told) -> str:
    return told.headers["Set-Cookie"].partition(";")[0]


def test_it_works():
    link = a_link(utm={"source": "weibo"}, campaign="spring", channel="weibo_posts", creator="bob")
    told = ask(f"/l/{link.code}", agent=WECHAT, HTTP_REFERER="https://weibo.example/post?token=secret")
    assert (told.status, told.headers["Location"]) == (302, f"{SHOP}&utm_source=weibo")
    assert told.headers["Cache-Control"] == "no-store, private"
    assert told.headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    [click] = landed()
    assert click["name"] == "Link Clicked"
    assert click["claim"] == ["device", mine(told).partition("=")[2]]
    said = click["properties"]
    assert (said["link"], said["campaign"], said["channel"], said["creator"]) == (
        link.code, "spring", "weibo_posts", "bob",
    )  # fmt: skip
    assert (said["app"], said["os"], said["referrer"], said["utm_source"]) == (
        "wechat", "ios", "weibo.example/post", "weibo",
    )  # fmt: skip
    assert said["target"] == told.headers["Location"]
    assert click["context"] == {"userAgent": WECHAT}
    assert "10.0.0.1" not in str(click)


def test_whoever_comes_again_is_the_same_whatever_the_network():
    link = a_link()
    cookie = mine(ask(f"/l/{link.code}"))
    again = ask(f"/l/{link.code}", cookie=f"a=b; {cookie}; c=d", REMOTE_ADDR="10.9.9.9")
    assert "Set-Cookie" not in again.headers
    first, second = landed()
    assert first["claim"] == second["claim"]
    assert (first["properties"]["known"], second["properties"]["known"]) == ("new", "cookie")


def test_two_phones_behind_one_address_are_two():
    link = a_link()
    ask(f"/l/{link.code}", agent=WECHAT), ask(f"/l/{link.code}", agent=WECHAT)
    first, second = landed()
    assert first["claim"] != second["claim"]
    assert first["properties"]["trace"] == second["properties"]["trace"]


def test_a_cookie_that_is_none_of_ours_names_nobody():
    link = a_link()
    told = ask(f"/l/{link.code}", cookie=f"{visitors.COOKIE}=admin' OR 1=1")
    assert told.headers["Set-Cookie"]
    assert landed()[0]["claim"][1].startswith("v")


def test_a_signed_word_names_whom_a_platform_named_and_no_other_does():
    link = a_link()
    word = visitors.word("openid", "oX 7~/微")
    ask(f"/l/{link.code}?w={word.replace('%', '%25')}")
    ask(f"/l/{link.code}?w=openid~oEve~{'0' * 32}")
    first, second = landed()
    assert first["claim"] == ["openid", "oX 7~/微"]
    assert second["claim"][0] == "device"


def test_a_program_is_one_visitor_a_day_and_its_name_is_kept():
    link = a_link()
    for _ in range(2):
        assert ask(f"/l/{link.code}", agent="curl/8.0").status == 302
    first, second = landed()
    assert first["claim"] == second["claim"]
    assert first["properties"]["known"] == "hash"


def test_a_visitor_keeps_the_target_of_a_test():
    targets = [{"url": f"https://{name}.example/", "weight": 1, "name": name} for name in "abc"]
    link = a_link(targets)
    first = ask(f"/l/{link.code}")
    for _ in range(5):
        assert ask(f"/l/{link.code}", cookie=mine(first)).headers["Location"] == first.headers["Location"]
    places = {ask(f"/l/{link.code}").headers["Location"] for _ in range(60)}
    assert len(places) == 3


def test_letters_may_be_typed_large_and_an_unknown_code_is_a_page():
    link = a_link()
    assert ask(f"/l/{link.code.upper()}/").status == 302
    told = ask("/l/nothing")
    assert told.status == 404
    assert "There is nothing at this address" in told.body


def test_head_looks_and_is_no_click():
    link = a_link()
    told = ask(f"/l/{link.code}", method="HEAD")
    assert (told.status, told.body) == (302, "")
    assert landed() == []


def test_what_is_over_leads_to_its_fallback_or_to_a_page_that_says_so():
    at = clock.now()
    ended = a_link(expires_at=at - timedelta(seconds=1))
    told = ask(f"/l/{ended.code}")
    assert told.status == 410 and "This link is over" in told.body
    moved = a_link(expires_at=at - timedelta(seconds=1), fallback="https://shop.example/next")
    assert ask(f"/l/{moved.code}").headers["Location"] == "https://shop.example/next"
    assert [(one["properties"]["form"], one["properties"]["variant"]) for one in landed()] == [
        ("gone", "fallback"), ("direct", "fallback"),
    ]  # fmt: skip


def test_a_busy_link_that_is_switched_off_is_so_within_a_second(monkeypatch):
    link = a_link()
    assert ask(f"/l/{link.code}").status == 302
    writing.switch_off(link=link.pk, by="lin", at=clock.now())
    now = known.time.monotonic()
    monkeypatch.setattr(known.time, "monotonic", lambda: now + known.FRESH + 0.01)
    assert ask(f"/l/{link.code}").status == 410


def test_a_busy_link_is_looked_up_once_for_as_long_as_no_link_is_changed(monkeypatch):
    link, other = a_link(), a_link()
    now, asked = known.time.monotonic(), []
    monkeypatch.setattr(known.links, "look_up", lambda code: asked.append(code) or known.look_up(code))
    for second in range(5):
        monkeypatch.setattr(known.time, "monotonic", lambda second=second: now + second * 1.01)
        assert ask(f"/l/{link.code}").status == 302
    assert asked == [link.code]
    writing.change(link=other.pk, by="lin", at=clock.now(), title="new")
    monkeypatch.setattr(known.time, "monotonic", lambda: now + 6)
    assert (ask(f"/l/{link.code}").status, ask(f"/l/{link.code}").status) == (302, 302)
    assert asked == [link.code] * 2


def test_a_link_whose_letters_were_guessed_before_it_was_made_leads_on_a_second_later(monkeypatch):
    assert ask("/l/early-bird").status == 404
    a_link(code="early-bird")
    now = known.time.monotonic()
    monkeypatch.setattr(known.time, "monotonic", lambda: now + known.FRESH + 0.01)
    assert ask("/l/early-bird").status == 302


def test_a_link_of_somebody_who_is_erased_names_nobody_a_second_later(monkeypatch):
    link = a_link(identity=7)
    ask(f"/l/{link.code}")
    LinksHeld().erase(Somebody((7,)))
    now = known.time.monotonic()
    monkeypatch.setattr(known.time, "monotonic", lambda: now + known.FRESH + 0.01)
    ask(f"/l/{link.code}")
    assert [one["properties"].get("recipient") for one in landed()] == [7, None]


@pytest.mark.parametrize(
    "query",
    ["?url=https://evil.example", "?next=//evil.example", "?target=x&utm_source=https://evil.example", "?w=%00"],
)
def test_nothing_in_the_address_decides_where_it_leads(query):
    link = a_link()
    assert ask(f"/l/{link.code}{query}").headers["Location"] == SHOP


@pytest.mark.parametrize(
    "path",
    ["/l//evil.example", "/l/https://evil.example", "/l/%0d%0aSet-Cookie:x", "/l/..%2f..", "/l/", "/l", "/l/x/y"],
)
def test_a_strange_address_leads_nowhere(path):
    told = ask(path)
    assert told.status in (301, 404)
    assert "evil" not in told.headers.get("Location", "")


def test_a_forged_host_is_answered_by_nobody(settings):
    link = a_link("/m/item/lst_1")
    settings.ALLOWED_HOSTS = ["go.shop.example"]
    told = ask(f"/l/{link.code}", HTTP_HOST="evil.example")
    assert told.status == 400
    assert "evil" not in str(told.headers)
    assert landed() == []
    told = ask(f"/l/{link.code}", HTTP_HOST="go.shop.example", HTTP_X_FORWARDED_HOST="evil.example")
    assert told.headers["Location"] == "/m/item/lst_1"
    assert landed()[0]["properties"]["domain"] == "go.shop.example"


def test_a_click_that_cannot_be_kept_leads_nobody_on(monkeypatch):
    link = a_link()

    def full(group: list) -> None:
        raise OperationalError("disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(landing, "write", full)
        told = ask(f"/l/{link.code}")
    assert told.status == 503
    assert told.headers["Retry-After"]
    assert "Location" not in told.headers
    assert ask(f"/l/{link.code}").status == 302
    assert len(landed()) == 1


def test_a_password_opens_the_link_and_guessing_is_slow(client):
    link = a_link(password="open sesame")
    page = client.get(f"/l/{link.code}")
    assert page.status_code == 200 and "password" in page.text
    assert page["Cache-Control"] == "no-store, private"
    assert landed() == []
    assert "That is not the password." in client.post(f"/l/{link.code}", {"password": "guess"}).text
    told = client.post(f"/l/{link.code}", {"password": "open sesame"})
    assert (told.status_code, told["Location"]) == (302, SHOP)
    assert len(landed()) == 1
    for n in range(10):
        client.post(f"/l/{link.code}", {"password": f"guess {n}"})
    assert client.post(f"/l/{link.code}", {"password": "open sesame"}).status_code == 200
    assert "open sesame" not in writing.Link.objects.get().password


def test_the_same_way_is_taken_where_no_door_stands_before_django(client):
    link = a_link()
    told = client.get(f"/l/{link.code}", HTTP_USER_AGENT=CHROME)
    assert (told.status_code, told["Location"]) == (302, SHOP)
    assert told.cookies[visitors.COOKIE].value == landed()[0]["claim"][1]
    assert clicking.SOURCE == "links" and django_settings.LANDING


def test_a_scan_that_is_shown_a_picture_takes_one_seat():
    code = codes.make(title="Poster", pool="staff", fallback=SHOP, by="lin", at=clock.now())
    put = {"label": "Amy", "text": "Ask for tea", "picture": "/media/x.png", "at": clock.now()}
    amy = codes.put(code=code.pk, key="amy", **put)
    told = ask(f"/c/{code.code}", agent=WECHAT)
    assert told.status == 200
    assert "/media/x.png" in told.body and "Press and hold" in told.body
    [scan] = landed()
    assert (scan["name"], scan["properties"]["place"]) == ("Code Scanned", "Amy")
    amy.refresh_from_db()
    assert amy.taken == 1
    assert ask(f"/c/{code.code}", cookie=f"siyu_visitor={scan['claim'][1]}").status == 200
    amy.refresh_from_db()
    assert amy.taken == 1


def test_a_scan_is_led_on_with_the_word_that_comes_back():
    code = codes.make(title="Poster", pool="pages", fallback=SHOP, by="lin", at=clock.now())
    told = ask(f"/c/{code.code}")
    assert told.headers["Location"] == f"{SHOP}&state={landed()[0]['properties']['state']}"
    assert ask("/c/nothing").status == 404


def test_a_shop_that_wechat_does_not_open_is_helped_out_of_it(client):
    link = a_link("https://item.taobao.com/item.htm?id=1")
    told = ask(f"/l/{link.code}", agent=WECHAT)
    assert told.status == 200
    assert "Open it in the browser" in told.body and f"http://testserver/l/{link.code}" in told.body
    assert "<script>" not in told.body and "onclick" not in told.body
    assert ask(f"/l/{link.code}", agent=CHROME).status == 302
    assert [one["properties"]["form"] for one in landed()] == ["browser", "direct"]
    plain = a_link("https://item.taobao.com/item.htm?id=1", routed=False)
    assert ask(f"/l/{plain.code}", agent=WECHAT).status == 302
    client.cookies["django_language"] = "zh-hans"
    assert "在浏览器中打开" in client.get(f"/l/{link.code}", HTTP_USER_AGENT=WECHAT).text


def test_the_brands_app_opens_where_there_is_one():
    link = a_link(apps={"ios": "https://app.shop.example/item/7", "android": "taobao://item/7"})
    assert ask(f"/l/{link.code}", agent=SAFARI).headers["Location"] == "https://app.shop.example/item/7"
    android = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/125.0.0.0 Mobile Safari/537.36"
    page = ask(f"/l/{link.code}", agent=android)
    assert page.status == 200 and 'href="taobao://item/7"' in page.body and SHOP in page.body
    assert ask(f"/l/{link.code}", agent=WECHAT).headers["Location"] == SHOP


def test_a_mini_program_is_opened_with_the_phone():
    link = a_link("https://wxaurl.cn/abc")
    page = ask(f"/l/{link.code}")
    assert page.status == 200 and "<svg" in page.body and "style=" not in page.body


def test_an_arrival_is_told_by_a_point_of_a_picture_once_in_half_an_hour():
    link = a_link("/m/")
    cookie = mine(ask(f"/l/{link.code}"))
    told = ask("/landed.gif", cookie=cookie)
    assert told.headers["Content-Type"] == "image/gif"
    assert "siyu_landed=1" in told.headers["Set-Cookie"]
    (
        ask("/landed.gif", cookie=f"{cookie}; siyu_landed=1"),
        ask("/landed.gif"),
        ask("/landed.gif", cookie="siyu_visitor=x"),
    )
    batches = Batch.objects.using(django_settings.LANDING).filter(source="landing")
    [arrival] = [msgspec.json.decode(unpack(one)) for one in batches]
    assert arrival["name"] == "Link Landed"
    assert arrival["claim"] == landed()[0]["claim"]


def test_a_page_of_ours_tells_of_an_arrival_only_of_who_came_by_a_link(client):
    assert "/landed.gif" not in client.get("/m/sign-in").text
    client.cookies["siyu_visitor"] = f"v{1:032x}"
    assert "/landed.gif" in client.get("/m/sign-in").text


def test_who_signs_in_is_tied_to_the_browser_that_came_by_a_link():
    at = clock.now()
    send_code(contact="alice@example.com", address="10.0.0.1", at=at)
    code = re.search(r"\b\d{6}\b", next((HOME / "outbox").rglob("*.*")).read_text())[0]
    browser = f"v{7:032x}"
    entered = sign_in(contact="alice@example.com", code=code, address="10.0.0.1", at=at, device=browser)
    device, member = Identity.objects.get(value=browser), Identity.objects.get(pk=entered.identity)
    assert device.person_id == member.person_id
