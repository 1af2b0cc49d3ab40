"""Pages that speak when nothing else can: no way, no page, no connection. They ask nobody anything."""

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from siyu.interfaces.pages.access import ANYBODY, show

OFFLINE = "/m/offline"


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return show(request, "pages/not_found.html", status=404)


def grown_old(request: HttpRequest) -> HttpResponse:
    return show(request, "pages/grown_old.html", status=403)


def broken(request: HttpRequest) -> HttpResponse:
    """In both languages and without the request: whatever broke may break there too."""
    return HttpResponse(render_to_string("pages/broken.html", using="pages"), status=500)


@require_safe
@cache_control(max_age=3600)
def offline(request: HttpRequest) -> HttpResponse:
    """Kept by the browser, hence in both languages and without a name."""
    return HttpResponse(render_to_string("pages/offline.html", using="pages"))


@require_safe
@cache_control(max_age=3600)
def worker(request: HttpRequest) -> HttpResponse:
    """Only what an address below /m/ gives out may answer for pages there."""
    kept = [OFFLINE, static("siyu/tokens.css"), static("m/member.css")]
    said = {"offline": OFFLINE, "kept": kept}
    return HttpResponse(render_to_string("pages/worker.js", said, using="pages"), content_type="text/javascript")


for view in (offline, worker):
    view.door = ANYBODY  # type: ignore[attr-defined]
