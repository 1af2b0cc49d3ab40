"""What stands before the pages: the audit trail's view of a request, and their tables as files."""

from collections.abc import Callable
from functools import partial
from typing import Any

from auditlog.middleware import AuditlogMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from siyu.interfaces.console import page_tables
from siyu.interfaces.console.access import ANYBODY
from siyu.kit.callers import address


class Trail(AuditlogMiddleware):
    """Tells the audit trail who acts and from where, and believes no header that anybody can send."""

    @staticmethod
    def _get_remote_addr(request: HttpRequest) -> str | None:
        return address(request) or None


class Files:
    """Who may open a page may have its tables as files: the page itself is asked, with whatever it needs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.house = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.house(request)

    def process_view(self, request: HttpRequest, view: Callable, given: Any, named: Any) -> HttpResponseBase | None:
        kind = page_tables.asked(request) if getattr(view, "permission", ANYBODY) != ANYBODY else ""
        return page_tables.file(request, kind, partial(view, request, *given, **named)) if kind else None
