"""Who is to be shown or forgotten, and what a holding answers."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from siyu.core.eventlog.directory import directory

TOO_SHORT = 6
"""Digits: a shorter number is found in its own place only; elsewhere it would hit prices and sizes."""


@dataclass(frozen=True)
class Somebody:
    """A person as all holdings know one: by identity numbers, and by the values that name them."""

    identities: tuple[int, ...]
    values: tuple[str, ...] = ()
    at: datetime | None = None
    """When they were erased."""

    @cached_property
    def telling(self) -> tuple[str, ...]:
        """The values that can be looked for among other people's: long enough to mean nobody else."""
        return tuple(value for value in self.values if tells(value))

    @cached_property
    def pattern(self) -> str:
        """A regular expression (RE2 and Python) for any of them, however a number is spaced and a letter is cased."""
        return "(?i)" + "|".join(map(spelled, self.telling)) if self.telling else "$^"

    @cached_property
    def escaped_pattern(self) -> str:
        """The same for JSON that writes letters beyond ASCII as escapes."""
        forms = [json.dumps(value)[1:-1] for value in self.telling if not value.isascii()]
        return "(?i)" + "|".join(form.replace("\\", "\\\\") for form in forms) if forms else "$^"

    def named_in(self, text: str) -> bool:
        """Whether the text names them, also where it is JSON with escapes."""
        return bool(self.telling) and bool(self._found(text) or ("\\u" in text and self._found(unescaped(text))))

    def _found(self, text: str) -> bool:
        return self._compiled.search(text) is not None

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern)


class Answer(NamedTuple):
    """What a holding did: how much is erased, how much it kept, and why it may."""

    erased: dict[str, int]
    kept: dict[str, int] = {}
    law: str = ""


Files = dict[str, list[dict[str, Any]]]
"""{name: rows}: a part of an export."""


NOT_KEPT = "it names somebody who was erased, and is not kept as it came"


def without_the_erased(failed: list[tuple]) -> list[tuple]:
    """Failed messages as they may be kept, rows that end with reason, head and body: what names somebody who was
    erased is counted with its code and says no more."""
    named = directory().naming_the_erased([f"{reason} {head} {body}" for *_, reason, head, body in failed])
    return [(*one[:-3], NOT_KEPT, "{}", "") if gone else one for one, gone in zip(failed, named, strict=True)]


def tells(value: str) -> bool:
    if value.isascii():
        return len(value) >= (TOO_SHORT if value.isdigit() else 4)
    return len(value) >= 2


def spelled(value: str) -> str:
    if re.fullmatch(r"\+?\d{7,15}", value):
        return r"[\s().-]*".join(map(re.escape, value))
    edge = r"\b" if value.isascii() else ""
    escaped = re.escape(value).replace("\\ ", " ")  # RE2 knows no escaped space
    return (edge if value[0].isalnum() else "") + escaped + (edge if value[-1].isalnum() else "")


def unescaped(text: str) -> str:
    """JSON's escapes as letters, wherever in a text they stand."""
    return re.sub(r"(?:\\u[0-9a-fA-F]{4})+", lambda found: json.loads(f'"{found[0]}"'), text)


def naming(values: Iterable[Any]) -> tuple[str, ...]:
    """Texts of what names somebody, each once, the longest first."""
    texts = {str(value).strip() for value in values if isinstance(value, str | int) and not isinstance(value, bool)}
    return tuple(sorted(texts - {""}, key=lambda text: (-len(text), text)))
