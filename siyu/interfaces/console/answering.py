"""What a press of a button comes to."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from siyu.interfaces.console.words import refusal
from siyu.kit.refusals import Refused


def carried_out(
    request: HttpRequest, verb: Callable[[], Any], sentence: str, back: str, *where: object
) -> HttpResponse:
    """Back to a page, which says that it is done, or why not."""
    try:
        verb()
        messages.success(request, sentence)
    except Refused as no:
        messages.error(request, refusal(no))
    return redirect(back, *where)
