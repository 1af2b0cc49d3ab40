"""People: the list, and one person's page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from siyu.core.people import queries
from siyu.core.people.codes import number_of
from siyu.interfaces.console.access import needs


@require_safe
@needs("people.view")
def people(request: HttpRequest) -> HttpResponse:
    page = queries.people(search=request.GET.get("search", "")[:100])
    return render(request, "console/people/people.html", {"rows": page.rows})


@require_safe
@needs("people.view")
def person(request: HttpRequest, code: str) -> HttpResponse:
    return render(request, "console/people/person.html", {"who": queries.person(number_of(code))})
