"""An expected no to a definition: which code, in words, and where in the JSON."""

import difflib
from collections.abc import Iterable

from siyu.kit.refusals import Refused


class NotUnderstood(Refused):
    """A definition that says something the language does not know. `problems` holds every one that was found."""

    code = "not_understood"

    def __init__(self, message: str, *, code: str, path: str) -> None:
        super().__init__(f"{message} (at {path})", code=code)
        self.path = path
        self.problems: list[NotUnderstood] = [self]

    def as_dict(self) -> dict[str, str]:
        return super().as_dict() | {"path": self.path}


def unknown(what: str, name: object, known: Iterable[str], path: str) -> NotUnderstood:
    """No such `what`; the sentence ends with the nearest names there are."""
    names = sorted(known)
    near = difflib.get_close_matches(str(name), names, n=3, cutoff=0.5) or names[:8]
    hint = f" Known: {', '.join(near)}." if near else ""
    return NotUnderstood(f"There is no {what} {name!r}.{hint}", code=f"unknown_{what.replace(' ', '_')}", path=path)


def malformed(message: str, path: str) -> NotUnderstood:
    return NotUnderstood(message, code="malformed", path=path)


def together(problems: list[NotUnderstood]) -> NotUnderstood:
    """One refusal for all of them; it speaks for the first."""
    first = problems[0]
    first.problems = problems
    return first
