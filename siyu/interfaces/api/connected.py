"""/api/shops: shops elsewhere, whose webhooks come in here."""

from typing import Annotated, Any, Literal

from django.conf import settings
from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from siyu.core.team import trail
from siyu.features.commerce.shops import connecting, standings, taking
from siyu.interfaces.api.desk import Desk, signature
from siyu.interfaces.api.orders import Currency
from siyu.interfaces.api.shapes import Limit, Moment
from siyu.kit import clock

desk = Desk(tags=["sources"])
Name = Annotated[str, Field(min_length=1, max_length=50)]


class ShopElsewhere(Schema):
    name: str
    kind: str
    source: str
    currency: str
    path: Annotated[str, Field(description="Where it delivers, at this host")]
    connected_at: Moment
    closed_at: Moment | None


class ShopStanding(ShopElsewhere):
    """Deliveries are counted over the sixty days in which they are remembered."""

    last_at: Moment | None
    heard: int
    taken: int
    stuck: Annotated[int, Field(description="Kept, because they could not be taken")]
    unknown: Annotated[int, Field(description="Of topics that this house takes nothing from")]
    forged: Annotated[int, Field(description="With a wrong signature")]
    forged_at: Moment | None


class Connection(Schema):
    name: Name
    kind: Literal["shopify", "woocommerce"]
    currency: Currency | None = None
    secret: Annotated[str, Field(max_length=200, description="Shopify's own; for WooCommerce one is made")] = ""
    source: Annotated[str, Field(max_length=50, description="What its orders are known by; its name where absent")] = ""


class Connected(ShopElsewhere):
    secret: Annotated[str, Field(description="The one that was made here, in the only sight of it; else empty")]


class ShopDelivery(Schema):
    number: int
    topic: str
    received_at: Moment
    outcome: Literal["taken", "unchanged", "skipped", "unknown", "failed", "early", "waiting"]
    about: Annotated[str, Field(description="The number of its order")]
    code: str
    reason: str
    body: Annotated[str, Field(description="As it came, while it can still be taken")]


class Mending(Schema):
    body: Annotated[str, Field(min_length=1, max_length=1_000_000)]


@desk.reads("/shops", scope="sources:read", gives=list[ShopStanding])
def list_shops(request: HttpRequest) -> Any:
    """Connected shops and how they go, open ones first."""
    return [row._asdict() for row in standings.standings()]


@desk.writes("POST", "/shops", scope="sources:write", gives=Connected)
def connect_shop(request: HttpRequest, body: Connection) -> Any:
    """Open the door to a shop. Its webhooks go to `path` at this host, signed with the secret."""
    said = body.model_dump() | {"currency": body.currency or settings.SIYU.currency}
    shop, secret = connecting.connect(**said, at=clock.now())
    trail.note(shop, "shop_connected", through=signature(request))
    return {**vars(shop), "path": shop.path, "secret": "" if body.secret.strip() else secret}


@desk.writes("POST", "/shops/{name}/close", scope="sources:write", gives=ShopElsewhere)
def close_shop(request: HttpRequest, name: str) -> Any:
    """Its address answers 404 from now on; what it has told stays."""
    shop = connecting.close(shop=connecting.named(name), at=clock.now())
    trail.note(shop, "shop_closed", through=signature(request))
    return {**vars(shop), "path": shop.path}


@desk.reads("/shops/{name}/deliveries", scope="sources:read", gives=list[ShopDelivery])
def list_deliveries(request: HttpRequest, name: str, *, stuck: bool = False, limit: Limit = 50) -> Any:
    """What it delivered last, newest first; `stuck`: only what could not be taken."""
    rows = standings.last(connecting.named(name), stuck=stuck, limit=limit)
    return [{**vars(row), "number": row.pk} for row in rows]


@desk.writes("POST", "/shops/{name}/deliveries/{delivery}/mend", scope="sources:write", gives=ShopDelivery)
def mend_delivery(request: HttpRequest, name: str, delivery: int, body: Mending) -> Any:
    """Take it as it should have been; it is tried again within seconds."""
    shop = connecting.named(name)
    mended = taking.mend(delivery=taking.stuck(shop, delivery), body=body.body)
    trail.note(shop, "delivery_mended", through=signature(request))
    return {**vars(mended), "number": mended.pk}


@desk.writes("POST", "/shops/{name}/deliveries/{delivery}/discard", scope="sources:write", gives=ShopDelivery)
def discard_delivery(request: HttpRequest, name: str, delivery: int) -> Any:
    """Nothing of it will be taken, and its body is gone."""
    shop = connecting.named(name)
    gone = taking.discard(delivery=taking.stuck(shop, delivery))
    trail.note(shop, "delivery_discarded", through=signature(request))
    return {**vars(gone), "number": gone.pk}
