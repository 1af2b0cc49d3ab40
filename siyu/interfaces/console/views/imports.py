"""Imports: files on their way in, and what became of their rows."""

from functools import partial
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
from django.urls import reverse
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from siyu.core.eventlog.imports import uploads
from siyu.core.eventlog.imports.faults import skipped
from siyu.core.eventlog.models import ImportRun, Upload
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.asking import whole
from siyu.interfaces.console.uploading import move, too_large
from siyu.interfaces.console.words import refusal
from siyu.kit import clock, codes
from siyu.kit.refusals import Refused
from siyu.kit.tables import FORMATS, look_at, quoted, read_into

SHOWN = 16 * 1024 * 1024
"""A larger file of refused rows is for downloading."""
PAGE = 50
COLUMNS = 14
PRESETS = {
    "taobao-items": gettext_lazy("Taobao and Tmall: items"),
    "taobao-orders": gettext_lazy("Taobao and Tmall: orders"),
    "douyin": gettext_lazy("Douyin shop"),
    "xiaohongshu": gettext_lazy("Xiaohongshu shop"),
    "youzan": gettext_lazy("Youzan: products"),
    "youzan-orders": gettext_lazy("Youzan: orders"),
}
LABELS = {
    "orders": gettext_lazy("Orders"),
    "people": gettext_lazy("People"),
    "products": gettext_lazy("Products"),
    "events": gettext_lazy("Events"),
    "listings": gettext_lazy("Listings of our own shop"),
    "spend": gettext_lazy("Traffic spend"),
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
    sent = [{"upload": one, "code": upload_code(one)} for one in uploads.open_ones()]
    return render(request, "console/imports/runs.html", {"rows": rows, "sent": sent})


@require_safe
@needs("imports.view")
def one_run(request: HttpRequest, code: str) -> HttpResponse:
    run = found(code)
    page = whole(request, "page", 1) or 1
    sheet = refused_rows(run, page)
    context = {
        "run": run,
        "code": code,
        "skipped": skipped(run.reasons),
        "reasons": sorted(run.reasons.items(), key=lambda r: -r[1]),
        **sheet,
    }
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


class Sending(forms.Form):
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
    preset = forms.ChoiceField(
        label=gettext_lazy("Whose export"),
        required=False,
        choices=[
            ("", gettext_lazy("Found out by its columns")),
            *PRESETS.items(),
            ("none", gettext_lazy("None of these")),
        ],
    )
    file = forms.FileField(label=gettext_lazy("File"))

    def __init__(self, *args: Any, too_large: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit = {"size": settings.SIYU.upload_mb}
        self.fields["file"].help_text = (
            _("CSV, XLSX, Parquet or NDJSON, up to %(size)s MB; of events what SDKs write, too, gzipped or not.")
            % limit
        )
        if too_large:
            too_much = _("More than %(size)s MB: use `siyu import` on the server.") % limit
            self.fields["file"].error_messages["required"] = too_much

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        written = self.cleaned_data.get("kind") == "events"  # by an SDK, under whatever name
        if not written and Path(file.name or "").suffix.lower() not in FORMATS:
            raise forms.ValidationError(_("Such a file cannot be read: CSV, XLSX, Parquet or NDJSON."))
        return file


@require_http_methods(["GET", "HEAD", "POST"])
@needs("imports.run")
def new(request: HttpRequest) -> HttpResponse:
    """Send a file: the worker judges every row, and nothing is changed yet."""
    if request.method != "POST":
        form = Sending(initial={"currency": settings.SIYU.currency, "kind": request.GET.get("kind")})
        return render(request, "console/imports/new.html", {"form": form})
    form = Sending(request.POST, request.FILES, too_large=too_large(request))
    if not form.is_valid():
        return render(request, "console/imports/new.html", {"form": form}, status=400)
    file = form.cleaned_data["file"]
    preset = form.cleaned_data["preset"] if form.cleaned_data["kind"] == "orders" else ""
    upload = uploads.send(
        **{name: form.cleaned_data[name] for name in ("kind", "source", "currency")},
        preset=preset,
        file=get_valid_filename(file.name or "file")[-100:],
        move=partial(move, file),
        by=request.user.get_username(),
        at=clock.now(),
    )
    return redirect("console:imports-upload", upload_code(upload))


@require_safe
@needs("imports.run")
def upload(request: HttpRequest, code: str) -> HttpResponse:
    """How far the file is; then what would become of it; then, when it is in, its run."""
    waits = sent(code)
    if waits.taken_at:
        messages.success(request, _("Imported. Portraits and figures follow within minutes."))
        run = waits.run
        return elsewhere(
            request, reverse("console:imports-run", args=[code_of(run)]) if run else reverse("console:imports")
        )
    context = {
        "whose": PRESETS.get(waits.preview.get("preset", "")),
        "upload": waits,
        "code": code,
        "report": waits.preview,
        "reasons": sorted(waits.preview.get("reasons", {}).items()),
        "sentence": refusal(Refused(waits.reason, code=waits.code)) if waits.refused_at else "",
    }
    page = "console/imports/state.html" if request.htmx else "console/imports/upload.html"  # type: ignore[attr-defined]
    return render(request, page, context)


def elsewhere(request: HttpRequest, address: str) -> HttpResponse:
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)  # type: ignore[attr-defined]


@require_POST
@needs("imports.run")
def take(request: HttpRequest, code: str) -> HttpResponse:
    """Take in what was previewed."""
    uploads.want(upload=sent(code), at=clock.now())
    return redirect("console:imports-upload", code)


@require_POST
@needs("imports.run")
def drop(request: HttpRequest, code: str) -> HttpResponse:
    uploads.drop(upload=sent(code))
    return redirect("console:imports-new")


def upload_code(upload: Upload) -> str:
    return codes.encode("upl", upload.pk, settings.SECRET_KEY)


def sent(code: str) -> Upload:
    number = codes.decode("upl", code, settings.SECRET_KEY)
    upload = Upload.objects.select_related("run").filter(pk=number).first() if number is not None else None
    if upload is None:
        raise Http404
    return upload
