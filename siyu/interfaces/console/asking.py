"""Reading what an address asks for; nonsense reads as nothing."""

from django.http import HttpRequest


def whole(request: HttpRequest, name: str, default: int | None = None) -> int | None:
    """A whole number that a database can hold."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else default
