"""Tables of loyalty, a file for each family."""

from siyu.features.loyalty.models.benefits import Grant
from siyu.features.loyalty.models.coupons import CouponBatch, CouponCode, CouponHandout, CouponTemplate, HandoutPart

__all__ = ["CouponBatch", "CouponCode", "CouponHandout", "CouponTemplate", "Grant", "HandoutPart"]
