"""Operators, for the owner: who works here, with which roles."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from siyu.core.team import actions, queries
from siyu.core.team.models import Operator
from siyu.core.team.roles import PERMISSIONS, ROLES, roles_of
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.words import refusal
from siyu.kit import clock
from siyu.kit.refusals import Refused


class RoleChoice(forms.Form):
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles"), required=False, widget=forms.CheckboxSelectMultiple, choices=[]
    )
    owner = forms.BooleanField(
        label=gettext_lazy("Owner"), required=False, help_text=gettext_lazy("May do everything, also give roles.")
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        choices = [(role.name, role.label) for role in ROLES.values()]
        self.fields["roles"].choices = choices  # type: ignore[attr-defined]


class NewOperator(RoleChoice):
    username = forms.CharField(label=gettext_lazy("Name to sign in"), max_length=150)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=150, required=False)
    field_order = ("username", "name", "roles", "owner")


@require_safe
@needs("team.manage")
def team(request: HttpRequest) -> HttpResponse:
    operators = [
        {"operator": one, "roles": [ROLES[name] for name in ROLES if name in {g.name for g in one.groups.all()}]}
        for one in queries.operators()
    ]
    return render(request, "console/team/team.html", {"operators": operators, "matrix": matrix()})


def matrix() -> dict[str, object]:
    """Which role may do what."""
    roles = list(ROLES.values())
    rows = [(label, [name in role.permissions for role in roles]) for name, label in PERMISSIONS.items()]
    return {"roles": roles, "rows": rows}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@needs("team.manage")
def new(request: HttpRequest) -> HttpResponse:
    """The made-up password is shown once, here."""
    form = NewOperator(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            operator, password = actions.create_operator(**given, at=clock.now())
        except Refused as refused:
            form.add_error("username", refusal(refused))
        else:
            return render(request, "console/team/password.html", {"operator": operator, "password": password})
    return render(request, "console/team/new.html", {"form": form}, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("team.manage")
def operator(request: HttpRequest, number: int) -> HttpResponse:
    one = found(number)
    now = {"roles": list(roles_of(one)), "owner": one.is_superuser}
    form = RoleChoice(request.POST) if request.method == "POST" else RoleChoice(initial=now)
    if request.method == "POST" and form.is_valid():
        actions.change_roles(operator=one, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("console:team")
    return render(request, "console/team/operator.html", {"operator": one, "form": form})


@require_POST
@needs("team.manage")
def deactivate(request: HttpRequest, number: int) -> HttpResponse:
    actions.deactivate(operator=found(number))
    return redirect("console:team-operator", number)


@require_POST
@needs("team.manage")
def reactivate(request: HttpRequest, number: int) -> HttpResponse:
    actions.reactivate(operator=found(number))
    return redirect("console:team-operator", number)


@never_cache
@require_POST
@needs("team.manage")
def password(request: HttpRequest, number: int) -> HttpResponse:
    one = found(number)
    made_up = actions.reset_password(operator=one)
    return render(request, "console/team/password.html", {"operator": one, "password": made_up})


def found(number: int) -> Operator:
    if (one := queries.operator(number)) is None:
        raise Http404
    return one
