"""Shops that deliver to the house as the real ones do: signed over the bytes that they send."""

import base64
import hashlib
import hmac
import itertools
import json
from typing import Any

from django.test import Client

from siyu.features.commerce.shops import connecting
from siyu.features.commerce.shops.models import Shop
from siyu.kit import clock

HEADERS = {
    "shopify": ("X-Shopify-Topic", "X-Shopify-Webhook-Id", "X-Shopify-Hmac-Sha256"),
    "woocommerce": ("X-WC-Webhook-Topic", "X-WC-Webhook-Delivery-ID", "X-WC-Webhook-Signature"),
}
_numbers = itertools.count(1)


class Sender:
    def __init__(self, kind: str, name: str = "tea shop", currency: str = "CNY") -> None:
        said = {"name": name, "kind": kind, "currency": currency, "source": name.replace(" ", "-")}
        self.shop, self.secret = connecting.connect(**said, secret="hush", at=clock.now())
        self.address = f"/hooks/shops/{kind}/{self.shop.key}"
        self.http = Client()

    def sign(self, body: bytes) -> str:
        return base64.b64encode(hmac.new(self.secret.encode(), body, hashlib.sha256).digest()).decode()

    def send(self, topic: str, said: Any, *, key: str = "", signature: str | None = None):
        body = said if isinstance(said, bytes) else json.dumps(said, ensure_ascii=False).encode()
        sent = (topic, key or f"d{next(_numbers)}", self.sign(body) if signature is None else signature)
        headers = dict(zip(HEADERS[self.shop.kind], sent, strict=True))
        return self.http.post(self.address, body, "application/json", headers=headers)

    def told(self, topic: str, said: Any, status: int = 200, **more) -> str:
        """What became of it."""
        response = self.send(topic, said, **more)
        assert response.status_code == status, response.content
        return response.json().get("outcome") or response.json()["code"]

    @property
    def fresh(self) -> Shop:
        return Shop.objects.get(pk=self.shop.pk)
