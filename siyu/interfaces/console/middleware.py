"""The audit trail's view of a request."""

from auditlog.middleware import AuditlogMiddleware
from django.http import HttpRequest

from siyu.kit.callers import address


class Trail(AuditlogMiddleware):
    """Tells the audit trail who acts and from where, and believes no header that anybody can send."""

    @staticmethod
    def _get_remote_addr(request: HttpRequest) -> str | None:
        return address(request) or None
