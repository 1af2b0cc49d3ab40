"""What a test with transactions leaves is wiped away: the rows that it wrote, and no others.

Django empties all tables, makes content types, permissions and groups anew and connects again, each time, which takes
longer than most tests. Here it does so once; from then on what differs from that moment is put right, on the connection
that is there. Neither references nor the guards of the books are asked: they stand again before the next test.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any

from django.db import connections, transaction
from django.test import TransactionTestCase

flush = TransactionTestCase._fixture_teardown
lasting: dict[str, dict[str, list[tuple]]] = {}
"""{database: {table: its rows}}: what a database holds that is as new."""
ASKED = (sqlite3.SQLITE_DBCONFIG_ENABLE_TRIGGER, sqlite3.SQLITE_DBCONFIG_ENABLE_FKEY)
MANY = 2_000
"""Rows that a PostgreSQL table keeps as dead ones too long for whoever looks into it next."""


def begin() -> None:
    TransactionTestCase._fixture_teardown = wipe
    TransactionTestCase._should_reload_connections = lambda case: False


def wipe(case: TransactionTestCase) -> None:
    names = list(case._databases_names(include_mirrors=False))
    with ExitStack() as stack:
        for name in names:
            stack.enter_context(unasked(name))
        if any(name not in lasting for name in names):
            flush(case)
            lasting.update({name: {table: rows(name, table) for table in filled(name)} for name in names})
        for name in names:
            put_right(name)


@contextmanager
def unasked(name: str) -> Iterator[None]:
    """Nothing in the database says no, and nobody's lock outlives its test."""
    connection = connections[name]
    connection.ensure_connection()
    bare: Any = connection.connection
    if connection.vendor == "sqlite":
        before = [bare.getconfig(one) for one in ASKED]
        for one in ASKED:
            bare.setconfig(one, False)
        try:
            yield
        finally:
            for one, was in zip(ASKED, before, strict=True):
                bare.setconfig(one, was)
    else:
        bare.execute("SELECT pg_advisory_unlock_all()")
        bare.execute("SET session_replication_role = replica")
        try:
            yield
        finally:
            bare.execute("SET session_replication_role = origin")


def put_right(name: str) -> None:
    as_new = lasting[name]
    wrong = [table for table in filled(name) if table not in as_new]
    wrong += [table for table, was in as_new.items() if rows(name, table) != was]
    if not wrong:
        return
    many = []
    with transaction.atomic(using=name), connections[name].cursor() as cursor:
        for table in wrong:
            cursor.execute(f'DELETE FROM "{table}"')
            if cursor.rowcount > MANY:
                many.append(table)
            if was := as_new.get(table):
                cursor.executemany(f'INSERT INTO "{table}" VALUES ({", ".join(["%s"] * len(was[0]))})', was)
    if many and connections[name].vendor == "postgresql":
        connections[name].connection.execute(f"VACUUM {', '.join(f'"{table}"' for table in many)}")


def filled(name: str) -> list[str]:
    """Tables with rows in them."""
    return [table for (table,) in asked(name, looks(name))]


@cache
def looks(name: str) -> str:
    tables = sorted(connections[name].introspection.django_table_names(only_existing=True, include_views=False))
    return " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM \"{table}\")" for table in tables)


def rows(name: str, table: str) -> list[tuple]:
    return asked(name, f'SELECT * FROM "{table}" ORDER BY 1')


def asked(name: str, query: str) -> list[tuple]:
    """Planned once: a database plans a question to every table for longer than it answers it."""
    connection = connections[name]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            return cursor.connection.execute(query, prepare=True).fetchall()
        cursor.execute(query)
        return cursor.fetchall()
