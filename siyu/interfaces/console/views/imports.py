"""Imports: files on their way in, and what became of their rows."""

import re
import shutil
import uuid
from pathlib import Path
from typing import Any

import duckdb
from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from siyu.core.eventlog.imports import Options, carry
from siyu.core.eventlog.models import ImportRun
from siyu.core.people.imports import people
from siyu.features.commerce.imports import orders, products
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.asking import whole
from siyu.interfaces.console.words import refusal
from siyu.kit import clock, codes
from siyu.kit.refusals import Refused
from siyu.kit.tables import FORMATS, look_at, quoted, read_into

KINDS = {kind.name: kind for kind in (orders, people, products)}
LARGEST = 64 * 1024 * 1024
"""What a browser may send; larger files go in by `siyu import`, which streams and resumes."""
SHOWN = 16 * 1024 * 1024
"""A larger file of refused rows is for downloading."""
PAGE = 50
COLUMNS = 14
LABELS = {
    "orders": gettext_lazy("Orders"),
    "people": gettext_lazy("People"),
    "products": gettext_lazy("Products"),
}


def code_of(run: ImportRun) -> str:
    return codes.encode("run", run.pk, settings.SECRET_KEY)


def found(code: str) -> ImportRun:
    number = codes.decode("run", code, settings.SECRET_KEY)
    run = ImportRun.objects.filter(pk=number).first() if number is not None else None
    if run is None:
        raise Http404
    return run


@require_safe
@needs("imports.view")
def runs(request: HttpRequest) -> HttpResponse:
    rows = [{"run": run, "code": code_of(run)} for run in ImportRun.objects.all()[:100]]
    return render(request, "console/imports/runs.html", {"rows": rows})


@require_safe
@needs("imports.view")
def one_run(request: HttpRequest, code: str) -> HttpResponse:
    run = found(code)
    page = whole(request, "page", 1) or 1
    sheet = refused_rows(run, page)
    context = {"run": run, "code": code, "reasons": sorted(run.reasons.items(), key=lambda r: -r[1]), **sheet}
    return render(request, "console/imports/run.html", context)


def refused_file(run: ImportRun) -> Path | None:
    """Only a file of ours: below the folder of imports."""
    path = Path(run.refused_file) if run.refused_file else None
    home = (Path(settings.SIYU.home) / "imports").resolve()
    return path if path and path.exists() and path.resolve().is_relative_to(home) else None


def refused_rows(run: ImportRun, page: int) -> dict[str, Any]:
    """A page of the refused file, its last columns first: the row, the code and the sentence."""
    path = refused_file(run)
    if path is None or path.stat().st_size > SHOWN:
        return {"columns": [], "rows": []}
    with duckdb.connect(config={"memory_limit": "256MB", "threads": 1}) as db:
        names = read_into(db, "refused", look_at(path))
        wanted = [name for name in ("row", "reason", *names) if name in names and name != "reason_code"]
        columns = list(dict.fromkeys(wanted))[:COLUMNS]
        shown = ", ".join(quoted(name) for name in columns)
        first = (min(page, 100_000) - 1) * PAGE
        rows = db.execute(f"SELECT {shown} FROM refused LIMIT {PAGE + 1} OFFSET {first}").fetchall()
    more = len(rows) > PAGE
    return {"columns": columns, "rows": rows[:PAGE], "page": page, "next": page + 1 if more else 0}


@require_safe
@needs("imports.view")
def refused(request: HttpRequest, code: str) -> HttpResponseBase:
    """The refused rows as a file in the format they came in: mend it and import it again."""
    if (path := refused_file(found(code))) is None:
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=path.name)


class Upload(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("What is in it"), choices=list(LABELS.items()))
    source = forms.RegexField(
        r"^[\w.-]{1,50}$",
        label=gettext_lazy("Whose file it is"),
        initial="shop",
        help_text=gettext_lazy("Such as taobao or store-1; order numbers are unique within a source."),
    )
    currency = forms.RegexField(
        r"^[A-Za-z]{3}$",
        label=gettext_lazy("Currency"),
        required=False,
        help_text=gettext_lazy("Where the file names none."),
    )
    file = forms.FileField(
        label=gettext_lazy("File"), help_text=gettext_lazy("CSV, XLSX, Parquet or NDJSON, up to 64 MB.")
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if Path(file.name or "").suffix.lower() not in FORMATS:
            raise forms.ValidationError(_("Such a file cannot be read: CSV, XLSX, Parquet or NDJSON."))
        if (file.size or 0) > LARGEST:
            raise forms.ValidationError(_("Too large for a browser: use `siyu import` on the server."))
        return file


@require_http_methods(["GET", "HEAD", "POST"])
@needs("imports.run")
def new(request: HttpRequest) -> HttpResponse:
    """Send a file: every row is judged and nothing is changed yet."""
    initial = {"currency": settings.SIYU.currency}
    if request.method != "POST":
        return render(request, "console/imports/new.html", {"form": Upload(initial=initial)})
    form = Upload(request.POST, request.FILES)
    if form.is_valid():
        token = kept(form.cleaned_data["file"])
        said = {name: form.cleaned_data[name] for name in ("kind", "source", "currency")}
        try:
            report = take(token, **said, by="", preview=True)
        except Refused as no:
            put_away(token)
            form.add_error("file", refusal(no))
        else:
            context = {"report": report, "said": said, "token": token, "reasons": sorted(report.reasons.items())}
            return render(request, "console/imports/preview.html", context)
    return render(request, "console/imports/new.html", {"form": form}, status=400)


@require_POST
@needs("imports.run")
def run(request: HttpRequest) -> HttpResponse:
    """Take in what was previewed."""
    token = request.POST.get("token", "")
    said = {name: request.POST.get(name, "")[:50] for name in ("kind", "source", "currency")}
    if not re.fullmatch(r"[0-9a-f]{32}", token) or said["kind"] not in KINDS or not folder(token).is_dir():
        raise Http404
    report = take(token, **said, by=request.user.get_username(), preview=False)
    put_away(token)
    messages.success(request, _("Imported. Portraits and figures follow within minutes."))
    return redirect("console:imports-run", codes.encode("run", report.run, settings.SECRET_KEY))


def folder(token: str) -> Path:
    return Path(settings.SIYU.home) / "imports" / "uploads" / token


def kept(file: UploadedFile) -> str:
    """Keep the file under its own name in a folder that nobody can guess."""
    token = uuid.uuid4().hex
    folder(token).mkdir(parents=True)
    with (folder(token) / get_valid_filename(file.name or "file")[-100:]).open("wb") as out:
        for chunk in file.chunks():
            out.write(chunk)
    return token


def put_away(token: str) -> None:
    shutil.rmtree(folder(token), ignore_errors=True)


def take(token: str, *, kind: str, source: str, currency: str, by: str, preview: bool) -> Any:
    [path] = folder(token).iterdir()
    options = Options(source=source, currency=currency.upper())
    return carry(KINDS[kind], path, options=options, at=clock.now(), by=by, preview=preview)
