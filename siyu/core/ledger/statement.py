"""On PostgreSQL transfers are written by one statement: a way to the server takes longer there than all that it does.

The database itself says no: what its guards and constraints refuse becomes a refusal here.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import psycopg
from django.db import IntegrityError, connection

WRITE = """
WITH wish AS MATERIALIZED (
    SELECT n, key, digest, source::bigint, target::bigint, amount::bigint, reason, about, at::timestamptz, by, memo
    FROM ROWS FROM (json_array_elements_text(%s), json_array_elements_text(%s), json_array_elements_text(%s),
        json_array_elements_text(%s), json_array_elements_text(%s), json_array_elements_text(%s),
        json_array_elements_text(%s), json_array_elements_text(%s), json_array_elements_text(%s),
        json_array_elements_text(%s))
    WITH ORDINALITY AS said(key, source, target, amount, reason, at, about, by, memo, digest, n)),
locked AS MATERIALIZED (
    SELECT id, balance, version FROM ledger_account
    WHERE id = ANY (ARRAY(SELECT source FROM wish UNION SELECT target FROM wish))
    ORDER BY owner IS NULL, id FOR NO KEY UPDATE),
made AS (
    INSERT INTO ledger_transfer (key, digest, source_id, target_id, amount, reason, about, at, by, memo)
    SELECT key, digest, source, target, amount, reason, about, at, by, memo
    FROM wish WHERE (SELECT count(*) FROM locked) > 0 ORDER BY n
    ON CONFLICT (key) DO NOTHING RETURNING id, key, source_id, target_id, amount),
side AS (
    SELECT one.transfer, one.account, one.amount, locked.version + row_number() OVER turns AS version,
        (locked.balance + sum(one.amount) OVER turns)::bigint AS balance
    FROM (SELECT id, source_id, -amount, 0 FROM made UNION ALL SELECT id, target_id, amount, 1 FROM made)
        AS one(transfer, account, amount, turn)
    JOIN locked ON locked.id = one.account
    WINDOW turns AS (PARTITION BY one.account ORDER BY one.transfer, one.turn)),
entered AS (
    INSERT INTO ledger_entry (transfer_id, account_id, version, amount, balance)
    SELECT transfer, account, version, amount, balance FROM side),
left_over AS (
    UPDATE ledger_account a SET balance = last.balance, version = last.version
    FROM (SELECT DISTINCT ON (account) account, version, balance FROM side ORDER BY account, version DESC) last
    WHERE a.id = last.account AND a.id = ANY (ARRAY(SELECT id FROM locked)))
SELECT key, id FROM made"""
"""Nothing is written before all accounts are locked, in the order in which everybody locks them. What the lock tells of
them is newer than what the statement sees otherwise, and so are the running balances."""


def write(wishes: Sequence[Sequence[Any]]) -> dict[str, int]:
    """{key: transfer} of those whose key is new."""
    columns = [msgspec.json.encode(column).decode() for column in zip(*wishes, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(WRITE, columns)
        return dict(cursor.fetchall())


def refused_by(error: IntegrityError) -> str:
    """The name of the constraint or the guard."""
    cause = error.__cause__
    return (cause.diag.constraint_name or "") if isinstance(cause, psycopg.Error) else ""
