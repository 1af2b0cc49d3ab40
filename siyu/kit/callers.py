"""Who is at the other end."""

from django.conf import settings
from django.http import HttpRequest


def address(request: HttpRequest) -> str:
    """The caller's address; behind a proxy of ours what that proxy saw: the last entry, which nobody can forge."""
    direct: str = request.META.get("REMOTE_ADDR", "")
    forwarded: str = request.headers.get("X-Forwarded-For", "")
    return forwarded.rpartition(",")[2].strip() or direct if settings.SIYU.secure else direct
