"""Who is at the other end."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest


def address(request: HttpRequest) -> str:
    """The caller's address; behind a proxy of ours what that proxy saw: the last entry, which nobody can forge."""
    return address_in(request.META)


def address_in(environ: Mapping[str, Any]) -> str:
    """The same before Django has made a request of it."""
    direct: str = environ.get("REMOTE_ADDR", "")
    forwarded: str = environ.get("HTTP_X_FORWARDED_FOR", "")
    return forwarded.rpartition(",")[2].strip() or direct if settings.SIYU.secure else direct
