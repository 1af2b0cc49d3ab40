"""What cost and return cost: touches condensed, figures drawn, and the page that reads them.

    .venv/bin/python -m bench.traffic [--people 100000] [--touches 2000000] [--orders 500000]

A synthetic brand of `bench.world` with page views of twelve UTM sources, ten channels and a rule for each. Prints
one JSON document: seconds to condense all files of the lake once, to draw the kept figures, and for the page's
question (the median of nine). Limit that the project set itself: a page within a second, whatever the history.
"""

import argparse
import json
import os
import statistics
import tempfile
import time

TOUCHES = """
    SELECT 10_000_000_000 + i AS position, 'Page Viewed' AS name, t.happened_at::TIMESTAMPTZ AS happened_at,
        t.happened_at::TIMESTAMPTZ AS recorded_at, t.happened_at::DATE AS day,
        1 + (hash(i * 5) % $people)::BIGINT AS identity, 'bench' AS source, i AS message, true AS imported,
        NULL::BIGINT AS subject, NULL::BIGINT AS amount, NULL::BIGINT AS discount, NULL::STRUCT(a BIGINT)[] AS items,
        '{"path":"/"}' AS properties,
        format('{{"campaign":{{"source":"s{}","medium":"cpc","name":"c{}"}}}}', hash(i) % 12, hash(i) % 40) AS context,
        strftime(t.happened_at, '%Y-%m') AS month
    FROM (SELECT i, $month::TIMESTAMP + to_seconds((hash(i * 3) % (28 * 86400))::BIGINT) AS happened_at
        FROM range($first, $last) AS r(i)) t"""


def main() -> None:
    parser = argparse.ArgumentParser()
    for name, default in (("people", 100_000), ("touches", 2_000_000), ("orders", 500_000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"SIYU_HOME": home, "DJANGO_SETTINGS_MODULE": "siyu.conf.settings"}
        print(json.dumps(measured(args)))


def measured(args: argparse.Namespace) -> dict:
    import django

    os.makedirs(f"{os.environ['SIYU_HOME']}/imports/arriving", exist_ok=True)
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    fill(args)
    from siyu.features.traffic import figures, returns, sightings
    from siyu.kit import clock

    condensed, _ = timed(sightings.files)
    drawn, people = timed(lambda: returns.refresh(clock.now()))
    asked = statistics.median(timed(lambda: figures.answer("channel"))[0] for _ in range(9))
    said = {"people": people, "touches": args.touches, "orders": args.orders}
    return said | {"condense_s": condensed, "draw_s": drawn, "page_s": round(asked, 4)}


def fill(args: argparse.Namespace) -> None:
    from bench import world
    from siyu.features.traffic import ruling, tree
    from siyu.kit import clock

    world.build(args.people, int(args.orders * world.LINES_A_BASKET))
    for n in range(world.MONTHS):
        first, last = args.touches * n // world.MONTHS, args.touches * (n + 1) // world.MONTHS
        month = f"{world.FIRST_MONTH.year + n // 12}-{n % 12 + 1:02}-01"
        world.put(TOUCHES, 100 + n, first=first, last=last, people=args.people, month=month)
    for n in range(10):
        tree.open_platform(code=f"p{n}", name=f"p{n}", domain="public", at=clock.now())
        tree.open_channel(code=f"c{n}", name=f"c{n}", platform=f"p{n}", by="bench", at=clock.now())
        ruling.write(channel=f"c{n}", utm_source=f"s{n}", by="bench", at=clock.now())


def timed(do) -> tuple:  # type: ignore[no-untyped-def]
    began = time.perf_counter()
    done = do()
    return round(time.perf_counter() - began, 2 if do.__name__ != "<lambda>" else 4), done


if __name__ == "__main__":
    main()
