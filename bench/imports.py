"""The sample's order lines through `import`, beside a bare executemany of the same rows into the same tables.

    .venv/bin/python -m bench.imports

Limit that the project set itself: at least a quarter of the speed of executemany. The bare run knows all rows before,
has them in memory and writes a table at a time; the import reads, judges, numbers and announces. Prints one JSON
document; `with_lake_seconds` goes on until everything stands in the lake.
"""

import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TABLES = (
    "eventlog_importrun",
    "people_identity",
    "people_person",
    "commerce_product",
    "commerce_order",
    "commerce_line",
    "eventlog_entry",
)
PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536; PRAGMA foreign_keys=ON;"


def fresh(home: Path) -> None:
    environment = os.environ | {"SIYU_HOME": str(home), "SIYU_CURRENCY": "USD", "SIYU_DATABASE_URL": ""}
    subprocess.run([sys.executable, "-m", "siyu", "init"], env=environment, check=True, stdout=subprocess.DEVNULL)


def through_import(home: Path) -> tuple[float, float, int]:
    os.environ |= {"SIYU_HOME": str(home), "SIYU_CURRENCY": "USD", "DJANGO_SETTINGS_MODULE": "siyu.conf.settings"}
    import django

    django.setup()
    from siyu import sample
    from siyu.core.eventlog.drain import drain_all
    from siyu.core.eventlog.imports import Options, carry
    from siyu.features.commerce.imports import orders
    from siyu.kit import clock

    began = time.perf_counter()
    file = Path(sample.__file__).parent / "orders.parquet"
    report = carry(orders, file, options=Options(source=sample.SOURCE, currency=sample.CURRENCY), at=clock.now())
    imported = time.perf_counter()
    drain_all()
    return imported - began, time.perf_counter() - began, report.taken


def bare(home: Path, bare_home: Path) -> float:
    """Seconds for the same rows."""
    with sqlite3.connect(home / "state.sqlite3") as db:
        rows = {name: db.execute(f"SELECT * FROM {name}").fetchall() for name in TABLES}
    db = sqlite3.connect(bare_home / "state.sqlite3", isolation_level=None)
    db.executescript(PRAGMAS)
    began = time.perf_counter()
    db.execute("BEGIN IMMEDIATE")
    for name, values in rows.items():
        db.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(values[0]))})", values)
    db.execute("COMMIT")
    return time.perf_counter() - began


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="siyu-bench-") as folder:
        home, bare_home = Path(folder) / "import", Path(folder) / "bare"
        fresh(home)
        fresh(bare_home)
        imported, drained, lines = through_import(home)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        plain = bare(home, bare_home)
    print(
        json.dumps(
            {
                "lines": lines,
                "bare_seconds": round(plain, 2),
                "import_seconds": round(imported, 2),
                "with_lake_seconds": round(drained, 2),
                "bare_lines_a_second": round(lines / plain),
                "import_lines_a_second": round(lines / imported),
                "ratio": round(plain / imported, 3),
                "peak_mb": peak,
            }
        )
    )


if __name__ == "__main__":
    main()
