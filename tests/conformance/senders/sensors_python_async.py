import sys

import sensorsanalytics as sensors

url, rounds = sys.argv[2], int(sys.argv[3])
calls = 0
for consumer in (sensors.AsyncBatchConsumer(url, flush_max_time=1), sensors.DefaultConsumer(url)):
    sa = sensors.SensorsAnalytics(consumer, "mini")
    for turn in range(rounds * 10):
        sa.track(f"device{turn}", "ViewProduct", {"n": turn, "name": "苹果"})
        calls += 1
    sa.close()
debug = sensors.SensorsAnalytics(sensors.DebugConsumer(url, False), "mini")
sys.stdout = sys.stderr
debug.track("device1", "ViewProduct", {"n": 1})  # a dry run: it must not be stored
sys.stdout = sys.__stdout__
print(calls)
