"""The whole demo, from an empty folder to the printed report: seconds and memory, and what a second run takes.

    .venv/bin/python -m bench.demo

Limits that the project set itself: 60 s and 1.5 GB on 2 cores, the environment's installation apart.
"""

import json
import os
import subprocess
import sys
import tempfile
import time


def run(home: str) -> dict[str, float]:
    """Seconds of one `siyu demo --no-serve`, and the largest process among what it started, in MB."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "siyu", "demo", "--no-serve"]
    process = subprocess.Popen(command, env=os.environ | {"SIYU_HOME": home}, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0
    return {"seconds": round(time.perf_counter() - began, 2), "peak_mb": round(usage.ru_maxrss / 1024)}


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="siyu-bench-") as home:
        first, second = run(home), run(home)
    cores = len(os.sched_getaffinity(0))
    print(json.dumps({"cores": cores, "first": first, "second": second}))


if __name__ == "__main__":
    main()
