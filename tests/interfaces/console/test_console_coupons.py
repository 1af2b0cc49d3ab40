"""Operators write coupons, give them, and see what they cost."""

from io import BytesIO

import pytest
from django.db import transaction

from siyu.core.people.members.joining import join
from siyu.core.people.numbers import number
from siyu.features.loyalty.coupons import handing, queries
from siyu.features.loyalty.models import CouponCode, CouponHandout, CouponTemplate
from tests.features.coupons.wallet import bought, given, issued, published
from tests.features.shop.brand import NOW, open_shop
from tests.interfaces.console.team import operator

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
FORM = {"title": "Autumn", "kind": "percent", "worth": "12.5", "cap": "20", "minimum": "15", "days": "14", "each": "2"}
LASTING = {"ends_at": None, "days": 30}


@pytest.fixture
def shop():
    return open_shop(pieces=40)


@pytest.fixture
def lin(client):
    client.force_login(operator("member"))
    return client


def test_a_coupon_is_written_published_and_closed(lin, shop):
    assert lin.post("/coupons/new", {**FORM, "budget": "100", "stacks": "on", "word": "autumn"}).status_code == 302
    one = CouponTemplate.objects.get()
    assert (one.worth, one.cap, one.minimum, one.budget, one.word) == (1250, 2000, 1500, 10_000, "AUTUMN")
    here = f"/coupons/{one.pk}"
    form = lin.get(f"{here}/edit").content.decode()
    assert 'value="12.5"' in form and 'value="20' in form
    assert "Draft" in lin.get(here).content.decode()
    lin.post(f"{here}/publish")
    assert "100.00" in lin.get(here).content.decode()
    lin.post(f"{here}/close")
    assert [queries.state_of(one) for one in CouponTemplate.objects.all()] == ["closed"]
    assert "Autumn" in lin.get("/coupons?state=closed").content.decode()
    assert "Autumn" not in lin.get("/coupons?state=draft").content.decode()


@pytest.mark.parametrize("wrong", [{"worth": "-5"}, {"worth": "x"}, {"days": "x"}, {"ends": "soon"}, {"minimum": "-1"}])
def test_what_is_wrong_is_said_and_what_was_typed_stays(lin, shop, wrong):
    answer = lin.post("/coupons/new", FORM | wrong)
    assert answer.status_code == 422
    assert 'value="Autumn"' in answer.content.decode()
    assert not CouponTemplate.objects.exists()


def test_its_page_shows_codes_money_and_orders(lin, shop):
    code = given(shop.alice, budget=1000)
    order = bought(shop)
    page = lin.get(f"/coupons/{code.template_id}").content.decode()
    assert all(said in page for said in (order.number, code.text, "7.00 of the budget left"))
    assert "Reserved" in lin.get(f"/coupons/{code.template_id}?code={code.text.lower()}").content.decode()


def test_codes_are_made_read_exported_and_made_void(lin, shop):
    one = published(**LASTING)
    here = f"/coupons/{one.pk}"
    for _ in range(2):
        lin.post(f"{here}/generate", {"codes": "5", "key": "k"})
    file = BytesIO(b"code\nSPRING-1\nab\n")
    file.name = "codes.csv"
    said = lin.post(f"{here}/read", {"file": file, "key": "f"}, follow=True).content.decode()
    assert "1 codes came in" in said and "3: ab" in said
    rows = b"".join(lin.get(f"{here}/codes").streaming_content).decode().splitlines()
    assert len(rows) == 7
    lin.post(f"{here}/void", {"code": CouponCode.objects.get(text="SPRING-1").pk})
    assert CouponCode.objects.get(text="SPRING-1").state == "void"


def test_a_list_is_given_one_each_with_progress(lin, shop):
    phone = ("phone", "13900000001")
    with transaction.atomic():
        join(number({phone: NOW}, source="siyu")[phone], via="phone", at=NOW, language="")
    one = published(**LASTING)
    for _ in range(2):
        lin.post(f"/coupons/{one.pk}/give", {"list": "13900000001\nnobody", "key": "k"})
    assert "hx-get" in lin.get(f"/coupons/{one.pk}/given").content.decode()
    assert handing.work_off(NOW) == 1
    shown = lin.get(f"/coupons/{one.pk}/given").content.decode()
    assert "hx-get" not in shown and "Done" in shown
    assert CouponHandout.objects.get().given == 1


def test_who_may_only_look_gives_nothing(client, shop):
    client.force_login(operator("activity"))
    one = published(**LASTING)
    assert "Give it to many" not in client.get(f"/coupons/{one.pk}").content.decode()
    for address in ("codes", "given"):
        assert client.get(f"/coupons/{one.pk}/{address}").status_code == (403 if address == "codes" else 200)
    assert client.post(f"/coupons/{one.pk}/give", {"list": "13900000001"}).status_code == 403
    issued(one, shop.alice)
