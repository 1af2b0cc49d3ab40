"""Pictures of listings: public, and never another file than one that was redrawn here."""

import re

from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

from siyu.features.commerce.catalogue import media

NAME = re.compile(r"[0-9a-f]{32}\.(jpg|png|webp)")


@require_safe
def picture(request: HttpRequest, file: str) -> FileResponse:
    """Its name is its digest, so it never changes."""
    if not NAME.fullmatch(file) or not (media() / file).is_file():
        raise Http404
    answer = FileResponse((media() / file).open("rb"))
    answer["Cache-Control"] = "public, max-age=31536000, immutable"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
