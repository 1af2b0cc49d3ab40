"""What is for sale, and one thing of it."""

import secrets

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from siyu.features.commerce import browsing, shopfront
from siyu.interfaces.pages import codes
from siyu.interfaces.pages.access import me, open_to_anybody, show
from siyu.kit import clock


@require_safe
@open_to_anybody
def front(request: HttpRequest) -> HttpResponse:
    search = request.GET.get("search", "").replace("\0", "").strip()[:60]
    shelf = codes.number("shelf", text) if (text := request.GET.get("shelf", "")) else None
    after = codes.number("listing", text) if (text := request.GET.get("after", "")) else None
    found = shopfront.front(search=search, shelf=shelf, after=after)
    said = {"front": found, "search": search, "shelf": shelf, "member": me(request) is not None}
    return show(request, "pages/more.html" if request.htmx and after else "pages/front.html", said)  # type: ignore[attr-defined]


@require_safe
@open_to_anybody
def item(request: HttpRequest, code: str) -> HttpResponse:
    who = me(request)
    shown = browsing.look(codes.number("listing", code), identity=who.identity if who else None, at=clock.now())
    said = {"shown": shown, "first": shown.first, "member": who is not None, "key": secrets.token_hex(12)}
    return show(request, "pages/item.html", said)
