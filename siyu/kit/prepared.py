"""Statements that run hundreds of times a second: written as querysets, made into SQL once.

Django makes the SQL of a queryset anew each time, which takes longer than most answers. A function that builds a
queryset from plain values is called here once per shape of its values (numbers, texts, moments, days, lists of so
many), with stand-ins in their places; the SQL is kept, and only values travel from then on.

    @asks
    def kept(store: int, products: Sequence[int]) -> QuerySet: ...  # what `kept(3, [7, 9])` gives is a list

    @changes
    def promised(stock: int, quantity: int) -> tuple[QuerySet, dict]:  # gives how many rows it changed
        return Stock.objects.filter(pk=stock), {"reserved": F("reserved") + quantity}

Values must reach the SQL as they are: a lookup that rewrites its text (icontains) is refused, by an assertion.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connections, router
from django.db.models import Model, QuerySet
from django.db.models.query import FlatValuesListIterable, ModelIterable, ValuesListIterable
from django.db.models.sql import DeleteQuery, UpdateQuery

NUMBER, MOMENT = 2_147_400_000, datetime(1900, 1, 1, tzinfo=UTC)
"""The first stand-ins; a number must fit into the smallest column."""
Values = Sequence[Any]


class Statement(NamedTuple):
    sql: str
    """For Django's cursor, and the same for SQLite's own."""
    bare: str
    slots: list[tuple[int, Any]]
    """For each parameter which value it takes, and of what type; below zero: the constant itself."""
    converters: dict[int, Any]
    shape: Callable[[Any, str, Sequence[Any]], Any]


def asks(build: Callable[..., QuerySet[Any, Any]]) -> Callable[..., list[Any]]:
    """Its rows: tuples of `values_list`, or models."""

    def compiled(found: QuerySet[Any, Any], using: str) -> tuple[Any, Any]:
        assert not found.query.annotation_select, "an annotation would stand in another place"
        return found.query.get_compiler(using), shapes(found)

    return Prepared(build, compiled)


def changes(*told: Any) -> Any:
    """Updates rows; how many. `@changes("column", …)`: these columns of the rows that were changed."""
    if not callable(told[0]):
        return lambda build: changing(build, told)
    return changing(told[0], ())


def changing(build: Callable[..., Any], returning: Sequence[str]) -> Callable[..., Any]:

    def compiled(built: tuple[QuerySet[Any, Any], dict[str, Any]], using: str) -> tuple[Any, Any]:
        query = built[0].query.chain(UpdateQuery)
        assert isinstance(query, UpdateQuery)
        query.add_update_values(built[1])
        return query.get_compiler(using), None

    return Prepared(build, compiled, returning, writes=True)


def removes(build: Callable[..., QuerySet[Any, Any]]) -> Callable[..., int]:
    """Deletes rows that nothing hangs on; how many."""

    def compiled(found: QuerySet[Any, Any], using: str) -> tuple[Any, Any]:
        return found.query.chain(DeleteQuery).get_compiler(using), None

    return Prepared(build, compiled, writes=True)


def shapes(found: QuerySet[Any, Any]) -> Callable[[Any, str, Sequence[Any]], Any]:
    kind = found._iterable_class
    if kind is ModelIterable:
        assert not found.query.select_related
        names = [field.attname for field in found.model._meta.concrete_fields]
        return lambda model, using, row: model.from_db(using, names, row)
    assert kind in (ValuesListIterable, FlatValuesListIterable)
    return (lambda _model, _using, row: row[0]) if kind is FlatValuesListIterable else lambda _model, _using, row: row


class Prepared:
    def __init__(
        self,
        build: Callable[..., Any],
        compiled: Callable[[Any, str], Any],
        returning: Sequence[str] = (),
        *,
        writes: bool = False,
    ) -> None:
        self.build, self.compiled, self.returning, self.writes = build, compiled, returning, writes
        self.known: dict[Any, tuple[Statement | None, type[Model]]] = {}

    def __call__(self, *values: Any) -> Any:
        flat = list(chain.from_iterable(v if isinstance(v, list | tuple) else (v,) for v in values))
        key = tuple(len(v) if isinstance(v, list | tuple) else kind_of(v) for v in values)
        if key not in self.known:
            self.known[key] = self.prepare(values)
        statement, model = self.known[key]
        if statement is None:
            return 0 if self.writes and not self.returning else []
        return self.run(statement, model, flat)

    def prepare(self, values: Values) -> tuple[Statement | None, type[Model]]:
        stand_ins: list[Any] = []
        given: list[Any] = []
        for value in values:
            several = isinstance(value, list | tuple)
            ours = [stand_in(len(stand_ins) + n, one) for n, one in enumerate(value if several else (value,))]
            stand_ins += ours
            given.append(ours if several else ours[0])
        built = self.build(*given)
        model = (built[0] if isinstance(built, tuple) else built).model
        connection = connections[router.db_for_write(model)]
        compiler, shape = self.compiled(built, connection.alias)
        try:
            sql, params = compiler.as_sql()
        except EmptyResultSet:
            return None, model
        if self.returning:
            sql += " RETURNING " + ", ".join(connection.ops.quote_name(name) for name in self.returning)
        adapted = [adapt(connection, one) for one in stand_ins]
        slots = [next(((n, type(p)) for n, one in enumerate(adapted) if same(one, p)), (-1, p)) for p in params]
        used = {n for n, _ in slots}
        assert all(n in used for n, one in enumerate(stand_ins) if fits(one)), f"a value did not reach {sql}"
        converters = {} if self.writes else compiler.get_converters([column[0] for column in compiler.select])
        return Statement(sql, sql.replace("%s", "?").replace("%%", "%"), slots, converters, shape), model

    def run(self, statement: Statement, model: type[Model], flat: Values) -> Any:
        connection = connections[router.db_for_write(model)]
        params = [told if n < 0 else adapt(connection, flat[n], told) for n, told in statement.slots]
        with connection.wrap_database_errors:
            if connection.vendor == "sqlite" and not connection.execute_wrappers and not connection.queries_logged:
                connection.ensure_connection()
                # Django's own cursor looks for the marks of every statement
                cursor = connection.connection.execute(statement.bare, params)
                return self.answer(statement, model, connection, cursor)
            with connection.cursor() as cursor:
                cursor.execute(statement.sql, params)
                return self.answer(statement, model, connection, cursor)

    def answer(self, statement: Statement, model: type[Model], connection: Any, cursor: Any) -> Any:
        if self.returning:
            return cursor.fetchall()
        if self.writes:
            return cursor.rowcount
        rows = cursor.fetchall()
        if statement.converters:
            rows = [converted(row, statement.converters, connection) for row in rows]
        return [statement.shape(model, connection.alias, row) for row in rows]


def converted(row: Sequence[Any], converters: dict[int, Any], connection: Any) -> tuple[Any, ...]:
    values = list(row)
    for n, (turns, expression) in converters.items():
        for turn in turns:
            values[n] = turn(values[n], expression, connection)
    return tuple(values)


def kind_of(value: Any) -> Any:
    """What makes another statement: truth and absence are written into it, others are values."""
    return value if value is None or isinstance(value, bool) else type(value).__name__


def fits(value: Any) -> bool:
    return not (value is None or isinstance(value, bool))


def stand_in(n: int, value: Any) -> Any:
    if not fits(value):
        return value
    if isinstance(value, int):
        return NUMBER + n
    if isinstance(value, datetime):
        return MOMENT + timedelta(microseconds=n)
    if isinstance(value, date):
        return MOMENT.date() + timedelta(days=n)
    assert isinstance(value, str), f"{type(value)} cannot be prepared"
    return f"‹{n}›"


def adapt(connection: Any, value: Any, kind: type | None = None) -> Any:
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, date):
        return connection.ops.adapt_datefield_value(value)
    return value if kind is None or kind is type(value) else kind(value)


def same(one: Any, param: Any) -> bool:
    """A driver may wrap a number to say how large its column is."""
    return fits(one) and isinstance(param, type(one)) and one == param
