"""The language that a browser is spoken to in."""

from django.conf import settings
from django.http import HttpResponse


def speaking(answer: HttpResponse, chosen: str) -> HttpResponse:
    """In this language from now on; one that nobody speaks changes nothing."""
    if chosen in dict(settings.LANGUAGES):
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=365 * 86_400,
            httponly=True,
            samesite="Lax",
            secure=settings.SIYU.secure,
        )
    return answer
