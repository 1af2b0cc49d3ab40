"""A person's number of 10,000 for a salt: the same in Python, DuckDB and Spark, for ever, whoever asks."""

import hashlib

from sqlglot import exp

OF = 10_000


def bucket(salt: str, person: int) -> int:
    """The first 32 bits of md5("salt:person"), modulo 10,000. Not a secret: a fair and stable draw."""
    digest = hashlib.md5(f"{salt}:{person}".encode(), usedforsecurity=False).hexdigest()
    return int(digest[:8], 16) % OF


def bucket_sql(salt: str, person: exp.Expr, dialect: str = "duckdb") -> exp.Expr:
    """The same as SQL; engines read hexadecimal each in its own way."""
    text = exp.DPipe(this=exp.Literal.string(f"{salt}:"), expression=exp.cast(person, "TEXT"))
    digest = exp.Substring(this=exp.MD5(this=text), start=exp.Literal.number(1), length=exp.Literal.number(8))
    if dialect == "duckdb":
        number = exp.cast(exp.DPipe(this=exp.Literal.string("0x"), expression=digest), "BIGINT")
    else:
        number = exp.cast(exp.func("CONV", digest, exp.Literal.number(16), exp.Literal.number(10)), "BIGINT")
    return exp.Mod(this=number, expression=exp.Literal.number(OF))
