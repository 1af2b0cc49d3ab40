from django.urls import URLPattern, path, re_path

from siyu.interfaces.api import (
    audiences,
    events,
    health,
    listings,
    orders,
    people,
    plan,
    privacy,
    report,
    shop,
    sources,
    stock,
    visitors,
    vouchers,
)
from siyu.interfaces.api.door import api, in_json, missing

for desk in (
    people.desk,
    privacy.desk,
    orders.desk,
    listings.desk,
    stock.desk,
    shop.desk,
    vouchers.desk,
    audiences.desk,
    events.desk,
    plan.desk,
    report.desk,
    sources.desk,
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
