"""A member buys in our own shop, from the first look to the refund; nobody sees or touches another's order."""

import re
from collections.abc import Iterator
from io import BytesIO

import pytest
from django.test import Client
from PIL import Image

from siyu.core.eventlog.drain import drain_all
from siyu.core.insight import happenings
from siyu.core.team.models import Knock
from siyu.features.commerce import catalogue, checkout, fulfilment, payments, refunds
from siyu.features.commerce.catalogue import Offer, Page
from siyu.features.commerce.checkout import By, Want
from siyu.features.commerce.models import Listing, Order, Payment, RefundRequest, Stock, Variant
from siyu.features.commerce.payments import Begun
from siyu.interfaces.connectors.payments.demo import Demo
from siyu.interfaces.pages.codes import code
from siyu.interfaces.pages.views.checkout import suits
from siyu.kit import clock
from tests.features.shop.brand import Shop, open_shop
from tests.interfaces.pages.visiting import code_sent, me, visitor

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
ALICE, BOB = "13812345678", "bob@example.cn"
HOME = {"kind": "ship", "name": "Alice", "phone": ALICE, "region": "Shanghai", "street": "Nanjing Road 1"}
MOST_QUERIES = 25


@pytest.fixture
def shop(db) -> Shop:
    return open_shop(20)


@pytest.fixture(autouse=True)
def demo_till() -> Iterator[None]:
    payments.add(Demo())
    yield
    del payments.GATEWAYS["demo"]


def read(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, f"{address}: {answer.status_code}"
    return answer.content.decode()


def put_in(client: Client, variant: int, quantity: int = 1) -> int:
    return client.post("/m/cart/add", {"variant": code("variant", variant), "quantity": quantity}).status_code


def form(client: Client, kind: str = "ship") -> dict[str, list[str]]:
    """The hidden part of the checkout form."""
    page = read(client, f"/m/checkout?kind={kind}")
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page):
        found.setdefault(name, []).append(value)
    return found


def check_out(client: Client, **more):
    kind = more.get("kind", "ship")
    return client.post("/m/checkout", {**form(client, kind), **(HOME if kind == "ship" else {}), **more})


def bought(client: Client, variant: int, quantity: int = 1, **more) -> str:
    """The code of an order that is not paid yet."""
    put_in(client, variant, quantity)
    answer = check_out(client, **more)
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"].split("/")[3]


def paid(client: Client, order: str) -> None:
    assert client.post(f"/m/orders/{order}/press").status_code == 302


def number(order: str) -> int:
    return next(pk for pk in Order.objects.order_by("pk").values_list("pk", flat=True) if code("order", pk) == order)


def test_it_works(shop):
    client = Client()
    assert "10.00" in read(client, "/m/") and "Lesson" in read(client, "/m/?search=less")
    item = re.findall(r"/m/item/\w+", read(client, "/m/?search=tea"))[0]
    assert "small" in read(client, item)
    assert put_in(client, shop.tea, 2) == 302 and "20.00" in read(client, "/m/cart")
    assert client.get("/m/checkout")["Location"] == "/m/sign-in?next=%2Fm%2Fcheckout"
    client.post("/m/sign-in", {"contact": ALICE})
    client.post("/m/sign-in/code", {"code": code_sent()})
    page = read(client, "/m/cart")
    assert "18.00" in page and "You save" in page, "the cart came along, at a member's price"
    assert "Member price" in read(client, "/m/checkout")
    answer = check_out(client)
    assert answer.status_code == 302 and "18.00" in read(client, answer["Location"])
    order = answer["Location"].split("/")[3]
    answer = client.post(f"/m/orders/{order}/pay", {"gateway": "demo"})
    assert answer["Location"] == f"/m/orders/{order}/press" and "Demo payment" in read(client, answer["Location"])
    paid(client, order)
    paid(client, order)
    assert Payment.objects.filter(settles=True).count() == 1
    page = read(client, f"/m/orders/{order}")
    assert "Being prepared" in page and "Nanjing Road 1" in page and ALICE not in page
    assert "empty" in read(client, "/m/cart")


def test_it_goes_its_way_to_the_refund(shop):
    client = visitor(ALICE)
    order = bought(client, shop.tea, 3)
    paid(client, order)
    fulfilment.ship(order=number(order), carrier="SF", tracking="SF123", at=clock.now())
    assert "SF123" in read(client, f"/m/orders/{order}") and order in read(client, "/m/orders?state=going")
    client.post(f"/m/orders/{order}/confirm")
    assert "Completed" in read(client, f"/m/orders/{order}") and order not in read(client, "/m/orders?state=going")
    refused = client.post(f"/m/orders/{order}/refund", {"line-0": "1"})
    assert refused.status_code == 422 and "wrong" in refused.content.decode()
    for pieces in ("0", "4", "99999999", "x", "-1"):
        answer = client.post(f"/m/orders/{order}/refund", {"line-0": pieces, "reason": "broken"})
        assert answer.status_code == 422, pieces
    assert client.post(f"/m/orders/{order}/refund", {"line-0": "1", "reason": "broken"}).status_code == 302
    asked = RefundRequest.objects.get()
    assert asked.pieces == {"0": 1} and "Refund asked for" in read(client, f"/m/orders/{order}")
    assert client.post(f"/m/orders/{order}/refund", {"line-0": "1", "reason": "again"}).status_code in (302, 409)
    assert RefundRequest.objects.count() == 1
    refunds.grant(request=asked.pk, by="lin", at=clock.now())
    assert "9.00" in read(client, f"/m/orders/{order}") and "1 gone back" in read(client, f"/m/orders/{order}")


def test_it_is_picked_up_and_paid_in_the_store(shop):
    client = visitor(ALICE)
    order = bought(client, shop.tea, kind="pick_up", store=shop.corner.pk)
    assert client.post(f"/m/orders/{order}/pay", {"gateway": "cash"})["Location"] == f"/m/orders/{order}"
    page = read(client, f"/m/orders/{order}")
    assert fulfilment.pick_up_code(number(order)) in page and "<svg viewBox" in page and "Corner" in page
    fulfilment.hand_over(order=number(order), by="lin", at=clock.now(), cash=True)
    page = read(client, f"/m/orders/{order}")
    assert "Completed" in page and fulfilment.pick_up_code(number(order)) not in page


def test_what_is_shipped_is_not_paid_in_a_store(shop):
    client = visitor(ALICE)
    order = bought(client, shop.tea)
    assert 'value="cash"' not in read(client, f"/m/orders/{order}/pay")
    assert client.post(f"/m/orders/{order}/pay", {"gateway": "cash"}).status_code == 409
    assert client.post(f"/m/orders/{order}/pay", {"gateway": "air"}).status_code == 404


def test_a_lesson_becomes_a_voucher_once_it_is_paid(shop):
    client = visitor(ALICE)
    order = bought(client, shop.lesson, kind="none")
    assert "vou_" not in read(client, f"/m/orders/{order}")
    paid(client, order)
    assert re.search(r"vou_\w{12}", read(client, f"/m/orders/{order}"))


def test_content_is_shown_to_who_paid(shop):
    page = Page("Recipes", [Offer("pdf", 500, tracked=False)], kind="digital", content="See https://example.cn/book")
    catalogue.publish(listing=catalogue.write(page=page, at=clock.now()).pk, at=clock.now())
    client = visitor(ALICE)
    order = bought(client, Variant.objects.get(product__sku="pdf").pk, kind="none")
    assert "example.cn/book" not in read(client, f"/m/orders/{order}")
    paid(client, order)
    assert 'href="https://example.cn/book"' in read(client, f"/m/orders/{order}")


def test_without_the_setting_no_button_stands_for_money(shop):
    client = visitor(ALICE)
    order = bought(client, shop.tea)
    kept = payments.GATEWAYS.pop("demo")
    try:
        assert client.get(f"/m/orders/{order}/press")["Location"] == f"/m/orders/{order}"
        assert client.post(f"/m/orders/{order}/press").status_code == 404
        assert "demo" not in read(client, f"/m/orders/{order}/pay").lower()
    finally:
        payments.GATEWAYS["demo"] = kept
    assert Order.objects.get().placed_at is None


def test_another_members_order_is_not_there(shop):
    alice, bob = visitor(ALICE), visitor(BOB)
    order = bought(alice, shop.tea)
    paid(alice, order)
    for path in ("", "/pay", "/press", "/refund", "/cancel", "/confirm"):
        address, said = f"/m/orders/{order}{path}", {"gateway": "demo", "line-0": "1", "reason": "x"}
        for answer in (bob.get(address), bob.post(address, said)):
            assert answer.status_code in (404, 405), path
    assert order not in read(bob, "/m/orders")
    assert not RefundRequest.objects.exists() and Order.objects.get().cancelled_at is None


def test_a_cart_is_its_owners(shop):
    alice, bob, nobody = visitor(ALICE), visitor(BOB), Client()
    put_in(alice, shop.tea)
    assert "empty" in read(bob, "/m/cart") and "empty" in read(nobody, "/m/cart")
    put_in(nobody, shop.big)
    assert "empty" in read(bob, "/m/cart") and "empty" in read(Client(), "/m/cart")


def test_a_second_tap_is_the_same_order(shop):
    client = visitor(ALICE)
    put_in(client, shop.tea)
    said = {**form(client), **HOME}
    first, second = (client.post("/m/checkout", said)["Location"] for _ in range(2))
    assert first == second and Order.objects.count() == 1
    assert client.post("/m/checkout", {**said, "street": "elsewhere"}).status_code == 302, "the cart is empty by now"
    assert Order.objects.count() == 1


@pytest.mark.parametrize("forged", [{"expected": "1"}, {"quantity": "200"}, {"quantity": "x"}, {"expected": "-5"}])
def test_nobody_makes_a_price(shop, forged):
    client = visitor(ALICE)
    put_in(client, shop.tea)
    answer = client.post("/m/checkout", {**form(client), **HOME, **forged})
    assert answer.status_code in (409, 422) and not Order.objects.exists()


def test_codes_of_others_shops_are_nothing(shop):
    client = visitor(ALICE)
    assert client.post("/m/cart/add", {"variant": "var_000000000000"}).status_code in (404, 409)
    for address in ("/m/item/xyz", "/m/?shelf=x", "/m/?after=x", "/m/orders/ord_000000000000", "/media/secret"):
        assert client.get(address).status_code == 404, address


def test_an_address_that_lacks_something_is_asked_for_again(shop):
    client = visitor(ALICE)
    put_in(client, shop.tea)
    answer = client.post("/m/checkout", {**form(client), **HOME, "street": " "})
    page = answer.content.decode()
    assert answer.status_code == 422 and 'value="Shanghai"' in page and "street" in page
    assert client.post("/m/checkout", {**form(client, "pick_up"), "kind": "pick_up", "store": "9"}).status_code == 422


def test_who_was_slower_is_told(shop):
    alice, bob = visitor(ALICE), visitor(BOB)
    put_in(alice, shop.tea, 15), put_in(bob, shop.tea, 15)
    said = {**form(bob), **HOME}
    paid(alice, check_out(alice)["Location"].split("/")[3])
    answer = bob.post("/m/checkout", said)
    assert answer.status_code == 409 and "quicker" in answer.content.decode()
    assert Stock.objects.get(product__variant=shop.tea, store=shop.warehouse).on_hand == 5


def test_what_is_withdrawn_is_shown_and_not_counted(shop):
    client = visitor(ALICE)
    put_in(client, shop.tea), put_in(client, shop.lesson)
    catalogue.withdraw(listing=Variant.objects.get(pk=shop.tea).listing_id, at=clock.now())
    page = read(client, "/m/cart")
    assert "Not for sale any more" in page and "¥99.00" in page
    assert client.post("/m/cart/put", {"variant": code("variant", shop.tea), "quantity": "0"}).status_code == 302


def test_cancelling_gives_the_money_and_the_goods_back(shop):
    client = visitor(ALICE)
    order = bought(client, shop.tea, 2)
    paid(client, order)
    assert client.post(f"/m/orders/{order}/cancel").status_code == 302
    page = read(client, f"/m/orders/{order}")
    assert "Cancelled" in page and "On its way back to you" in page
    payments.give_back_due(clock.now())
    assert "Went back to you" in read(client, f"/m/orders/{order}")


def test_pictures_are_given_out_and_nothing_else(shop):
    out = BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "PNG")
    picture = catalogue.add_picture(listing=Variant.objects.get(pk=shop.tea).listing_id, data=out.getvalue())
    answer = Client().get(f"/media/{picture.file}")
    assert answer["Content-Type"] == "image/png" and "immutable" in answer["Cache-Control"]
    assert picture.file in read(Client(), "/m/")
    for name in ("secret", "0" * 32 + ".png", "x.svg"):
        assert Client().get(f"/media/{name}").status_code == 404


def test_no_page_asks_more_whatever_the_history(shop, django_assert_max_num_queries):
    client = visitor(ALICE)
    for n in range(2):
        many(client, shop, 3 if n == 0 else 25)
        order = bought(client, shop.tea, 2)
        paid(client, order)
        put_in(client, shop.tea), put_in(client, shop.lesson), put_in(client, shop.big)
        waiting = code("order", Order.objects.filter(placed_at=None).order_by("-pk").values_list("pk", flat=True)[0])
        item = code("listing", Variant.objects.get(pk=shop.tea).listing_id)
        pages = ["", "cart", f"item/{item}", "checkout", "checkout?kind=pick_up", "orders", "orders?state=going"]
        pages += [f"orders/{order}", f"orders/{order}/refund", f"orders/{waiting}/pay", "me"]
        for page in pages:
            with django_assert_max_num_queries(MOST_QUERIES):
                assert client.get(f"/m/{page}").status_code == 200, page
        Knock.objects.all().delete()
    assert len(re.findall(r'class="card order"', read(client, "/m/orders"))) == 20
    older = re.findall(r'href="(\?state=&amp;before=\w+)"', read(client, "/m/orders"))[0].replace("&amp;", "&")
    assert len(re.findall(r'class="card order"', read(client, f"/m/orders{older}"))) == 10


def many(client: Client, shop: Shop, count: int) -> None:
    """Orders of a lesson each, not paid."""
    who = me(client).identity
    for n in range(count):
        wants = [Want(shop.lesson, 1)]
        key = f"{count}-{n}"
        checkout.check_out(identity=who, wants=wants, by=By(), expected=9900, key=key, at=clock.now())


WECHAT = "Mozilla/5.0 (iPhone) Mobile MicroMessenger/8.0"
ROADS = [
    ("https://wallet.example/pay?a=1&b=2", {}, 'content="0; url=https://wallet.example/pay?a=1&amp;b=2"'),
    ("weixin://wxpay/abc", {}, "<svg viewBox"),
    ("", {"appId": "wx1", "paySign": "s=="}, 'data-wallet="{&quot;appId&quot;: &quot;wx1&quot;'),
]


@pytest.mark.parametrize(("url", "parameters", "shown"), ROADS)
def test_a_wallet_opens_by_a_page_of_its_own(shop, url, parameters, shown):
    """A form may not be sent elsewhere, by our own policy."""

    class Wallet(Demo):
        name = "wallet"

        def begin(self, payment, *, at):
            return Begun(url, parameters)

    client = visitor(ALICE)
    order = bought(client, shop.tea)
    payments.add(Wallet())
    try:
        answer = client.post(f"/m/orders/{order}/pay", {"gateway": "wallet"})
    finally:
        del payments.GATEWAYS["wallet"]
    assert answer.status_code == 200 and shown in answer.content.decode()


@pytest.mark.parametrize(
    ("agent", "ways"),
    [
        (WECHAT, {"wechat_jsapi"}),
        ("Mozilla/5.0 (iPhone) Mobile Safari", {"wechat_h5", "alipay"}),
        ("Mozilla/5.0 (X11)", {"wechat", "alipay_page"}),
    ],
)
def test_only_wallets_that_suit_the_browser_are_offered(agent, ways):
    wallets = {"wechat", "wechat_jsapi", "wechat_h5", "alipay", "alipay_page"}
    assert {name for name in wallets if suits(name, agent)} == ways and suits("demo", agent)


def test_what_a_member_looks_at_is_behaviour(shop):
    client, page = visitor(ALICE), f"/m/item/{code('listing', Listing.objects.get(title='Tea').pk)}"
    shown = read(client, page)
    key = re.search(r'name="key" value="(\w+)"', shown)
    assert key
    for _ in range(2):
        client.post("/m/cart/add", {"variant": code("variant", shop.tea), "quantity": 2, "key": key[1]})
    read(Client(), page)  # nobody: nothing is kept of them
    drain_all()
    seen = {name: happenings.count(asked(name)) for name in ("Product Viewed", "Product Added")}
    assert seen == {"Product Viewed": (1, 1), "Product Added": (1, 1)}
    (one,) = happenings.recent(asked("Product Added"), before=None, limit=5)
    assert one.source == "pages" and one.body["properties"]["sku"] == "tea"


def asked(name: str) -> happenings.Asked:
    return happenings.Asked(name=name, person=None, since=None, until=None, source=None)
