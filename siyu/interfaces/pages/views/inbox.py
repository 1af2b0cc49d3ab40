"""Messages of a member."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from siyu.core.outreach import inbox as items
from siyu.interfaces.pages import codes
from siyu.interfaces.pages.access import member_required, mine, show
from siyu.kit import clock


@require_safe
@member_required
def inbox(request: HttpRequest) -> HttpResponse:
    before = codes.number("message", text) if (text := request.GET.get("before", "")) else 0
    page = items.listing(mine(request).identity, before=before)
    return show(request, "pages/inbox.html", {"page": page})


@require_safe
@member_required
def one(request: HttpRequest, code: str) -> HttpResponse:
    found = items.item(mine(request).identity, codes.number("message", code), at=clock.now())
    return show(request, "pages/inbox_item.html", {"item": found})
