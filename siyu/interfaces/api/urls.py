from django.urls import URLPattern, path, re_path

from siyu.interfaces.api import (
    audiences,
    broadcasts,
    connected,
    coupons,
    credit,
    events,
    health,
    ledger,
    links,
    listings,
    loyalty,
    membership,
    messages,
    orders,
    paperwork,
    people,
    plan,
    points,
    pool,
    privacy,
    report,
    rounds,
    sources,
    stock,
    templates,
    traffic,
    trials,
    visitors,
    vouchers,
)
from siyu.interfaces.api.checkout import desk as shop_desk
from siyu.interfaces.api.door import api, in_json, missing

for desk in (
    people.desk,
    privacy.desk,
    orders.desk,
    listings.desk,
    stock.desk,
    pool.desk,
    shop_desk,
    paperwork.desk,
    vouchers.desk,
    loyalty.desk,
    points.desk,
    ledger.desk,
    membership.desk,
    links.desk,
    coupons.desk,
    credit.desk,
    audiences.desk,
    events.desk,
    plan.desk,
    report.desk,
    sources.desk,
    connected.desk,
    traffic.desk,
    trials.desk,
    rounds.desk,
    templates.desk,
    broadcasts.desk,
    messages.desk,
    visitors.desk,
):
    api.add_router("", desk)


def declared() -> list[URLPattern]:
    """The operations, each address with the scopes that it declares."""
    patterns = [pattern for pattern in api.urls[0] if isinstance(pattern, URLPattern)]
    for pattern in patterns:
        pattern.callback = in_json(pattern.callback)
    return [*patterns, re_path("", missing)]


urlpatterns = [
    path("api/", (declared(), "api", "api")),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
