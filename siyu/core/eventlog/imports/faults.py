"""What is wrong with rows: a code and a sentence each, and whether the row is refused or was mended."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from siyu.core.eventlog.imports.desk import Desk


@dataclass(frozen=True)
class Check:
    """A row for which `when` (SQL) holds gets the code and the sentence (SQL); the first check that holds counts."""

    code: str
    when: str
    sentence: str
    refused: bool = True


FORGOTTEN = "erased"
"""The code of rows about somebody who was erased: a file of refused rows does not write them out again."""
SKIPPED = ("not_paid", "never_paid")
"""Codes of rows that are right and bring nothing yet: nobody has to mend them."""
BROKEN = (
    Check(
        "row_malformed", "broken = 'row_malformed'", "'the row has not as many cells as the header, or a quote is open'"
    ),
    Check("encoding_wrong", "broken = 'encoding_wrong'", "'the row holds bytes that are not of the file''s encoding'"),
)


def find(desk: Desk, checks: Iterable[Check], table: str) -> None:
    """Table `faults` (row, code, sentence, refused) of the rows of `table`."""
    checks = list(checks)
    codes = " ".join(f"WHEN {check.when} THEN {place}" for place, check in enumerate(checks))
    sentences = " ".join(f"WHEN {place} THEN {check.sentence}" for place, check in enumerate(checks))
    names = ", ".join(f"'{check.code}'" for check in checks)
    refusing = ", ".join(str(place) for place, check in enumerate(checks) if check.refused)
    desk.db.execute(f"""
        CREATE TABLE faults AS
        SELECT row, [{names}][found + 1] AS code, CASE found {sentences} END AS sentence,
            found IN ({refusing}) AS refused
        FROM (SELECT *, CASE {codes} END AS found FROM {table}) WHERE found IS NOT NULL""")


def skipped(reasons: Mapping[str, int]) -> int:
    return sum(reasons.get(code, 0) for code in SKIPPED)


def reasons(desk: Desk, *, refused: bool) -> dict[str, int]:
    found = desk.db.execute(
        "SELECT code, count(*) FROM faults WHERE refused = ? GROUP BY code ORDER BY code", [refused]
    )
    return dict(found.fetchall())
