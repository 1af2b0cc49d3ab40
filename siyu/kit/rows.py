"""Writing many rows at the speed of the database."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from typing import Any

from django.db import connections, models, router


def insert(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]], *, ignore: bool = False
) -> None:
    """Insert plain rows without making objects of them: what `executemany` can do, on either database.

    Aware datetimes are adapted, other values must already be what the column holds. `ignore` leaves out rows that a
    unique constraint knows already.
    """
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    fields = ", ".join(quote(_column(model, name)) for name in columns)
    marks = ", ".join(["%s"] * len(columns))
    conflict = " ON CONFLICT DO NOTHING" if ignore else ""
    moments = [i for i, name in enumerate(columns) if isinstance(model._meta.get_field(name), models.DateTimeField)]
    values = list(_adapted(rows, moments) if moments and connection.vendor == "sqlite" else rows)
    if not values:
        return
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {quote(model._meta.db_table)} ({fields}) VALUES ({marks}){conflict}", values)


def _column(model: type[models.Model], name: str) -> str:
    field = model._meta.get_field(name)
    assert isinstance(field, models.Field) and field.column
    return field.column


def _adapted(rows: Iterable[Sequence[Any]], moments: list[int]) -> Iterator[list[Any]]:
    """The rows with their datetimes as SQLite keeps them: what Django writes, a tenth of the work."""
    for row in rows:
        values = list(row)
        for i in moments:
            values[i] = values[i] and str(values[i].astimezone(UTC).replace(tzinfo=None))
        yield values
