"""Whom an operator means: a member's own number, a person's code, or a phone or an e-mail."""

from django.conf import settings

from siyu.core.people import namespaces
from siyu.core.people.numbers import look_up
from siyu.features.loyalty.who import NoSuchMember, member_of
from siyu.kit import codes


def member_behind(text: str) -> int:
    text = text.replace("\0", "").strip()[:200]
    person = codes.decode("per", text, settings.SECRET_KEY)
    claims = [
        (namespace, value)
        for namespace in ("member", "phone", "email")
        if (value := namespaces.normal(namespace, text))
    ]
    numbers = [person] if person else list(look_up(claims).values())
    for number in numbers:
        if found := member_of(number):
            return found
    raise NoSuchMember("there is no such member")
