"""Who is at the other end."""

from auditlog.middleware import AuditlogMiddleware
from django.conf import settings
from django.http import HttpRequest


def address(request: HttpRequest) -> str:
    """The caller's address; behind a proxy of ours what that proxy saw: the last entry, which nobody can forge."""
    direct: str = request.META.get("REMOTE_ADDR", "")
    forwarded: str = request.headers.get("X-Forwarded-For", "")
    return forwarded.rpartition(",")[2].strip() or direct if settings.SIYU.secure else direct


class Trail(AuditlogMiddleware):
    """Tells the audit trail who acts and from where, and believes no header that anybody can send."""

    @staticmethod
    def _get_remote_addr(request: HttpRequest) -> str | None:
        return address(request) or None
