"""Writing many rows at the speed of the database."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import batched, chain
from typing import Any

import msgspec
from django.db import connections, models, router

AT_ONCE = 200
"""Rows in a statement of marks: more make it no faster."""
COLUMNS_AT_ONCE = 2_000
"""Rows in a statement of arrays."""
RETURNING = " RETURNING "
type Model = type[models.Model]
type Rows = Iterable[Sequence[Any]]


def insert(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    ignore: bool = False,
    returning: Sequence[str] = (),
) -> list[tuple]:
    """Insert plain rows without making objects of them: faster than `executemany`, on either database.

    Aware datetimes are adapted, other values must already be what the column holds. `ignore` leaves out rows that a
    unique constraint knows already; `returning` names columns that are wanted of the rows that were written.
    """
    connection = connections[router.db_for_write(model)]
    write = _by_marks if connection.vendor == "sqlite" else _by_columns
    with connection.wrap_database_errors:
        return write(connection, model, tuple(columns), rows, _ending(model, ignore, tuple(returning)))


def _by_marks(connection: Any, model: Model, columns: tuple[str, ...], rows: Rows, ending: str) -> list[tuple]:
    """A mark for each value, as SQLite likes it."""
    direct = not connection.execute_wrappers
    into = f"{_into(model, columns)} VALUES "
    marks = f"({', '.join(['?' if direct else '%s'] * len(columns))})"
    values = _adapted(rows, moments) if (moments := _moments(model, columns)) else rows
    written: list[tuple] = []
    with connection.cursor() as cursor:
        # Django's own cursor on SQLite looks for the marks of every statement, longer than the database writes rows
        execute = connection.connection.execute if direct else cursor.execute
        for some in batched(values, AT_ONCE):
            done = execute(into + ", ".join([marks] * len(some)) + ending, list(chain.from_iterable(some)))
            if RETURNING in ending:
                written += (done if direct else cursor).fetchall()
    return written


def _by_columns(connection: Any, model: Model, columns: tuple[str, ...], rows: Rows, ending: str) -> list[tuple]:
    """A JSON array for each column: PostgreSQL's driver spends more on a mark than the database on its value."""
    statement = f"{_into(model, columns)} {_columns(model, columns)}{ending}"
    written: list[tuple] = []
    with connection.cursor() as cursor:
        for some in batched(rows, COLUMNS_AT_ONCE):
            cursor.execute(statement, [msgspec.json.encode(column).decode() for column in zip(*some, strict=True)])
            if RETURNING in ending:
                written += cursor.fetchall()
    return written


def written[M: models.Model](model: type[M], columns: Sequence[str], values: Sequence[Any]) -> M:
    """Insert one row; it comes back as a model that knows these columns and its key."""
    [(pk,)] = insert(model, columns, [values], returning=[model._meta.pk.name])
    names = [model._meta.get_field(name).attname for name in columns]  # type: ignore[union-attr]
    made = model(pk=pk, **dict(zip(names, values, strict=True)))
    made._state.adding = False
    return made


def update(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Set `columns` of many rows; each row is the primary key and then the values, whole numbers only."""
    connection = connections[router.db_for_write(model)]
    statement = _update(model, tuple(columns), connection.vendor)
    with connection.cursor() as cursor, connection.wrap_database_errors:
        if connection.vendor == "sqlite":
            connection.connection.executemany(statement, [(*values, pk) for pk, *values in rows])
        elif parts := [list(part) for part in zip(*rows, strict=True)]:
            cursor.execute(statement, parts)


@cache
def _update(model: type[models.Model], columns: tuple[str, ...], vendor: str) -> str:
    quote = connections[router.db_for_write(model)].ops.quote_name
    table, key = quote(model._meta.db_table), quote(model._meta.pk.attname)
    names = [quote(_column(model, name)) for name in columns]
    if vendor == "sqlite":
        return f"UPDATE {table} SET {', '.join(f'{name} = ?' for name in names)} WHERE {key} = ?"
    sets = ", ".join(f"{name} = new.c{n}" for n, name in enumerate(names, 1))
    arrays = ", ".join(["%s::bigint[]"] * (len(names) + 1))
    fields = ", ".join(f"c{n}" for n in range(len(names) + 1))
    return f"UPDATE {table} AS old SET {sets} FROM unnest({arrays}) AS new({fields}) WHERE old.{key} = new.c0"


@cache
def _moments(model: type[models.Model], columns: tuple[str, ...]) -> list[int]:
    return [i for i, name in enumerate(columns) if isinstance(model._meta.get_field(name), models.DateTimeField)]


@cache
def _into(model: Model, columns: tuple[str, ...]) -> str:
    quote = connections[router.db_for_write(model)].ops.quote_name
    return f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(quote(_column(model, name)) for name in columns)})"


@cache
def _ending(model: Model, ignore: bool, returning: tuple[str, ...]) -> str:
    quote = connections[router.db_for_write(model)].ops.quote_name
    ending = " ON CONFLICT DO NOTHING" if ignore else ""
    return ending + (RETURNING + ", ".join(quote(_column(model, name)) for name in returning) if returning else "")


@cache
def _columns(model: Model, columns: tuple[str, ...]) -> str:
    """Rows out of the arrays. A text too long is to be refused, and a cast to its type would cut it."""
    connection = connections[router.db_for_write(model)]
    types = [str(model._meta.get_field(name).rel_db_type(connection)) for name in columns]  # type: ignore[union-attr]
    assert not {"bytea", "double precision"} & set(types), "JSON has no bytes, and no number that is none"
    said = ", ".join(f"c{n}::{'text' if kind.startswith('varchar') else kind}" for n, kind in enumerate(types))
    arrays = ", ".join(["json_array_elements_text(%s)"] * len(columns))
    return f"SELECT {said} FROM ROWS FROM ({arrays}) AS said({', '.join(f'c{n}' for n in range(len(columns)))})"


def _column(model: type[models.Model], name: str) -> str:
    field = model._meta.get_field(name)
    assert isinstance(field, models.Field) and field.column
    return field.column


def _adapted(rows: Iterable[Sequence[Any]], moments: list[int]) -> Iterator[list[Any]]:
    """The rows with their datetimes as SQLite keeps them: what Django writes, a twentieth of the work."""
    last: dict[int, tuple[datetime | None, str | None]] = dict.fromkeys(moments, (None, None))
    for row in rows:
        values = list(row)
        for i in moments:
            if values[i] is not last[i][0]:  # often a whole column says the same moment
                last[i] = (values[i], values[i] and str(values[i].astimezone(UTC))[: -len("+00:00")])
            values[i] = last[i][1]
        yield values
