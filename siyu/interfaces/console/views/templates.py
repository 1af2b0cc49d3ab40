"""Templates of messages: a list, words in two languages, and what a person would read."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from siyu.core.outreach.models import KINDS
from siyu.core.outreach.templates import pictures, queries, writing
from siyu.core.outreach.templates.writing import FIELDS, OVER
from siyu.core.people import queries as people
from siyu.core.team import trail
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.asking import clean, text
from siyu.interfaces.console.words import refusal
from siyu.kit import clock
from siyu.kit.refusals import Refused

LANGUAGES = ("zh-hans", "en")


@require_safe
@needs("outreach.view")
def listed(request: HttpRequest) -> HttpResponse:
    archived = "archived" in request.GET
    said = {"rows": queries.listing(archived=archived), "archived": archived}
    return render(request, "console/outreach/templates.html", said)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("outreach.write")
def new(request: HttpRequest) -> HttpResponse:
    return written(request, {"kind": "marketing", "channels": ["inapp"], "bodies": bodies({})})


@require_http_methods(["GET", "HEAD", "POST"])
@needs("outreach.write")
def edit(request: HttpRequest, number: int) -> HttpResponse:
    found = queries.whole(number)
    one, newest = found.template, found.versions[0]
    form = {name: getattr(one, name) for name in ("code", "title", "kind", "channels")}
    return written(request, form | {"bodies": bodies(newest.bodies), "picture": newest.picture}, one)


def bodies(said: dict[str, dict[str, str]]) -> list[dict[str, str]]:
    """The form's parts, a language each."""
    return [{"language": one, **{name: said.get(one, {}).get(name, "") for name in FIELDS}} for one in LANGUAGES]


def written(request: HttpRequest, form: dict[str, Any], one: Any = None) -> HttpResponse:
    """What is wrong is said above the form, with its place, and what was typed stays."""
    no: Refused | None = None
    if request.method == "POST":
        form = typed(request, one)
        said = {part["language"]: {name: part[name] for name in FIELDS} for part in form["bodies"]}
        try:
            form["picture"] = enclosed(request, form["picture"])
            made = writing.write(**form | {"bodies": said}, by=request.user.get_username(), at=clock.now())
            trail.note(made.template, "written", by=request.user, version=made.number)
            return redirect("console:templates-one", made.template_id)
        except Refused as refused:
            no = refused
    context = {"form": form, "one": one, "no": no and refusal(no), "kinds": KINDS, "over": OVER}
    return render(request, "console/outreach/template_edit.html", context, status=no.status if no else 200)


def typed(request: HttpRequest, one: Any) -> dict[str, Any]:
    said = request.POST
    words = {lang: {name: said.get(f"{name}-{lang}", "").replace("\0", "") for name in FIELDS} for lang in LANGUAGES}
    return {
        "code": one.code if one else clean(said.get("code", ""), 60),
        "title": clean(said.get("title", ""), 200),
        "kind": said.get("kind", "")[:20],
        "channels": [each for each in OVER if each in said.getlist("channel")],
        "picture": clean(said.get("picture", ""), 200),
        "bodies": bodies(words),
    }


def enclosed(request: HttpRequest, kept: str) -> str:
    """A new picture, the one that was there, or none."""
    if file := request.FILES.get("image"):
        return pictures.keep(file.read(pictures.LARGEST + 1))
    return "" if request.POST.get("without") else kept


@require_safe
@needs("outreach.view")
def one(request: HttpRequest, number: int) -> HttpResponse:
    """With `?person=` what that person would read: by a code, a phone or whatever they are known by."""
    found = queries.whole(number)
    asked = text(request, "person", 200)
    who = people.find(asked)[:1] if asked else []
    chosen = text(request, "version", 10)
    version = next((each for each in found.versions if str(each.number) == chosen), None)
    if chosen and version is None:
        raise Http404
    shown = version or found.versions[0]
    said = queries.preview(shown.pk, who[0] if who else 0, at=clock.now())
    context = {"whole": found, "shown": shown, "said": said, "person": asked, "nobody": bool(asked) and not who}
    return render(request, "console/outreach/template.html", context)


@require_POST
@needs("outreach.write")
def archive(request: HttpRequest, number: int) -> HttpResponse:
    trail.note(writing.archive(template=number, at=clock.now()), "archived", by=request.user)
    return redirect("console:templates")
