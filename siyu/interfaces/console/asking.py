"""Reading what an address asks for; nonsense reads as nothing."""

from collections.abc import Container

from django.http import HttpRequest


def whole(request: HttpRequest, name: str, default: int | None = None) -> int | None:
    """A whole number that a database can hold."""
    said = request.GET.get(name, "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 19 else default


def text(request: HttpRequest, name: str, longest: int = 100) -> str:
    return request.GET.get(name, "").replace("\0", "").strip()[:longest]


def choice(request: HttpRequest, name: str, known: Container[str]) -> str:
    """One of the known words, or nothing."""
    said = request.GET.get(name, "")
    return said if said in known else ""
