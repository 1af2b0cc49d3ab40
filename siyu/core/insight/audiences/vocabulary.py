"""The fixed words of the language: portrait columns, fields of an event, channels, and what they can hold."""

from siyu.core.insight.lifecycle import STAGES
from siyu.core.insight.rfm import SEGMENTS

PORTRAIT = {
    "since": "time",
    "first_order_at": "time",
    "last_order_at": "time",
    "recency_days": "number",
    "orders": "number",
    "orders_30d": "number",
    "orders_90d": "number",
    "orders_365d": "number",
    "gmv": "money",
    "net": "money",
    "refunded": "money",
    "gmv_30d": "money",
    "gmv_90d": "money",
    "gmv_365d": "money",
    "average_basket": "money",
    "repurchase_interval_days": "number",
    "favourite_categories": "list",
    "favourite_share": "number",
    "categories": "number",
    "discount_share": "number",
    "active_days": "number",
    "stage": "text",
    "r": "number",
    "f": "number",
    "m": "number",
    "segment": "text",
    "alive": "number",
    "expected_orders": "number",
    "ltv": "money",
    "ltv_low": "money",
    "ltv_high": "money",
}
"""Portrait columns and their kinds; money is minor units of the base currency."""

ORDER = "order.placed"
LINE = "order.line"
ITEM_FIELDS = {"product": "product", "category": "text", "department": "text", "brand": "text", "quantity": "number"}
PLAIN_FIELDS = {"amount": "money", "discount": "money", "source": "text"}
FIELDS = {
    ORDER: {"amount": "money", "discount": "money"} | ITEM_FIELDS,
    LINE: {"amount": "money", "discount": "money"} | ITEM_FIELDS,
}
"""An order's item fields ask for a line that has all of them; of any other event `PLAIN_FIELDS` can be asked."""
ACQUIRED_BY = ("domain", "platform", "channel", "campaign", "creator")
"""Columns of the relation `acquired`."""
PROPERTY = "properties."
VALUES: dict[str, tuple] = {
    "stage": STAGES,
    "segment": SEGMENTS,
    "r": (1, 2, 3, 4, 5),
    "f": (1, 2, 3, 4, 5),
    "m": (1, 2, 3, 4, 5),
}
"""Closed lists of what a portrait column can hold."""
