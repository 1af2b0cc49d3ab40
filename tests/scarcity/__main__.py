"""Races over all scarce things on both databases, each in a process of its own; ends with 1 when one was lost."""

import argparse
import json
import os
import subprocess
import sys

DATABASES = ("sqlite", "postgresql")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--database", choices=DATABASES)
    parser.add_argument("--only", nargs="+", help="names of resources")
    args = parser.parse_args()
    if args.database is None:
        commands = [[sys.executable, "-m", "tests.scarcity", *sys.argv[1:], "--database", one] for one in DATABASES]
        return max([subprocess.run(command, check=False).returncode for command in commands])
    return prove(args.database, args.trials, args.only)


def prove(database: str, trials: int, only: list[str] | None) -> int:
    os.environ |= {"SIYU_TEST_DATABASE": database, "DJANGO_SETTINGS_MODULE": "siyu.conf.settings"}
    from tests import home

    try:
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        return raced(database, trials, only)
    finally:
        home.pytest_sessionfinish()


def raced(database: str, trials: int, only: list[str] | None) -> int:
    from django.core.management import call_command

    from siyu.core.ledger.guards import unguard
    from tests.scarcity import resources
    from tests.scarcity.control import CheckThenAct
    from tests.scarcity.race import Resource, race

    def told(name: str, resource: Resource, trials: int) -> int:
        unguard()
        call_command("flush", interactive=False, verbosity=0)
        found = race(resource, trials)
        said = {"database": database, "resource": name, "trials": found.trials, "seconds": found.seconds}
        print(json.dumps(said | {"violations": len(found.violations), "first": found.violations[:3]}), flush=True)
        return len(found.violations)

    known = resources()
    lost = sum(told(name, known[name], trials) for name in only or known)
    return int(lost > 0 or not told("control, racy on purpose", CheckThenAct(), 50))


if __name__ == "__main__":
    sys.exit(main())
