"""What nobody answers: in the look of the part of the house that was asked."""

from django.http import HttpRequest, HttpResponse
from django.views import csrf, defaults

from siyu.interfaces.pages.views import plain

MEMBERS = ("/m/", "/l/", "/c/")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    answer = plain.not_found if request.path.startswith(MEMBERS) else defaults.page_not_found
    return answer(request, exception)


def broken(request: HttpRequest) -> HttpResponse:
    return plain.broken(request) if request.path.startswith(MEMBERS) else defaults.server_error(request)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    return plain.grown_old(request) if request.path.startswith(MEMBERS) else csrf.csrf_failure(request, reason)
