from django.urls import URLPattern, path

from siyu.interfaces.pages.views import cart, check_in, checkout, me, orders, plain, shop, signing_in

app_name = "pages"
urlpatterns: list[URLPattern] = [
    path("", shop.front, name="home"),
    path("item/<str:code>", shop.item, name="home-item"),
    path("cart", cart.cart, name="cart"),
    path("cart/add", cart.add, name="cart-add"),
    path("cart/put", cart.put, name="cart-put"),
    path("checkout", checkout.desk, name="cart-checkout"),
    path("orders", orders.orders, name="orders"),
    path("orders/<str:code>", orders.order, name="orders-one"),
    path("orders/<str:code>/pay", checkout.pay, name="orders-pay"),
    path("orders/<str:code>/press", checkout.press, name="orders-press"),
    path("orders/<str:code>/cancel", orders.cancel, name="orders-cancel"),
    path("orders/<str:code>/confirm", orders.confirm, name="orders-confirm"),
    path("orders/<str:code>/refund", orders.refund, name="orders-refund"),
    path("sign-in", signing_in.ask, name="sign-in"),
    path("sign-in/code", signing_in.enter, name="sign-in-code"),
    path("sign-out", signing_in.leave, name="sign-out"),
    path("sign-out/everywhere", signing_in.leave_everywhere, name="sign-out-everywhere"),
    path("language", me.language, name="language"),
    path("me", me.me, name="me"),
    path("me/name", me.name, name="me-name"),
    path("me/consents", me.consents, name="me-consents"),
    path("me/consents/say", me.consent, name="me-consent"),
    path("me/data", me.data, name="me-data"),
    path("me/erase", me.erase, name="me-erase"),
    path("check-in", check_in.calendar, name="check_in"),
    path("check-in/now", check_in.check_in, name="check_in-now"),
    path("check-in/make-up", check_in.make_up, name="check_in-make-up"),
    path("offline", plain.offline, name="offline"),
    path("worker.js", plain.worker, name="worker"),
]
