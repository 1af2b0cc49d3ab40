"""API keys: a program's way in, made and revoked by hand."""

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from siyu.core.team import keys as team_keys
from siyu.core.team import queries
from siyu.core.team.models import ApiKey, Operator
from siyu.interfaces.console.access import needs
from siyu.kit import clock


class NewKey(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("What is it for?"), max_length=100, help_text=gettext_lazy("Such as the shop's server.")
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("Scopes"), widget=forms.CheckboxSelectMultiple, choices=lambda: sorted(scopes().items())
    )


def scopes() -> dict[str, str]:
    """What each scope lets a program do, in the reader's language."""
    return {name: gettext(what) for name, what in team_keys.SCOPES.items()}


@require_safe
@needs("keys.manage")
def keys(request: HttpRequest) -> HttpResponse:
    return render(request, "console/keys/keys.html", {"keys": queries.api_keys(), "scopes": scopes()})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@needs("keys.manage")
def new(request: HttpRequest) -> HttpResponse:
    """The secret is shown once, here."""
    form = NewKey(request.POST or None)
    if request.method == "POST" and form.is_valid():
        assert isinstance(request.user, Operator)
        key, secret = team_keys.make(**form.cleaned_data, by=request.user, at=clock.now())
        return render(request, "console/keys/secret.html", {"key": key, "secret": secret})
    return render(request, "console/keys/new.html", {"form": form}, status=400 if form.errors else 200)


@require_POST
@needs("keys.manage")
def revoke(request: HttpRequest, number: int) -> HttpResponse:
    key = ApiKey.objects.filter(pk=number).first()
    if key is None:
        raise Http404
    team_keys.revoke(key=key, at=clock.now())
    return redirect("console:keys")
