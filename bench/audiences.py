"""Audience counts over synthetic lakes: by hand-written DuckDB over the log, cold without the index, warm with it.

    SIYU_HOME=/tmp/bench python -m bench.audiences 100000 1000000      people, one lake after another; JSON on stdout

Twenty events a person in two years: views, carts, coupons, orders; 1 in 100 orders cancelled, 1 in 100 people merged.
Made up, all of it, and the same for the same number of people. 5,000,000 people take 100 M events and about 6 GB.
A lake of as many people that stands there already is asked again.
"""

import json
import os
import resource
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

MONTHS = 24
FIRST = 2024 * 12
AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
EACH = {"Coupon Claimed": 2, "Product Added": 3, "Product Viewed": 11, "order.placed": 4}
"""Events a person."""

DONE = """
    SELECT name, $month::TIMESTAMP + to_microseconds((hash(i * 2) % ($days * 86400000000))::BIGINT) AS moment,
        1 + floor(pow((hash(i * 2 + 1) % 4294967291) / 4294967291.0, 1.3) * $people)::BIGINT AS identity, i,
        CASE WHEN name = 'order.placed' THEN i END AS subject,
        CASE WHEN name = 'order.placed' THEN (500 + hash(i) % 30000)::BIGINT END AS amount
    FROM (SELECT $name AS name, i FROM range($first::BIGINT, $last::BIGINT) AS t(i))"""
CANCELLED = """
    SELECT 'order.cancelled' AS name, $month::TIMESTAMP + INTERVAL 27 DAY AS moment, 1::BIGINT AS identity, i,
        i AS subject, NULL::BIGINT AS amount FROM range($first::BIGINT, $last::BIGINT, 100) AS t(i)"""
APPEARED = """
    SELECT 'person.appeared' AS name, $month::TIMESTAMP AS moment, i AS identity, i, NULL::BIGINT AS subject,
        NULL::BIGINT AS amount FROM range(1, $people::BIGINT + 1) AS t(i)"""
MERGED = """
    SELECT 'identity.linked' AS name, $month::TIMESTAMP AS moment, i AS identity, i, i - 1 AS subject,
        NULL::BIGINT AS amount FROM range(100, $people::BIGINT + 1, 100) AS t(i)"""
SHAPED = """
    SELECT $step::BIGINT * 4294967296 + row_number() OVER () AS position, name, moment::TIMESTAMPTZ AS happened_at,
        moment::TIMESTAMPTZ AS recorded_at, moment::DATE AS day, identity, 'bench' AS source, NULL::BIGINT AS message,
        true AS imported, subject, amount, CASE WHEN amount IS NOT NULL THEN 0::BIGINT END AS discount,
        CASE WHEN amount IS NOT NULL THEN [{'product': i % 500, 'quantity': 1::BIGINT, 'amount': amount,
            'discount': 0::BIGINT}] END AS items,
        CASE WHEN name = 'Product Viewed' THEN '{"sku":"' || (i % 97) || '"}' END AS properties,
        $label AS month FROM ("""


def begins(month: int) -> date:
    return date((FIRST + month) // 12, (FIRST + month) % 12 + 1, 1)


def build(people: int) -> int:
    """Fill the lake month by month, sorted by name as the drain leaves it; how many events."""
    from siyu.core.eventlog import lake

    total = 0
    for n in range(MONTHS):
        month, days = begins(n), (begins(n + 1) - begins(n)).days
        parts, values = [], {"people": people, "month": month.isoformat(), "days": days, "step": n + 1}
        values["label"] = f"{month:%Y-%m}"
        base = 0
        for k, (name, each) in enumerate(EACH.items()):
            first, last = (base + people * each * m // MONTHS for m in (n, n + 1))
            base += people * each
            values |= {f"name{k}": name, f"first{k}": first, f"last{k}": last}
            marks = {"$name": f"$name{k}", "$first": f"$first{k}", "$last": f"$last{k}"}
            parts.append(replaced(DONE, marks))
        parts.append(replaced(CANCELLED, {"$first": f"$first{k}", "$last": f"$last{k}"}))
        parts += [APPEARED] if n == 0 else [MERGED] if n == MONTHS - 1 else []
        total += append(lake, SHAPED + " UNION ALL ".join(parts) + ")", n + 1, values)
    return total


def replaced(text: str, marks: dict[str, str]) -> str:
    for old, new in marks.items():
        text = text.replace(old + " ", new + " ").replace(old + ":", new + ":").replace(old + ",", new + ",")
    return text


def append(lake, query: str, step: int, values: dict) -> int:
    """DuckDB writes the month's file, the table takes it as it is: several times faster than by way of arrow."""
    from deltalake.transaction import AddAction

    used = {name: value for name, value in values.items() if f"${name}" in query}
    handle, path = lake.table("events"), f"month={values['label']}/bench-{step}.parquet"
    file = Path(lake.root("events")) / path
    file.parent.mkdir(parents=True, exist_ok=True)
    with lake.connect() as db:
        copied = f"COPY (SELECT * EXCLUDE (month) FROM ({query})) TO '{file}' (FORMAT parquet, COMPRESSION zstd)"
        [(rows,)] = db.execute(copied, used).fetchall()
    ends = {"minValues": {"position": (step << 32) + 1}, "maxValues": {"position": (step << 32) + rows}}
    stats = json.dumps({"numRecords": rows, "nullCount": {}} | ends)
    added = AddAction(path, file.stat().st_size, {"month": values["label"]}, int(time.time() * 1000), True, stats)
    handle.create_write_transaction([added], "append", handle.schema(), ["month"])
    return rows


def rolling(days: int) -> dict:
    return {"window": {"rolling": {"days": days}}}


ORDERED, VIEWED, CARTED = ({"event": name} for name in ("order.placed", "Product Viewed", "Product Added"))
MANY = {"op": ">=", "value": 3}
QUESTIONS = {
    "window": {"did": ORDERED | rolling(90)},
    "trait": {"trait": {"name": "gmv", "op": ">=", "value": 60_000}},
    "three": {
        "all": [{"did": ORDERED | rolling(90)}, {"did": VIEWED | rolling(180)}, {"not": {"did": CARTED | rolling(30)}}]
    },
    "windows and trait": {
        "all": [
            {"trait": {"name": "gmv", "op": ">=", "value": 60_000}},
            {"did": ORDERED | rolling(90)},
            {"not": {"did": VIEWED | rolling(30)}},
        ]
    },
    "lapsed": {"last_did": ORDERED | {"days_ago": {"op": ">=", "value": 180}}},
    "counted": {"did": ORDERED | rolling(365) | {"count": MANY}},
}
LINKED = """
    WITH log AS (
        SELECT position, name, day, identity, subject, amount FROM {log} WHERE happened_at < '{as_of}'::TIMESTAMPTZ),
    links AS (SELECT identity, arg_max(subject, position) AS person FROM log WHERE name = 'identity.linked' GROUP BY 1),
    people AS (SELECT DISTINCT coalesce(l.person, e.identity) AS person FROM log e LEFT JOIN links l USING (identity)
               WHERE e.name = 'person.appeared'),
    gone AS (SELECT subject FROM log WHERE name IN ('order.cancelled', 'order.corrected'))
"""
SOLD = """SELECT coalesce(l.person, e.identity) AS person {more} FROM log e LEFT JOIN links l USING (identity)
    WHERE e.name = 'order.placed' AND {days} AND subject NOT IN (FROM gone)"""
DID = """SELECT coalesce(l.person, e.identity) AS person FROM log e LEFT JOIN links l USING (identity)
    WHERE e.name = '{name}' AND {days}"""


def since(days: int) -> str:
    return f"e.day >= DATE '{(AS_OF - timedelta(days=days)).date()}' AND e.day < DATE '{AS_OF.date()}'"


def by_hand() -> dict[str, str]:
    """What a data person would write over the log, with the same meaning: merged people, cancelled orders."""
    bought = SOLD.format(more="", days=since(90))
    rich = (
        f"SELECT person FROM ({SOLD.format(more=', amount', days='true')}) GROUP BY person HAVING sum(amount) >= 60000"
    )
    last = SOLD.format(more=", e.day", days="true")
    year = SOLD.format(more="", days=since(365))
    three = f"{bought} INTERSECT {DID.format(name='Product Viewed', days=since(180))}"
    return {
        "window": f"SELECT DISTINCT person FROM ({bought}) SEMI JOIN people USING (person)",
        "trait": f"SELECT person FROM ({rich}) SEMI JOIN people USING (person)",
        "three": f"""SELECT person FROM (({three}) EXCEPT {DID.format(name="Product Added", days=since(30))})
            SEMI JOIN people USING (person)""",
        "windows and trait": f"""SELECT person FROM (({rich} INTERSECT {bought})
            EXCEPT {DID.format(name="Product Viewed", days=since(30))}) SEMI JOIN people USING (person)""",
        "lapsed": f"""SELECT person FROM ({last}) SEMI JOIN people USING (person) GROUP BY person
            HAVING max(day) <= DATE '{(AS_OF - timedelta(days=180)).date()}'""",
        "counted": f"SELECT person FROM ({year}) SEMI JOIN people USING (person) GROUP BY person HAVING count(*) >= 3",
    }


def timed(ask: Callable[[], int], times: int) -> tuple[int, float]:
    took, people = [], 0
    for _ in range(times):
        began = time.perf_counter()
        people = ask()
        took.append(time.perf_counter() - began)
    return people, round(statistics.median(took) * 1000, 1)


def judge(people: int, times: int) -> dict:
    from django.conf import settings

    from siyu.core.eventlog import lake
    from siyu.core.insight import audiences
    from siyu.core.insight.audiences import index

    home = Path(settings.SIYU.home)
    report: dict = {"people": people}
    if not (home / f"{people}").exists():
        for name in ("lake", "derived"):
            shutil.rmtree(home / name, ignore_errors=True)
        for mark in home.glob("[0-9]*"):
            mark.unlink()
        report["events"], report["build_s"] = clocked(lambda: build(people))
        report["indexed"], report["index_s"] = clocked(index.advance)
        report["drawn"], report["portraits_s"] = clocked(draw)
        (home / f"{people}").touch()
    folder = home / "derived" / "audiences"
    report["lake_mb"] = size(Path(lake.root("events")))
    report["index_mb"] = size(folder)
    report["questions"] = {
        name: compare(audiences, index, where, by_hand()[name], times) for name, where in QUESTIONS.items()
    }
    report["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return report


def draw() -> int:
    """Keep portraits with the one column that is asked for; drawing them whole is what bench/portraits.py measures."""
    from siyu.core.eventlog import lake
    from siyu.core.insight import portraits
    from siyu.core.insight.facts import open_facts

    portraits.path().parent.mkdir(parents=True, exist_ok=True)
    with open_facts(AS_OF) as db:
        said = f"lake: '{lake.table('events').version()}', as_of: '{AS_OF.isoformat()}'"
        rows = """SELECT person, coalesce(gmv, 0) AS gmv FROM persons
            LEFT JOIN (SELECT person, sum(amount)::BIGINT AS gmv FROM orders GROUP BY person) USING (person)"""
        target = f"'{portraits.path()}' (FORMAT parquet, COMPRESSION zstd, KV_METADATA {{{said}}})"
        return db.execute(f"COPY ({rows} ORDER BY person) TO {target}").fetchall()[0][0]


def compare(audiences, index, where: dict, query: str, times: int) -> dict:
    from siyu.core.eventlog import lake

    definition = {"version": 1, "where": where}

    def hand() -> int:
        with lake.connect() as db:
            text = LINKED.format(log=lake.scan("events"), as_of=AS_OF.isoformat())
            return db.execute(f"{text} SELECT count(*) FROM ({query})").fetchall()[0][0]

    def cold() -> int:
        return len(audiences.answer(definition, AS_OF, index=False).people)

    def warm() -> int:
        found = index.current()
        if found:
            found.unions.clear()  # the same question twice would be too easy
        return audiences.count(definition, AS_OF)

    hand(), warm()
    (n, by_hand_ms), (m, cold_ms), (k, warm_ms) = timed(hand, times), timed(cold, times), timed(warm, times * 3)
    again = timed(lambda: audiences.count(definition, AS_OF), times * 3)[1]
    return {
        "people": k,
        "equal": n == m == k,
        "by_hand_ms": by_hand_ms,
        "cold_ms": cold_ms,
        "cold_ratio": round(cold_ms / by_hand_ms, 2),
        "warm_ms": warm_ms,
        "again_ms": again,
    }


def clocked(do: Callable[[], int]) -> tuple[int, float]:
    began = time.perf_counter()
    return do(), round(time.perf_counter() - began, 1)


def size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) >> 20


def main(numbers: list[str]) -> None:
    os.environ.setdefault("SIYU_HOME", "/tmp/siyu-bench-audiences")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "siyu.conf.settings")
    os.environ.setdefault("SIYU_MEMORY", "8GB")  # the hand-written query over 100 M events does not fit into 1 GB
    os.environ["SIYU_ZONE"] = "UTC"
    import django

    django.setup()
    curve = []
    for people in [int(number) for number in numbers] or [100_000]:
        curve.append(judge(people, times=3 if people <= 1_000_000 else 2))
        print(json.dumps(curve[-1]), file=sys.stderr)
    print(json.dumps(curve, indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])
