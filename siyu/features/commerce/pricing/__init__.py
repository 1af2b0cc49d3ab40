"""What a basket costs, and why: every price rule answers the same four questions.

quote: what do you take off (reads only)? reserve: hold for this order what is scarce about it. confirm: it was paid.
release: it was given up. A rule above this package (coupon, points, seat) registers itself with `add`.
"""

from siyu.features.commerce.pricing.quoting import Quote, QuoteLine, quote
from siyu.features.commerce.pricing.rules import (
    RULES,
    Basket,
    Piece,
    PriceRule,
    Step,
    add,
    confirm,
    release,
    reserve,
    used,
)

__all__ = [
    "RULES",
    "Basket",
    "Piece",
    "PriceRule",
    "Quote",
    "QuoteLine",
    "Step",
    "add",
    "confirm",
    "quote",
    "release",
    "reserve",
    "used",
]
