import sys
import time

import sensorsanalytics as sensors

url, rounds = sys.argv[2], int(sys.argv[3])
consumer = sensors.BatchConsumer(url)
sa = sensors.SensorsAnalytics(consumer, "mini")
calls = 0


def flush() -> None:
    """What its buffer still holds is the caller's to send again."""
    for _ in range(60):
        try:
            return sa.flush()
        except (sensors.SensorsAnalyticsNetworkException, OSError):  # it lets a broken connection through as it is
            time.sleep(1)
    raise SystemExit("it never got through")


for turn in range(rounds):
    user = f"user{turn % 5}"
    sa.track(user, "ViewProduct", {"n": turn, "name": "苹果"}, is_login_id=True)
    sa.track_signup(user, f"device{turn}")
    sa.profile_set(user, {"vip": turn}, is_login_id=True)
    sa.profile_set_once(user, {"first": turn}, is_login_id=True)
    sa.profile_increment(user, {"visits": 1}, is_login_id=True)
    sa.profile_append(user, {"likes": ["茶"]}, is_login_id=True)
    sa.profile_unset(user, ["vip"], is_login_id=True)
    sa.item_set("product", f"p{turn}", {"price": 5})
    sa.item_delete("product", f"p{turn}")
    one, other = (
        sensors.SensorsAnalyticsIdentity(n, f"{v}{turn}") for n, v in (("$identity_login_id", "l"), ("x", "y"))
    )
    sa.bind(one, other)
    sa.track_by_id("ViewProduct", {"n": turn}, one, other)
    sa.unbind(other)
    calls += 12
    flush()
sa.profile_delete("user0", is_login_id=True)
flush()
print(calls + 1)
