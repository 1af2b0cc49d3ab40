"""The tracking plan: what comes in, what is expected of it, what came otherwise."""

import json
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from siyu.core.eventlog import plan as tracking
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.words import refusal
from siyu.kit import clock
from siyu.kit.refusals import Refused

EXAMPLE = {"required": ["product_id"], "properties": {"product_id": {"type": "string"}, "price": {"minimum": 0}}}


class Expecting(forms.Form):
    schema = forms.JSONField(
        label=gettext_lazy("Expected, as JSON Schema"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false"}),
        help_text=gettext_lazy("Left empty, nothing is expected. Messages are taken all the same; faults are counted."),
    )


@require_safe
@needs("sources.view")
def plan(request: HttpRequest) -> HttpResponse:
    return render(request, "console/plan/plan.html", {"rows": tracking.event_names()})


@require_safe
@needs("sources.view")
def event(request: HttpRequest) -> HttpResponse:
    found = asked(request)
    expected = found["expectation"]["schema"] if found["expectation"] else None
    form = Expecting(initial={"schema": expected})
    return render(request, "console/plan/event.html", {**found, "form": form, "example": shown(EXAMPLE)})


@require_http_methods(["POST"])
@needs("sources.manage")
def expect(request: HttpRequest) -> HttpResponse:
    found = asked(request)
    form = Expecting(request.POST)
    if form.is_valid():
        schema = form.cleaned_data["schema"]
        try:
            if schema in (None, ""):
                tracking.let_go(event=found["event"])
            else:
                tracking.expect(event=found["event"], schema=schema, by=request.user.get_username(), at=clock.now())
            return redirect(f"{reverse('console:plan-event')}?{urlencode({'event': found['event']})}")
        except Refused as no:
            form.add_error("schema", refusal(no))
    return render(request, "console/plan/event.html", {**found, "form": form, "example": shown(EXAMPLE)}, status=400)


def asked(request: HttpRequest) -> dict[str, Any]:
    name = request.GET.get("event", "")
    if not 0 < len(name) <= 200 or "\0" in name:
        raise Http404
    return tracking.one_event(name)


def shown(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=2)
