"""Verbs of order history: record what a source says of its orders, take back what was returned, list what is sold.

All of them are set-wise: one call with a thousand orders asks the database as often as one call with one.
"""

from siyu.features.commerce.history.orders import record
from siyu.features.commerce.history.products import Description, list_products
from siyu.features.commerce.history.refunds import refund
from siyu.features.commerce.history.sources import Outcome

__all__ = ["Description", "Outcome", "list_products", "record", "refund"]
