"""Ways to pay for orders of our own shop: by hand (offline, cash on pick-up), WeChat Pay v3, Alipay;
and, where SIYU_DEMO_PAYMENTS says so, a button that stands for money.

Each speaks `commerce.payments.Gateway`. Those of WeChat and Alipay are thin clients over httpx and cryptography: the
one signs HTTP requests, the other forms, and there is no more to it. Their settings are TOML files that name key files.
"""
