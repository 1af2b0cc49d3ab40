"""Triggers that keep the books as they were written, in the words of either database.

An entry is one side of its transfer, a transfer stays in one unit, nothing is taken below zero, an account stays what
it is; nothing is edited or deleted. The one road for an erasure: the memo of a transfer can be blanked. They are set
after every migration, because SQLite loses the triggers of a table that it rebuilds.

What comes is asked on PostgreSQL once a statement, of all its rows: a trigger and four foreign keys a row took longer
than all else that a posting does there. Since nothing is ever deleted, whoever is found stays.
"""

from typing import Any, NamedTuple

from django.db import connections

EDITED = "the books are never edited"
SIDE = """COALESCE((SELECT t.source_id = NEW.account_id AND t.amount = -NEW.amount
OR t.target_id = NEW.account_id AND t.amount = NEW.amount
FROM ledger_transfer t WHERE t.id = NEW.transfer_id), FALSE)"""
COVERED = """NEW.balance >= 0 OR NEW.amount > 0
OR COALESCE((SELECT a.open FROM ledger_account a WHERE a.id = NEW.account_id), FALSE)"""
UNIT = """COALESCE((SELECT s.unit FROM ledger_account s WHERE s.id = NEW.source_id) =
(SELECT t.unit FROM ledger_account t WHERE t.id = NEW.target_id), FALSE)"""
"""A question for a number each, so that no plan ever goes through a whole table."""
WRITTEN = "id, key, digest, source_id, target_id, amount, reason, about, at, by"


class Guard(NamedTuple):
    table: str
    before: str
    says: str
    unless: str = ""


GUARDS = {
    "ledger_entry_fits": Guard("ledger_entry", "INSERT", "an entry is one side of its transfer", SIDE),
    "ledger_below_zero": Guard("ledger_entry", "INSERT", "nothing is taken below zero", COVERED),
    "ledger_one_unit": Guard("ledger_transfer", "INSERT", "a transfer stays in one unit", UNIT),
    "ledger_entry_stands": Guard("ledger_entry", "UPDATE", EDITED),
    "ledger_entry_stays": Guard("ledger_entry", "DELETE", EDITED),
    "ledger_transfer_stands": Guard("ledger_transfer", f"UPDATE OF {WRITTEN}", EDITED),
    "ledger_memo_stands": Guard("ledger_transfer", "UPDATE OF memo", EDITED, "NEW.memo = ''"),
    "ledger_transfer_stays": Guard("ledger_transfer", "DELETE", EDITED),
    "ledger_account_stands": Guard(
        "ledger_account", "UPDATE OF id, unit, kind, owner, name, share, open", "an account stays what it is"
    ),
    "ledger_account_stays": Guard("ledger_account", "DELETE", EDITED),
}


def guard(using: str = "default", **_: Any) -> None:
    connection = connections[using]
    if "ledger_entry" not in connection.introspection.table_names():
        return
    words = on_sqlite if connection.vendor == "sqlite" else on_postgresql
    with connection.cursor() as cursor:
        for name, one in GUARDS.items():
            for statement in words(name, one):
                cursor.execute(statement)


def on_sqlite(name: str, one: Guard) -> list[str]:
    where = f" WHERE NOT ({one.unless})" if one.unless else ""
    return [
        f"""CREATE TRIGGER IF NOT EXISTS {name} BEFORE {one.before} ON {one.table}
        BEGIN SELECT RAISE(ABORT, '{one.says}'){where}; END"""
    ]


def on_postgresql(name: str, one: Guard) -> list[str]:
    stop = f"RAISE EXCEPTION '{one.says}' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = '{name}';"
    if one.before == "INSERT":
        wrong = f"EXISTS (SELECT 1 FROM fresh WHERE NOT ({one.unless.replace('NEW.', 'fresh.')}))"
        when, each = "AFTER INSERT", "REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT"
    else:
        wrong, when, each = f"NOT ({one.unless or False})", f"BEFORE {one.before}", "FOR EACH ROW"
    return [
        f"""CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
        BEGIN IF {wrong} THEN {stop} END IF; RETURN NEW; END $$""",
        f"CREATE OR REPLACE TRIGGER {name} {when} ON {one.table} {each} EXECUTE FUNCTION {name}()",
    ]


def unguard(using: str = "default") -> None:
    """For tests that empty the tables, and for nothing else."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for name, one in GUARDS.items():
            on = "" if connection.vendor == "sqlite" else f" ON {one.table}"
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")
