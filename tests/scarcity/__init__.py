"""Races over scarce things: a trial is one race of sixteen clients over one of them.

`race` runs trials of a `Resource`; the other modules hold the resources, `control` one that is racy on purpose and must
be caught. Two hundred trials of each run with the suite, ten thousand in `make proof`:

    .venv/bin/python -m tests.scarcity [--trials 10000] [--database sqlite|postgresql] [--only NAME ...]

Something new that is scarce: a module here with a dict `RESOURCES` of {name: `race.Resource`}. It is found by itself.
Keep `stage` to the rows that a trial needs, since it runs two hundred times; what all trials share belongs in `open`.
"""

from importlib import import_module
from pkgutil import iter_modules

from tests.scarcity.race import Resource


def resources() -> dict[str, Resource]:
    """{name: resource} of all modules here, in the order of their names. Django must be set up."""
    found: dict[str, Resource] = {}
    for name in sorted(one.name for one in iter_modules(__path__)):
        if name != "__main__" and not name.startswith("test_"):
            some = getattr(import_module(f"{__name__}.{name}"), "RESOURCES", {})
            assert not found.keys() & some.keys(), f"{name} names a resource again"
            found |= some
    return found
