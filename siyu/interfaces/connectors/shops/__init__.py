"""Shops that deliver by webhook: how each signs, and what its words mean."""

from siyu.interfaces.connectors.shops import shopify, woocommerce
from siyu.interfaces.connectors.shops.letters import Kind

KINDS: dict[str, Kind] = {"shopify": shopify.KIND, "woocommerce": woocommerce.KIND}
