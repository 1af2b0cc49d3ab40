"""Coupons: what an operator writes once, and the codes of it that members use.

Nouns: CouponTemplate (what is taken off, under which conditions, out of which budget), CouponCode (one use: issued,
reserved by an order, redeemed; then reversed, expired or void), CouponBatch, CouponHandout. A price rule of commerce
quotes the best combination and says why others are refused. Announces coupon.*; reacts to refunds and cancellations.
"""
