"""Ten million touches and a million conversions shared out by seven models, beside a plain reading of the same file.

    python bench/attribution.py [--touches 10000000] [--conversions 1000000] [--people 3000000] [--format parquet|csv]

Touches are simulated (seeded) over 24 channels and a year, and written to a file; what is timed is the command from
that file to the answer, in a process of its own. The yardstick is what an analyst writes in DuckDB for the three
simplest models (first, last, linear) of the same file, on the same threads. Prints one JSON document.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

ROOT = Path(__file__).parents[1]
TOUCHES = """
    COPY (
        SELECT 'u' || (hash(i) % {people}) AS person,
            TIMESTAMP '2026-01-01' + to_microseconds((hash(i + 7) % 31536000000000)::BIGINT) AS "at",
            'channel ' || (sqrt(hash(i + 13) % 576))::INT AS channel,
            (i < {conversions})::INT AS conversion, CASE WHEN i < {conversions} THEN hash(i + 3) % 500 END AS value
        FROM range({touches}) t(i) ORDER BY hash(i + 99)
    ) TO '{file}' (FORMAT {format})"""
PLAIN = """
    CREATE TABLE answer AS
    WITH rows AS (
        SELECT person, "at", channel, conversion,
            coalesce(sum(conversion) OVER (PARTITION BY person ORDER BY "at"
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS journey
        FROM '{file}'),
    touches AS (
        SELECT channel, max(conversion) OVER w AS won, count(*) OVER w AS length,
            row_number() OVER (w ORDER BY "at") AS place
        FROM rows WINDOW w AS (PARTITION BY person, journey))
    SELECT channel, sum(won) FILTER (place = 1) AS first, sum(won) FILTER (place = length) AS last,
        sum(won / length) AS linear
    FROM touches GROUP BY channel"""


def main() -> None:
    said = arguments()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"touches.{said.format}"
        with duckdb.connect(config={"threads": 2}) as db:
            db.execute(TOUCHES.format(**{**vars(said), "file": file}))
        seconds, answer, megabytes = ours(file, Path(folder))
        plain, simple = yardstick(file)
    assert answer["conversions"] == said.conversions
    for channel, first, last, linear in simple:
        for model, theirs in (("first", first), ("last", last), ("linear", linear)):
            assert abs(answer["models"][model][channel] - theirs) < 1e-6 * said.conversions, (model, channel)
    print(json.dumps({
        **vars(said), "file_to_seven_models_s": seconds, "peak_memory_mb": megabytes,
        "plain_sql_first_last_linear_s": plain, "times_the_plain": round(seconds / plain, 2),
    }))  # fmt: skip


def arguments() -> argparse.Namespace:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--touches", type=int, default=10_000_000)
    ask.add_argument("--conversions", type=int, default=1_000_000)
    ask.add_argument("--people", type=int, default=3_000_000)
    ask.add_argument("--format", choices=["parquet", "csv"], default="parquet")
    return ask.parse_args()


def ours(file: Path, home: Path) -> tuple[float, dict, int]:
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "siyu", "attribution", str(file), "--json"],
        cwd=ROOT, env={**os.environ, "SIYU_HOME": str(home)}, capture_output=True, check=True,
    )  # fmt: skip
    seconds = round(time.perf_counter() - began, 1)
    return seconds, json.loads(done.stdout), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


def yardstick(file: Path) -> tuple[float, list]:
    with duckdb.connect(config={"threads": 2}) as db:
        began = time.perf_counter()
        db.execute(PLAIN.format(file=file))
        seconds = round(time.perf_counter() - began, 1)
        return seconds, db.execute("FROM answer").fetchall()


if __name__ == "__main__":
    main()
