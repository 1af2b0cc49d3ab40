"""What people allow, what is known of them in a file, and forgetting them."""

from typing import Any

import msgspec
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from siyu.core.people import consent as consents
from siyu.core.people import erasure, queries
from siyu.core.people import export as exports
from siyu.core.people.codes import number_of
from siyu.core.people.models import Erasure, Person
from siyu.core.team import trail
from siyu.interfaces.console.access import needs
from siyu.kit import clock

SHOWN = 200


@require_POST
@needs("people.change")
def consent(request: HttpRequest, code: str) -> HttpResponse:
    """What they told an operator."""
    say = consents.give if request.POST.get("granted") == "yes" else consents.withdraw
    about = {name: request.POST.get(name, "") for name in ("channel", "purpose")}
    say(person=number_of(code), **about, source=f"console:{request.user.get_username()}", at=clock.now())
    return redirect("console:people-person", code)


@never_cache
@require_POST
@needs("people.export")
def export(request: HttpRequest, code: str) -> HttpResponse:
    """All that is known, as a ZIP; who took it stands in the audit trail."""
    number = number_of(code)
    packed = exports.packed(number, at=clock.now())
    trail.note(Person(pk=number), "exported", code=code)
    named = {"Content-Disposition": f'attachment; filename="{code}.zip"'}
    return HttpResponse(packed, content_type="application/zip", headers=named)


class Confirmation(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=200, required=False)
    code = forms.CharField(label=gettext_lazy("Type the person's code to confirm"), max_length=40)

    def __init__(self, *args: Any, wanted: str, **more: Any) -> None:
        super().__init__(*args, **more)
        self.wanted = wanted

    def clean_code(self) -> str:
        if self.cleaned_data["code"].strip() != self.wanted:
            raise forms.ValidationError(_("That is not the code of this person."))
        return self.wanted


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@needs("people.erase")
def erase(request: HttpRequest, code: str) -> HttpResponse:
    """First what there is, then the code typed once more; the worker completes the receipt."""
    who = queries.person(number_of(code))
    form = Confirmation(request.POST or None, wanted=who.code)
    if request.method == "POST" and form.is_valid():
        by = request.user.get_username()
        wish = erasure.request(person=who.number, reason=form.cleaned_data["reason"], by=by, at=clock.now())
        trail.note(wish, "erased", code=who.code)
        return redirect("console:erasures-receipt", erasure.code_of(wish))
    held = [(name, counts) for name, counts in erasure.preview(who.number).items() if any(counts.values())]
    context = {"who": who, "form": form, "held": held}
    return render(request, "console/erasures/erase.html", context, status=400 if form.errors else 200)


@require_safe
@needs("people.erase")
def erasures(request: HttpRequest) -> HttpResponse:
    rows = [erasure.receipt(one) for one in Erasure.objects.all()[:SHOWN]]
    return render(request, "console/erasures/erasures.html", {"rows": rows})


@require_safe
@needs("people.erase")
def receipt(request: HttpRequest, code: str) -> HttpResponse:
    return render(request, "console/erasures/receipt.html", {"receipt": erasure.receipt(erasure.found(code))})


@require_safe
@needs("people.erase")
def file(request: HttpRequest, code: str) -> HttpResponse:
    """The receipt for the person, or for whoever asks whether it was done."""
    told = msgspec.json.format(msgspec.json.encode(erasure.receipt(erasure.found(code))), indent=1)
    named = {"Content-Disposition": f'attachment; filename="{code}.json"'}
    return HttpResponse(told, content_type="application/json", headers=named)
