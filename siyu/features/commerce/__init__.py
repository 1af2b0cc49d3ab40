"""What is sold, in other shops and in our own.

Of every shop: Product, Order, Line, CouponUse, Refund, Rate (`actions` records what sources say, `receiving`, `hearing`
and `imports` are its doors). Of our own: Listing, Variant and Selection (`catalogue`), Store and Stock (`stock`), Cart
(`carts`), prices with reasons and reservations (`pricing`, a registry), the way of an order: `checkout`, `payments`
(a registry of gateways), `fulfilment`, `refunds`. An order is in the books once it is paid: `placed_at`.

Announces product.listed, order.placed, order.corrected, order.cancelled, order.refunded, gift.sent; of our own shop
listing.*, order.opened, order.closed, order.ready, order.shipped, order.received, payment.settled, money.returned,
refund.asked, refund.declined, voucher.redeemed, stock.ran_out, invoice.issued. Reacts to nothing.
"""
