"""Which column of a file means what: found by its name, in English or Chinese, or said by the operator."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from siyu.kit.refusals import Refused
from siyu.kit.tables import quoted


class ColumnRefused(Refused):
    code = "column_unknown"
    status = 422


@dataclass(frozen=True)
class Field:
    """Something a row can say. Its names are looked for in this order; those joined by a plus are summed."""

    name: str
    names: str
    required: bool = False
    instead: tuple[str, ...] = ()
    """Fields of which one will do in its place."""


@dataclass(frozen=True)
class Preset:
    """How the files of one platform call what they say. Fields that it does not name are not looked for."""

    name: str
    marks: str
    """Columns that all stand in such a file; a stroke between two: either."""
    columns: Mapping[str, str]
    """{field: its columns, the first that is there}, as `Field.names` has them."""
    words: Mapping[str, str]
    """{meaning: words of a status}, beside those that are known everywhere."""
    once: bool = False
    """Amounts are those of the whole order, and stand in each of its rows."""

    def fits(self, columns: Iterable[str]) -> bool:
        there = {plain(column) for column in columns}
        return all(there.intersection(map(plain, mark.split("|"))) for mark in self.marks.split())

    def fields(self, fields: Iterable[Field]) -> list[Field]:
        return [replace(one, names=self.columns.get(one.name, "")) for one in fields]


class PresetUnknown(Refused):
    code = "preset_unknown"
    status = 422


GUESS, NONE = "", "none"


def chosen(presets: Iterable[Preset], said: str, columns: list[str]) -> Preset | None:
    """The one that was said, else the one whose columns are there."""
    presets = list(presets)
    if said == GUESS:
        return next((one for one in presets if one.fits(columns)), None)
    found = {one.name: one for one in presets}
    if said != NONE and said not in found:
        raise PresetUnknown(f"There is no preset {said[:50]}; there are {', '.join([*found, NONE])}.")
    return found.get(said)


def find(
    fields: Iterable[Field], columns: list[str], said: Mapping[str, tuple[str, ...]], file: str
) -> dict[str, tuple[str, ...]]:
    """{field: its columns} for every field that the file has."""
    fields = list(fields)
    known = {plain(column): column for column in reversed(columns)}
    for name in said:
        if name not in {field.name for field in fields}:
            raise ColumnRefused(
                f"There is no field {name}; known are {', '.join(f.name for f in fields)}.", code="field_unknown"
            )
    found = {field.name: said_for(field, said, columns, known, file) or guessed(field, known) for field in fields}
    for field in fields:
        if field.required and not any(found.get(name) for name in (field.name, *field.instead)):
            raise ColumnRefused(
                f"{file} has no column for {field.name}; it has {', '.join(columns)}. Say --map {field.name}=COLUMN.",
                code="column_missing",
            )
    return {name: cols for name, cols in found.items() if cols}


def said_for(
    field: Field, said: Mapping[str, tuple[str, ...]], columns: list[str], known: dict[str, str], file: str
) -> tuple[str, ...]:
    for column in said.get(field.name, ()):
        if column not in columns and plain(column) not in known:
            raise ColumnRefused(f"{file} has no column {column}; it has {', '.join(columns)}.")
    return tuple(column if column in columns else known[plain(column)] for column in said.get(field.name, ()))


def guessed(field: Field, known: dict[str, str]) -> tuple[str, ...]:
    for names in field.names.split():
        parts = [known[part] for part in map(plain, names.split("+")) if part in known]
        if parts:
            return tuple(parts)
    return ()


def plain(column: str) -> str:
    return re.sub(r"[\W_]+", "", column.lower())


def text_of(columns: tuple[str, ...] | None) -> str:
    """SQL for what the columns of a text field say, joined by a dash; NULL where the file has none."""
    cells = [f"said({quoted(column)})" for column in columns or ()]
    return cells[0] if len(cells) == 1 else f"concat_ws('-', {', '.join(cells)})" if cells else "NULL::VARCHAR"


def sum_of(columns: tuple[str, ...] | None) -> str:
    """SQL for the sum of the columns of an amount field; NULL where nothing is said or something is unreadable."""
    names = [quoted(column) for column in columns or ()]
    if len(names) < 2:
        return f"amount({names[0]})" if names else "NULL::DECIMAL(22, 9)"
    unreadable = " OR ".join(f"(amount({name}) IS NULL AND said({name}) IS NOT NULL)" for name in names)
    parts = " + ".join(f"coalesce(amount({name}), 0)" for name in names)
    return f"CASE WHEN {unreadable} THEN NULL ELSE ({parts})::DECIMAL(22, 9) END"


def raw_of(columns: tuple[str, ...] | None) -> str:
    """SQL for what stands in the columns, for a sentence that shows it; NULL where nothing does."""
    cells = ", ".join(quoted(column) for column in columns or ())
    if not columns or len(columns) == 1:
        return cells or "NULL::VARCHAR"
    return f"nullif(concat_ws(' + ', {cells}), '')"
