"""Operators make links and live codes, see what they bring, and look up what works where."""

import base64
import io
import re
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.models import Value
from django.db.models.functions import Concat
from django.test.utils import CaptureQueriesContext
from PIL import Image

from siyu.core.eventlog.drain import drain_all
from siyu.core.links import codes, domains, known, scanning
from siyu.core.links.models import Code, Domain, Link, Place
from siyu.kit import clock
from tests.core.links.clicks import CHROME, SHOP, WECHAT, a_link, click
from tests.interfaces.console.team import operator

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


@pytest.fixture
def lin(client):
    known.links.forget(), scanning.codes.forget()
    client.force_login(operator("media", name="lin"))
    return client


def test_a_link_is_made_clicked_and_looked_at(lin, client):
    said = {
        "targets": f"{SHOP} 3 shop\nhttps://other.example/ 1 other", "title": "Spring", "campaign": "spring",
        "utm_source": "weibo", "routed": "yes", "expires_at": "2030-01-01T10:00", "app_ios": "https://app.example/x",
    }  # fmt: skip
    assert lin.post("/links/make", said).status_code == 302
    link = Link.objects.get()
    assert [(one["name"], one["weight"]) for one in link.targets] == [("shop", 3), ("other", 1)]
    assert link.apps == {"ios": "https://app.example/x"} and link.by == "lin"
    click(client, link.code), click(client, link.code, agent="curl/8")
    drain_all()
    page = lin.get("/links").text
    assert "Spring" in page and link.code in page
    page = lin.get(f"/links/{link.code}").text
    assert "Targets of the test" in page and "<svg" in page
    assert lin.get("/links?search=nothing").status_code == 200
    assert "Spring" in lin.get("/links?search=spring").text


def test_a_link_is_changed_and_switched_off(lin):
    link = a_link(title="Spring", password="secret")
    lin.post(f"/links/{link.code}/change", {"targets": "https://new.example/", "title": "Summer", "routed": "no"})
    link.refresh_from_db()
    assert (link.title, link.targets[0]["url"], link.routed) == ("Summer", "https://new.example/", False)
    assert link.password
    lin.post(f"/links/{link.code}/change", {"targets": "https://new.example/", "no_password": "yes"})
    lin.post(f"/links/{link.code}/off")
    link.refresh_from_db()
    assert link.off_at and not link.password
    lin.post(f"/links/{link.code}/on")
    link.refresh_from_db()
    assert link.off_at is None
    page = lin.post(f"/links/{link.code}/change", {"targets": "javascript:x"}, follow=True).text
    assert "A link leads to an address with https://" in page
    assert lin.get("/links/nothing").status_code == 404


def test_a_file_makes_many_and_comes_back(lin):
    body = "target,title,campaign,utm_source\n" + "".join(f"{SHOP}&n={n},=Evil {n},spring,qr\n" for n in range(20))
    for _ in range(2):
        lin.post("/links/file", {"file": SimpleUploadedFile("links.csv", body.encode())})
    assert Link.objects.count() == 20
    told = lin.get("/links/export")
    assert told["Content-Type"].startswith("text/csv")
    assert "'=Evil 3" in told.text and "/l/" in told.text
    page = lin.post("/links/file", {"file": SimpleUploadedFile("x.csv", b"\xff\xfe")}, follow=True).text
    assert "is a CSV or XLSX" in page


def test_a_file_may_come_from_any_spreadsheet(lin):
    lines = f"target,title\n{SHOP},春茶\n{SHOP}&n=2,=1+1\n"
    lin.post("/links/file", {"file": SimpleUploadedFile("链接.csv", lines.encode("gb18030"))})
    assert list(Link.objects.order_by("pk").values_list("title", flat=True)) == ["春茶", "=1+1"]
    book = lin.get("/links/export?as=xlsx").content
    lin.post("/links/file", {"file": SimpleUploadedFile("links.xlsx", book)})
    assert Link.objects.count() == 2, "the codes are taken: all of them or none"
    Link.objects.update(code=Concat("code", Value("-old")), key=None)
    lin.post("/links/file", {"file": SimpleUploadedFile("links.xlsx", book)})
    assert Link.objects.filter(title="春茶").count() == 2


@pytest.mark.parametrize(
    ("row", "why", "chinese"),
    [
        ("{shop},soon,,", "That is no day and time.", "这不是有效的日期和时间"),
        ("{shop},,taken,", "Those letters belong to another link or live code", "该短码属于另一个链接或活码"),
        ("{shop},,fresh,", "Those letters belong to another link or live code", "该短码属于另一个链接或活码"),
        ("javascript:x,,,", "A link leads to an address with https://", "链接只能指向"),
        ("{shop},,,k1", "Its key was used for something else", "键值已用于别处"),
        ('{shop},,"open', "It has not as many cells as the header", "单元格数"),
    ],
)
def test_a_row_of_a_file_that_cannot_be_taken_is_named_in_both_languages(lin, row, why, chinese):
    a_link(code="taken")
    lines = ["target,expires_at,code,key", f"{SHOP}&n=1,,fresh,k1", row.format(shop=SHOP)]

    def told(language: str) -> str:
        file = SimpleUploadedFile("links.csv", "\n".join(lines).encode())
        lin.cookies["django_language"] = language
        return unescape(lin.post("/links/file", {"file": file}, follow=True).text)

    assert f"Row 3: {why}" in told("en")
    assert "第 3 行" in (said := told("zh-hans")) and chinese in said
    assert Link.objects.count() == 1, "all of them or none"


def test_a_code_is_drawn_for_print(lin):
    link = a_link()
    svg = lin.get(f"/links/{link.code}/qr?sign=%3C")
    assert svg["Content-Type"] == "image/svg+xml" and "attachment" in svg["Content-Disposition"]
    assert "&#60;" in svg.text and "<script" not in svg.text
    assert lin.get(f"/links/{link.code}/qr?kind=png").content.startswith(b"\x89PNG")


def test_a_code_is_drawn_with_the_brands_logo(lin):
    link, out = a_link(), io.BytesIO()
    Image.new("RGB", (800, 400), "red").save(out, "PNG")

    def drawn(data: bytes, **said: str):
        return lin.post(f"/links/{link.code}/qr", {"logo": SimpleUploadedFile("logo.png", data), **said})

    svg = drawn(out.getvalue()).text
    inside = base64.b64decode(re.search(r'href="data:image/png;base64,([^"]+)"', svg)[1])
    assert Image.open(io.BytesIO(inside)).size == (480, 240) and inside != out.getvalue()
    png = Image.open(io.BytesIO(drawn(out.getvalue(), kind="png").content))
    assert png.getpixel((png.width // 2, png.height // 2)) == (255, 0, 0)
    assert "Choose a PNG" in lin.get(drawn(b"<svg onload=alert(1)>")["Location"]).text
    code = codes.make(title="Poster", pool="staff", fallback=SHOP, by="lin", at=clock.now())
    poster = {"logo": SimpleUploadedFile("logo.png", out.getvalue())}
    assert "data:image/png" in lin.post(f"/live-codes/{code.code}/qr", poster).text


def test_a_live_code_is_made_filled_and_retired(lin, client):
    lin.post("/live-codes/make", {"title": "Poster", "pool": "staff", "fallback": SHOP, "code": "poster"})
    code = Code.objects.get()
    put = {"key": "amy", "label": "Amy", "url": "https://work.weixin.qq.com/ca/x", "most": "2", "days": "1234567",
           "from": "00:00", "to": "00:00"}  # fmt: skip
    lin.post(f"/live-codes/{code.code}/put", put)
    place = Place.objects.get()
    assert (place.most, place.schedule) == (2, [{"days": "1234567", "from": "00:00", "to": "00:00"}])
    assert click(client, "poster", where="c", agent=WECHAT)["Location"].startswith("https://work.weixin.qq.com/ca/x")
    drain_all()
    page = lin.get("/live-codes/poster").text
    assert "Amy" in page and "1 / 2" in page
    lin.post(f"/live-codes/poster/{place.pk}/pause"), client.cookies.pop("siyu_visitor")
    assert click(client, "poster", where="c")["Location"].startswith(SHOP)
    assert "Full" in lin.get("/live-codes").text
    lin.post(f"/live-codes/poster/{place.pk}/resume"), lin.post(f"/live-codes/poster/{place.pk}/remove")
    lin.post("/live-codes/poster/change", {"title": "Old poster", "fallback": "https://old.example/", "order": "fill"})
    lin.post("/live-codes/poster/retire")
    code.refresh_from_db()
    assert (code.title, code.order) == ("Old poster", "fill") and code.retired_at
    assert lin.get("/live-codes/poster/qr").status_code == 200
    assert "whole numbers" in lin.post("/live-codes/poster/put", put | {"url": ""}, follow=True).text


def test_a_picture_is_drawn_anew_and_shown(lin, client):
    from siyu.core.links import qr

    code = codes.make(title="Poster", pool="staff", fallback=SHOP, by="lin", at=clock.now())
    picture = SimpleUploadedFile("amy.png", qr.png("https://work.weixin.qq.com/u/x"))
    lin.post(f"/live-codes/{code.code}/put", {"key": "amy", "label": "Amy", "picture": picture})
    shown = Place.objects.get().picture
    assert client.get(shown)["Content-Type"] == "image/png"
    assert shown in click(client, code.code, where="c", agent=WECHAT).text
    fake = SimpleUploadedFile("x.png", b"<svg onload=alert(1)>")
    page = lin.post(f"/live-codes/{code.code}/put", {"key": "b", "label": "B", "picture": fake}, follow=True).text
    assert "Choose a PNG" in page and Place.objects.count() == 1


def test_the_tester_says_what_would_happen(lin):
    page = lin.get("/routing", {"app": "wechat", "os": "ios", "target": "https://item.taobao.com/x"}).text
    assert "Page: open it in the browser" in page and "2026-11-22" in page and "WeChat" in page
    page = lin.get("/routing", {"agent": CHROME, "target": "https://wxaurl.cn/x"}).text
    assert "Page: scan a code" in page
    assert lin.get("/routing", {"target": "http://[::1"}).status_code == 200


def test_domains_are_added_preferred_and_retired(lin, settings):
    settings.ALLOWED_HOSTS = ["testserver", "go.example", "spare.example"]
    domains.answers_to.cache_clear()
    for host in ("go.example", "spare.example"):
        lin.post("/domains/add", {"host": host, "note": "short"})
    first, spare = Domain.objects.order_by("pk")
    lin.post(f"/domains/{spare.pk}/prefer")
    assert domains.house() == "http://spare.example"
    assert "spare.example" in lin.get("/domains").text
    lin.post(f"/domains/{first.pk}/retire"), lin.post(f"/domains/{spare.pk}/heed")
    assert "SIYU_HOSTS" in lin.post("/domains/add", {"host": "evil.example"}, follow=True).text
    domains.answers_to.cache_clear()


def test_twenty_links_ask_no_more_than_ten(lin):
    asked = []
    lin.get("/links")  # the tallies are brought on
    for _ in range(2):
        for _ in range(10):
            a_link()
        with CaptureQueriesContext(connection) as queries:
            lin.get("/links")
        asked.append(len(queries))
    assert asked[0] == asked[1]
