"""How somebody can be known: per namespace how a value is written, how strong it is and how many a person may have."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from siyu.kit.refusals import Refused

_PLACEHOLDERS = """
    0 -1 null none nil nan na n/a undefined unknown test tester anonymous guest admin user default false true
    - -- . * ? 无 空 未知 匿名 游客 测试 匿名用户"""
POISON = frozenset(_PLACEHOLDERS.split())
MASKED = re.compile(r"[*＊•●xX×]{3,}|\*\*")
LONGEST = 200


@dataclass(frozen=True)
class Namespace:
    """`strength`: the stronger one keeps its person where two disagree. `per_person`: how many one may have; 0: any."""

    normal: Callable[[str], str | None]
    strength: int
    per_person: int = 0


def phone(text: str) -> str | None:
    """A mainland number is its eleven digits; another one keeps its country after a plus."""
    digits = re.sub(r"[\s().-]", "", text)
    plus = digits.startswith(("+", "00"))
    digits = digits.removeprefix("+").removeprefix("00")
    if not digits.isdigit() or not 7 <= len(digits) <= 15 or len(set(digits)) == 1:
        return None
    if digits.startswith("86") and len(digits) == 13:
        return digits[2:]
    return f"+{digits}" if plus else digits


def email(text: str) -> str | None:
    lowered = text.lower()
    return lowered if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", lowered) else None


def as_sent(text: str) -> str | None:
    return text


NAMESPACES = {
    "member": Namespace(as_sent, strength=100, per_person=1),
    "unionid": Namespace(as_sent, strength=90, per_person=1),
    "phone": Namespace(phone, strength=80, per_person=5),
    "external_userid": Namespace(as_sent, strength=75),
    "openid": Namespace(as_sent, strength=70),
    "email": Namespace(email, strength=60, per_person=5),
    "device": Namespace(as_sent, strength=10),
}
ANY = Namespace(as_sent, strength=50)
"""The buyers of a source, and whatever else is not named above."""


class NamesNobody(Refused):
    code = "names_nobody"
    status = 422


def of(name: str) -> Namespace:
    return NAMESPACES.get(name, ANY)


def normal(namespace: str, text: str) -> str | None:
    """The value as it is kept; None for what identifies nobody: placeholders, masked numbers, test values."""
    value = unicodedata.normalize("NFKC", text).strip()
    if not value or len(value) > LONGEST or value.lower() in POISON or "\0" in value:
        return None
    if MASKED.search(value) or (len(value) > 3 and set(value) <= set("0-")):
        return None
    return of(namespace).normal(value)


def claimed(namespace: str, text: str) -> tuple[str, str]:
    """The same as a claim, for whoever names one person and must be told when that names nobody."""
    value = normal(namespace, text)
    if value is None:
        raise NamesNobody(f"{text[:50]!r} is no {namespace} that names somebody")
    return namespace, value
