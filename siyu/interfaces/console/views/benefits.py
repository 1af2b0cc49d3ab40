"""Every benefit that was ever given: by kind, by what gave it, and the rows behind these figures."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from siyu.core.people import codes
from siyu.features.loyalty.benefits import queries
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.asking import choice, text, whole


@require_safe
@needs("loyalty.view")
def benefits(request: HttpRequest) -> HttpResponse:
    context = {"kinds": queries.by_kind(), "sources": queries.by_source(), "states": list(queries.STATES)}
    return render(request, "console/loyalty/benefits.html", context)


@require_safe
@needs("loyalty.view")
def rows(request: HttpRequest) -> HttpResponse:
    state = choice(request, "state", queries.STATES)
    asked = {"kind": text(request, "kind", 30), "because": text(request, "because", 60), "state": state}
    found = queries.grants(**asked, before=whole(request, "before") or 0)
    shown = [
        (one, codes.code(row.identity.person_id) if row.identity.person_id else "")
        for row, one in found[: queries.PAGE]
    ]
    last = shown[-1][0].number if len(found) > queries.PAGE else None
    return render(request, "console/loyalty/benefit_rows.html", {"rows": shown, "asked": asked, "next": last})
