"""Numbers inside, codes in addresses; a code that is none is a page that is not there."""

from django.conf import settings
from django.http import Http404

from siyu.kit import codes

PREFIXES = {"listing": "lst", "variant": "var", "order": "ord", "shelf": "shf", "message": "msg"}


def code(kind: str, number: int) -> str:
    return codes.encode(PREFIXES[kind], number, settings.SECRET_KEY)


def number(kind: str, text: str) -> int:
    found = codes.decode(PREFIXES[kind], text, settings.SECRET_KEY)
    if found is None:
        raise Http404
    return found
