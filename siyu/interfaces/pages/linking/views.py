"""The same addresses in Django: what the door before the house did not answer."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from siyu.core.links import clicking, gates, qr, scanning
from siyu.core.links.clicking import Knock, Way
from siyu.core.links.visitors import COOKIE, LASTS
from siyu.interfaces.pages.access import ANYBODY, show
from siyu.interfaces.pages.linking import door
from siyu.interfaces.pages.words import refusal
from siyu.kit import clock
from siyu.kit.refusals import Refused

STATUS = {"gone": 410, "password": 200}


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def follow(request: HttpRequest, code: str) -> HttpResponse:
    """A link: on to where it leads, or a page that says what it takes."""
    knock, at = door.knock_of(request.META, code), clock.now()
    wrong = ""
    try:
        if request.method == "POST":
            way = gates.open_with(knock, password=request.POST.get("password", "")[:100], at=at)
        else:
            way = request.META.get(door.DECIDED) or clicking.decide(knock, at=at)
    except clicking.NoSuchAddress:
        raise Http404 from None
    except Refused as no:
        way, wrong = clicking.decide(knock, at=at), refusal(no)
    return answered(request, knock, way, wrong)


@require_safe
def scan(request: HttpRequest, code: str) -> HttpResponse:
    """A live code: on to the place that is the visitor's, or a page with its picture."""
    knock = door.knock_of(request.META, code)
    try:
        come = request.META.get(door.DECIDED)
        way = come or scanning.decide(knock, at=clock.now(), comes=request.method == "GET")
    except clicking.NoSuchAddress:
        raise Http404 from None
    return answered(request, knock, way, name=clicking.SCANNED)


follow.door = scan.door = ANYBODY  # type: ignore[attr-defined]


def answered(
    request: HttpRequest, knock: Knock, way: Way, wrong: str = "", name: str = clicking.CLICKED
) -> HttpResponse:
    """What is asked for a password is no click yet; everything else is one, durable before the answer."""
    if way.form != "password" and request.method != "HEAD":
        try:
            clicking.take(knock, way, at=clock.now(), name=name)
        except Refused as no:
            return HttpResponse(refusal(no), status=no.status, headers={**door.PRIVATE, "Retry-After": door.AGAIN})
    if way.form == "direct":
        answer = HttpResponse(status=302, headers={"Location": way.url})
    else:
        page = f"pages/links/{way.form}.html"
        # what is taken along to another browser is the same link: it is clicked there once more
        address = request.build_absolute_uri(request.get_full_path() if "message" in knock.said else request.path)
        drawn = qr.svg(address) if way.form == "qr" else ""
        said = {"way": way, "wrong": wrong, "address": address, "drawn": drawn}
        answer = show(request, page, said, status=STATUS.get(way.form, 200))
    for header, value in door.PRIVATE.items():
        answer[header] = value
    if way.visitor.known == "new":
        safe = settings.SIYU.secure
        answer.set_cookie(COOKIE, way.visitor.value, max_age=LASTS, httponly=True, samesite="Lax", secure=safe)
    return answer
