"""Signing in and out, the own password, the language."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from siyu.core.team.models import Operator
from siyu.core.team.roles import PERMISSIONS, ROLES, may, roles_of
from siyu.core.team.signin import TooManyTries, knock, welcome
from siyu.interfaces.console.access import SIGNED_IN, needs, open_to_anybody
from siyu.interfaces.console.navigation import home as first_page
from siyu.kit import clock
from siyu.kit.callers import address
from siyu.kit.formats import clock as clock_time


class SignIn(AuthenticationForm):
    error_messages = {
        "invalid_login": gettext_lazy("That name and that password do not belong together."),
        "inactive": gettext_lazy("That name and that password do not belong together."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = gettext_lazy("Name")
        self.fields["password"].label = gettext_lazy("Password")


@require_safe
@needs(SIGNED_IN)
def home(request: HttpRequest) -> HttpResponse:
    return redirect(first_page(request.user))


@open_to_anybody
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The same answer for a wrong name and a wrong password. Every try is paid for before it is judged."""
    if request.user.is_authenticated:
        return redirect("console:home")
    back = safe_next(request)
    if request.method != "POST":
        return render(request, "console/sign_in.html", {"form": SignIn(request), "next": back})
    username, caller = request.POST.get("username", "")[:150], address(request)
    try:
        knock(username=username, address=caller, at=clock.now())
    except TooManyTries as wait:
        sentence = _("Too many tries. Try again after %(time)s.") % {"time": clock_time(wait.until)}
        page = {"form": SignIn(request), "next": back, "refused": sentence}
        return render(request, "console/sign_in.html", page, status=wait.status)
    form = SignIn(request, request.POST)
    if not form.is_valid():
        page = {"form": form, "next": back, "refused": " ".join(str(error) for error in form.non_field_errors())}
        return render(request, "console/sign_in.html", page, status=400)
    operator = form.get_user()
    welcome(username=username, address=caller)
    login(request, operator)
    return speaking(redirect(back or "console:home"), getattr(operator, "language", ""))


def safe_next(request: HttpRequest) -> str:
    """Where to go on: an address of ours, or nowhere."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    hosts = {request.get_host()}
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts=hosts, require_https=request.is_secure())
    return wanted if safe else ""


@require_POST
@needs(SIGNED_IN)
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("console:sign-in")


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@needs(SIGNED_IN)
def account(request: HttpRequest) -> HttpResponse:
    """The own roles, and a new password; other sessions of this operator end with the old one."""
    assert isinstance(request.user, Operator)
    form = PasswordChangeForm(request.user, request.POST or None)
    relabel(form)
    if form.is_valid():
        form.save()
        update_session_auth_hash(request, form.user)
        messages.success(request, _("The password is changed."))
        return redirect("console:account")
    page = {
        "form": form,
        "roles": [role for role in ROLES.values() if role.name in roles_of(request.user)],
        "granted": [label for name, label in PERMISSIONS.items() if may(request.user, name)],
    }
    return render(request, "console/account.html", page, status=400 if form.errors else 200)


def relabel(form: forms.Form) -> None:
    labels = {
        "old_password": gettext_lazy("Password until now"),
        "new_password1": gettext_lazy("New password"),
        "new_password2": gettext_lazy("New password again"),
    }
    for name, label in labels.items():
        form.fields[name].label = label
        form.fields[name].help_text = gettext_lazy("At least 10 characters.") if name == "new_password1" else ""


@open_to_anybody
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Speak another language, now and after the next sign-in."""
    chosen = request.POST.get("language", "")
    if chosen in dict(settings.LANGUAGES) and isinstance(request.user, Operator):
        Operator.objects.filter(pk=request.user.pk).update(language=chosen)
    return speaking(redirect(safe_next(request) or "console:home"), chosen)


def speaking(answer: HttpResponse, chosen: str) -> HttpResponse:
    if chosen in dict(settings.LANGUAGES):
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=365 * 86_400,
            httponly=True,
            samesite="Lax",
            secure=settings.SIYU.secure,
        )
    return answer
