import sys

from rudderstack import analytics

port, key, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
analytics.write_key = key
analytics.dataPlaneUrl = f"http://127.0.0.1:{port}"
calls = 0
for turn in range(rounds):
    user = f"user{turn % 5}"
    analytics.identify(user, {"name": "小明", "vip": turn})
    analytics.track(user, "Product Viewed", {"product_id": f"p{turn}", "price": 12.5, "n": turn})
    analytics.track(anonymous_id=f"device{turn}", event="Product Viewed", properties={"n": turn})
    analytics.page(user, "Shop", "Home", {"url": "/"})
    analytics.screen(user, "Shop", "Home")
    analytics.group(user, f"group{turn % 2}", {"city": "上海"})
    analytics.alias(f"device{turn}", user)
    calls += 7
    analytics.flush()
analytics.shutdown()
print(calls)
