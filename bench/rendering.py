"""Words of a template for many people, in one process on one core.

    .venv/bin/python -m bench.rendering [--people 200000]

`rendering` is what is done at send time with what is known already: columns with fallbacks, a signed link of each,
subject and text; `html` the same with an escaped body. Goal: 100,000 messages a second. Yardsticks of the same run:
`django` (its own template of the same text, a context a person) and `format` (bare `str.format`). One JSON document.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from typing import Any

TEXT = (
    "Dear {name|friend}, {brand} has {portrait.orders|0} orders of yours. For {trait.city|your town}: {link:spring} 🎁"
)
HTML = "<p>Dear {name|friend}</p><p>{trait.city|your town}</p><a href='{link:spring}'>{brand}</a>"
THEIRS = (
    "Dear {{ name|default:'friend' }}, {{ brand }} has {{ orders|default:0 }} orders of yours."
    " For {{ city|default:'your town' }}: {{ base }}{{ token }} 🎁"
)
BASE = "https://shop.example/l/spring?m="


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=200_000)
    count = parser.parse_args().people
    with tempfile.TemporaryDirectory(prefix="siyu-bench-") as home:
        os.environ |= {"SIYU_HOME": home, "DJANGO_SETTINGS_MODULE": "siyu.conf.settings"}
        import django

        django.setup()
        print(json.dumps(measured(count), indent=2))


def measured(count: int) -> dict[str, Any]:
    from siyu.core.outreach import tokens

    people = list(range(1, count + 1))
    names = [f"Person <{n}>" if n % 3 else "" for n in people]
    cities = [f"城市 {n % 300}" if n % 5 else "" for n in people]
    orders = [str(n % 40) for n in people]
    signs = tokens.tokens(people, people)
    runs: dict[str, Callable[[], list[Any]]] = {
        "rendering": lambda: ours(people, names, cities, orders, html=""),
        "html": lambda: ours(people, names, cities, orders, html=HTML),
        "django": lambda: theirs(names, cities, orders, signs),
        "format": lambda: bare(names, cities, orders, signs),
    }
    return {"people": count} | {name: rate(run, count) for name, run in runs.items()}


def ours(people: list[int], names: list[str], cities: list[str], orders: list[str], *, html: str) -> list[Any]:
    from siyu.core.outreach import tokens
    from siyu.core.outreach.templates.rendering import body, rendered
    from siyu.core.outreach.templates.words import Variable

    one = body({"subject": "For {name|friend}", "text": TEXT, "html": html}, "en")
    told = {"name": names, "trait": cities, "portrait": orders, "brand": ["Shop"] * len(people)}
    columns = {
        slot: [value or slot.fallback for value in told[slot.kind]] for slot in one.variables if slot.kind != "link"
    }
    signs = tokens.tokens(people, people)
    columns[Variable("link", "spring")] = [BASE + sign for sign in signs]
    return rendered(one, columns, people=people, language="en")


def theirs(names: list[str], cities: list[str], orders: list[str], signs: list[str]) -> list[Any]:
    from django.template import Context, Template

    template = Template(THEIRS)
    rows = zip(names, cities, orders, signs, strict=True)
    return [
        template.render(Context({"name": n, "city": c, "orders": o, "token": t, "brand": "Shop", "base": BASE}))
        for n, c, o, t in rows
    ]


def bare(names: list[str], cities: list[str], orders: list[str], signs: list[str]) -> list[Any]:
    said = "Dear {}, Shop has {} orders of yours. For {}: " + BASE + "{} 🎁"
    return [said.format(n, o, c, t) for n, c, o, t in zip(names, cities, orders, signs, strict=True)]


def rate(run: Callable[[], list[Any]], count: int) -> int:
    """Messages a second."""
    began = time.process_time()
    assert len(run()) == count
    return round(count / (time.process_time() - began))


if __name__ == "__main__":
    main()
