"""What a person is called outside: `per_…`, which tells no neighbour and no count."""

from django.conf import settings

from siyu.kit import codes
from siyu.kit.refusals import Refused


class NoSuchPerson(Refused):
    code = "no_such_person"
    status = 404


def code(number: int) -> str:
    return codes.encode("per", number, settings.SECRET_KEY)


def number_of(text: str) -> int:
    """The number behind a code; whether anybody has that number is another question."""
    number = codes.decode("per", text, settings.SECRET_KEY)
    if number is None:
        raise NoSuchPerson(f"{text[:40]} is no code of a person")
    return number
