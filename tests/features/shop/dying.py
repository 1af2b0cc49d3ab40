"""A process that dies at a statement, before or after it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from django.db import connection


class Killed(BaseException):
    """As a SIGKILL: nobody catches it, and the database forgets what was not committed."""


@contextmanager
def dies_at(statement: int, *, after: bool) -> Iterator[None]:
    left = count(1)

    def execute(run: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        fatal = next(left) == statement
        if fatal and not after:
            raise Killed
        done = run(sql, params, many, context)
        if fatal:
            raise Killed
        return done

    with connection.execute_wrapper(execute):
        yield
