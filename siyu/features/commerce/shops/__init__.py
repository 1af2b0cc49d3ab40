"""Shops elsewhere (Shopify, WooCommerce …) that tell this house of their orders, and what became of each delivery.

What a shop's words mean, a connector knows; here stand the connection, and the verb that takes in what it translated.
"""
