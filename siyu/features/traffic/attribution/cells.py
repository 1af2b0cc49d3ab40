"""What a cell of a file says, as SQL, by the type that its column has. Most columns are plain and end early."""

from dataclasses import dataclass

from siyu.core.eventlog.imports.macros import ABSENT
from siyu.kit.tables import as_text, literal, quoted

NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
BLANK = " \t\r\n\u00a0\u3000\ufeff"


@dataclass(frozen=True)
class Cell:
    column: str
    kind: str

    @property
    def name(self) -> str:
        return quoted(self.column)

    @property
    def is_text(self) -> bool:
        return not self.kind.startswith(("TIMESTAMP", "DATE"))

    @property
    def as_text(self) -> str:
        return self.name if self.kind == "VARCHAR" else as_text(self.column, self.kind)


def text(cell: Cell) -> str:
    """NULL where it says nothing."""
    bare = f"nullif(trim({cell.as_text}, {literal(BLANK)}), '')"
    return f"CASE WHEN length({bare}) > 6 OR lower({bare}) NOT IN {ABSENT} THEN {bare} END"


def number(cell: Cell | None) -> str:
    """True and false are one and none, nothing is none; NULL: it is no number."""
    if not cell:
        return "0.0::DOUBLE"
    if cell.kind in (*NUMBERS, "DOUBLE", "FLOAT", "BOOLEAN") or cell.kind.startswith("DECIMAL"):
        return f"coalesce({cell.name}, 0)::DOUBLE"
    said = text(cell)
    return f"""CASE WHEN regexp_full_match({cell.as_text}, '[0-9.]+') THEN TRY_CAST({cell.as_text} AS DOUBLE)
        WHEN {said} IS NULL THEN 0.0
        WHEN lower({said}) IN ('true', 'yes', '是') THEN 1.0 WHEN lower({said}) IN ('false', 'no', '否') THEN 0.0
        ELSE amount({cell.as_text})::DOUBLE END"""


def moment(cell: Cell, zone: str) -> str:
    """UTC without a zone; what names none is of `zone`."""
    if cell.kind == "TIMESTAMP WITH TIME ZONE":
        return f"{cell.name}::TIMESTAMP"
    naive = f"{cell.name}::TIMESTAMP" if not cell.is_text else f"TRY_CAST({cell.as_text} AS TIMESTAMP)"
    local = naive if zone == "UTC" else f"timezone({literal(zone)}, {naive})::TIMESTAMP"
    if not cell.is_text:
        return local
    plain = r"'\d{4}-\d\d-\d\d([ T]\d\d:\d\d:\d\d(\.\d+)?)?'"
    return f"CASE WHEN regexp_full_match({cell.as_text}, {plain}) THEN {local} ELSE moment({cell.as_text}) END"
