"""What a test with transactions leaves is wiped away: the tables that it wrote to, and no others.

Django empties all of them and makes content types, permissions and groups anew, each time, which takes longer than most
tests. Here it does so once, and again wherever a test has touched what was there from the beginning.
"""

from django.db import connections, transaction
from django.test import TransactionTestCase

flush = TransactionTestCase._fixture_teardown
lasting: dict[str, dict[str, list]] = {}
"""{database: {table: its rows}}: what a database holds that is as new."""


def wipe(case: TransactionTestCase) -> None:
    names = list(case._databases_names(include_mirrors=False))
    if any(name not in lasting or contents(name, lasting[name]) != lasting[name] for name in names):
        flush(case)
        lasting.update({name: contents(name, filled(name)) for name in names})
        return
    for name in names:
        empty(name, [table for table in filled(name) if table not in lasting[name]])


def filled(name: str) -> list[str]:
    """Tables with rows in them."""
    tables = connections[name].introspection.django_table_names(only_existing=True, include_views=False)
    looks = " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM \"{table}\")" for table in tables)
    return [table for (table,) in asked(name, looks)]


def contents(name: str, tables: list[str] | dict[str, list]) -> dict[str, list]:
    return {table: sorted(asked(name, f'SELECT * FROM "{table}"'), key=repr) for table in tables}


def asked(name: str, query: str) -> list[tuple]:
    with connections[name].cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def empty(name: str, tables: list[str]) -> None:
    if not tables:
        return
    connection = connections[name]
    with transaction.atomic(using=name), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {', '.join(f'"{table}"' for table in tables)} CASCADE")
            return
        for table in tables:
            cursor.execute(f'DELETE FROM "{table}"')


def begin() -> None:
    TransactionTestCase._fixture_teardown = wipe
