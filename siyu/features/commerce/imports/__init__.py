"""Orders, products and the listings of our own shop from files."""

from siyu.core.eventlog.imports import Kind
from siyu.features.commerce.imports import judging, writing
from siyu.features.commerce.imports import listings as shelves
from siyu.features.commerce.imports import products as catalogue
from siyu.features.commerce.imports.fields import ORDERS, PRODUCTS
from siyu.features.commerce.imports.presets import PRESETS

orders = Kind(
    "orders",
    ORDERS,
    judging.judge_orders,
    writing.order_steps,
    writing.foresee_orders,
    writing.order_total,
    writing.prepare_orders,
    PRESETS,
)
products = Kind(
    "products",
    PRODUCTS,
    catalogue.judge_products,
    catalogue.product_steps,
    catalogue.foresee_products,
    catalogue.product_total,
)

listings = Kind(
    "listings",
    shelves.LISTINGS,
    shelves.judge_listings,
    shelves.listing_steps,
    shelves.foresee_listings,
    shelves.listing_total,
)

__all__ = ["listings", "orders", "products"]
