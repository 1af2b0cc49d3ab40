"""Short links: made one by one or from a file, changed, switched off, printed, and what they brought."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from siyu.core.links import clicks, files, qr, queries, writing
from siyu.core.links.targets import SYSTEMS, UTM
from siyu.core.links.writing import Wish
from siyu.core.people import codes
from siyu.interfaces.console import sheets
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.answering import carried_out
from siyu.interfaces.console.asking import clean, moment, text, whole
from siyu.interfaces.console.views import tables
from siyu.interfaces.console.words import refusal
from siyu.kit import clock
from siyu.kit.refusals import Refused

LARGEST = 8 * 1024 * 1024
WORDS = ("title", "channel", "campaign", "creator", "fallback")


@require_safe
@needs("links.view")
def listed(request: HttpRequest) -> HttpResponse:
    search = text(request, "search")
    if kind := sheets.asked(request):
        found = queries.listing(at=clock.now(), search=search, limit=clicks.MOST_CODES)
        return sheets.answer(kind, "links", *tables.links(found.rows, queries.address("")))
    page = queries.listing(at=clock.now(), search=search, before=whole(request, "before") or 0)
    start = queries.address("")
    rows = [(row, f"{start}{row.link.code}") for row in page.rows]
    context = {"rows": rows, "next": page.next, "search": search, "utm": UTM, "systems": SYSTEMS, "link": None}
    return render(request, "console/links/links.html", context)


@require_safe
@needs("links.view")
def one(request: HttpRequest, code: str) -> HttpResponse:
    link = queries.by_code(code)
    found, address = clicks.stats(link.code), queries.address(link.code)
    if kind := sheets.asked(request):
        return sheets.answer(kind, f"clicks-{link.code}", *tables.clicks(link.code))
    rows = clicks.behind(link.code, before=whole(request, "before") or 0)
    context = {
        "link": link, "state": queries.state_of(link, clock.now()), "address": address, "found": found,
        "tested": queries.tested(link, found), "drawn": qr.svg(address, size=180), "utm": UTM, "systems": SYSTEMS,
        **one_by_one(rows), "targets": written_out(link.targets),
    }  # fmt: skip
    return render(request, "console/links/link.html", context)


def one_by_one(rows: list[clicks.Row]) -> dict[str, Any]:
    return {
        "rows": [(row, codes.code(row.identity) if row.identity else "") for row in rows],
        "older": rows[-1].position if len(rows) == clicks.SHOWN else None,
    }


@require_POST
@needs("links.change")
def make(request: HttpRequest) -> HttpResponse:
    said, by = request.POST, request.user.get_username()
    try:
        made = writing.make(
            Wish(**asked(said), code=clean(said.get("code", ""), 41), password=said.get("password", "")[:101]),
            by=by, at=clock.now(),
        )  # fmt: skip
    except Refused as no:
        messages.error(request, refusal(no))
        return redirect("console:links")
    messages.success(request, _("Made: %(address)s") % {"address": queries.address(made.code)})
    return redirect("console:links-one", made.code)


@require_POST
@needs("links.change")
def change(request: HttpRequest, code: str) -> HttpResponse:
    said, by = request.POST, request.user.get_username()
    fields = asked(said)
    if said.get("password"):
        fields["password"] = said["password"][:101]
    elif said.get("no_password"):
        fields["password"] = ""
    return done(
        request, code, lambda link: writing.change(link=link, by=by, at=clock.now(), **fields),
        _("Changed; it is so everywhere within two seconds."),
    )  # fmt: skip


@require_POST
@needs("links.change")
def off(request: HttpRequest, code: str) -> HttpResponse:
    by = request.user.get_username()
    return done(request, code, lambda link: writing.switch_off(link=link, by=by, at=clock.now()), _("Switched off."))


@require_POST
@needs("links.change")
def on(request: HttpRequest, code: str) -> HttpResponse:
    by = request.user.get_username()
    return done(request, code, lambda link: writing.switch_on(link=link, by=by, at=clock.now()), _("Switched on."))


@require_POST
@needs("links.change")
def take(request: HttpRequest) -> HttpResponse:
    """All links of a file, or none; the same file again makes none twice."""
    file = request.FILES.get("file")
    try:
        if file is None or not file.size or file.size > LARGEST:
            raise files.BadFile("no file")
        by = request.user.get_username()
        made = files.take(file.read(), name=file.name or "", by=by, at=clock.now())
        messages.success(request, _("%(n)s links are there.") % {"n": len(made)})
    except Refused as no:
        messages.error(request, refusal(no))
    return redirect("console:links")


@require_safe
@needs("links.view")
def export(request: HttpRequest) -> HttpResponse:
    rows = queries.exported(clock.now())
    if sheets.asked(request) == "xlsx":
        return sheets.answer("xlsx", "links", files.OUT, ([row.get(name, "") for name in files.OUT] for row in rows))
    body = files.written(rows)
    headers = {"Content-Disposition": 'attachment; filename="links.csv"'}
    return HttpResponse(body, content_type="text/csv; charset=utf-8", headers=headers)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("links.view")
def drawn(request: HttpRequest, code: str) -> HttpResponse:
    return picture(request, queries.address(queries.by_code(code).code), code)


def picture(request: HttpRequest, address: str, code: str) -> HttpResponse:
    """The QR code as a file, SVG or PNG: with letters in the middle, or with the logo that was sent along."""
    said, file = request.POST or request.GET, request.FILES.get("logo")
    logo = file.read(qr.LARGEST + 1) if file else None
    try:
        if said.get("kind") == "png":
            body: Any = qr.png(address, logo=logo)
            kind = "png"
        else:
            body, kind = qr.svg(address, sign=clean(said.get("sign", ""), 2), logo=logo, size=1_000), "svg+xml"
    except Refused as no:
        messages.error(request, refusal(no))
        return redirect(request.path.removesuffix("/qr"))
    name = f'attachment; filename="{code[:40]}.{kind[:3]}"'
    return HttpResponse(body, content_type=f"image/{kind}", headers={"Content-Disposition": name})


def asked(said: QueryDict) -> dict[str, Any]:
    """What a form says of a link. Targets are lines: an address, then its weight and name where there are several."""
    return {
        "targets": read(said.get("targets", "")),
        "utm": {name: value for name in UTM if (value := clean(said.get(f"utm_{name}", ""), 101))},
        "apps": {name: value for name in SYSTEMS if (value := clean(said.get(f"app_{name}", ""), 2_001))},
        "expires_at": moment(said.get("expires_at", "")),
        "routed": said.get("routed", "yes") == "yes",
        **{name: clean(said.get(name, ""), 2_001 if name == "fallback" else 101) for name in WORDS},
    }


def read(lines: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for line in clean(lines, 30_000).splitlines():
        parts = line.split()
        if not parts:
            continue
        weight = parts[1] if len(parts) > 1 else "1"
        found.append({
            "url": parts[0], "weight": int(weight) if weight.isascii() and weight.isdigit() and len(weight) < 6 else -1,
            **({"name": " ".join(parts[2:])[:101]} if len(parts) > 2 else {}),
        })  # fmt: skip
    return found


def written_out(targets: list[dict[str, Any]]) -> str:
    if len(targets) == 1 and targets[0]["weight"] == 1:
        return str(targets[0]["url"])
    return "\n".join(f"{one['url']} {one['weight']} {one['name']}" for one in targets)


def done(request: HttpRequest, code: str, verb: Any, sentence: str) -> HttpResponse:
    link = queries.by_code(code)
    return carried_out(request, lambda: verb(link.pk), sentence, "console:links-one", link.code)
