"""Pictures of the shop. A file is named by what is in it, so a browser may keep it for ever."""

import re

from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from siyu.features.commerce import catalogue
from siyu.interfaces.pages.access import ANYBODY

KINDS = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}


@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponseBase:
    known = re.fullmatch(r"[0-9a-f]{32}\.(jpg|png|webp)", name)
    if not known or not (path := catalogue.media() / name).is_file():
        raise Http404
    kept = {"Cache-Control": "public, max-age=31536000, immutable"}
    return FileResponse(path.open("rb"), content_type=KINDS[known[1]], headers=kept)


picture.door = ANYBODY  # type: ignore[attr-defined]
