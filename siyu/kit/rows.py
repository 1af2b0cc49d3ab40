"""Writing many rows at the speed of the database."""

from collections.abc import Iterable, Sequence
from datetime import datetime
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
    adapt = connection.ops.adapt_datetimefield_value
    values = [tuple(adapt(value) if type(value) is datetime else value for value in row) for row in rows]
    if not values:
        return
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {quote(model._meta.db_table)} ({fields}) VALUES ({marks}){conflict}", values)


def _column(model: type[models.Model], name: str) -> str:
    field = model._meta.get_field(name)
    assert isinstance(field, models.Field) and field.column
    return field.column
