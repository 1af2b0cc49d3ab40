"""What is sold: products, orders with lines, refunds and cancellations, as order history needs them.

Nouns: Product, Order, Line, CouponUse, Refund, RefundLine, Rate. Carts, checkout, stock and payments come in step 3.
Announces product.listed, order.placed, order.corrected, order.cancelled, order.refunded, gift.sent.
"""
