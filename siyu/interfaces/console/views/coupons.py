"""Coupons: templates with what they cost, their codes, and giving them to many."""

import secrets
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from siyu.core.insight.models import Audience
from siyu.core.team import trail
from siyu.features.commerce import categories
from siyu.features.loyalty.coupons import handing, issuing, lists, queries, writing
from siyu.features.loyalty.coupons.writing import BadCoupon, Terms
from siyu.features.loyalty.models import CouponTemplate
from siyu.interfaces.console.access import needs
from siyu.interfaces.console.asking import choice, text, whole
from siyu.interfaces.console.views.catalogue import amount
from siyu.interfaces.console.words import coupon, refusal
from siyu.kit import clock, money
from siyu.kit.refusals import Refused

REFUSED_SHOWN = 5


@require_safe
@needs("loyalty.view")
def listed(request: HttpRequest) -> HttpResponse:
    state = choice(request, "state", queries.STATES)
    page = queries.templates(state=state, search=text(request, "search"), after=whole(request, "after") or 0)
    return render(request, "console/coupons/coupons.html", {"page": page, "states": list(queries.STATES)})


@require_http_methods(["GET", "HEAD", "POST"])
@needs("loyalty.change")
def new(request: HttpRequest) -> HttpResponse:
    return written(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("loyalty.change")
def edit(request: HttpRequest, number: int) -> HttpResponse:
    return written(request, queries.template(number))


def written(request: HttpRequest, one: CouponTemplate | None) -> HttpResponse:
    """The form; what is wrong with it is said above it, and what was typed stays."""
    no: Refused | None = None
    if request.method == "POST":
        try:
            by, number = request.user.get_username(), one.pk if one else None
            made = writing.write(terms=terms_of(request.POST), by=by, at=clock.now(), template=number)
            trail.note(made, "written", by=request.user)
            return redirect("console:coupons-one", made.pk)
        except Refused as refused:
            no = refused
    context = {
        "no": no and refusal(no),
        "one": one,
        "form": typed(request.POST) if no else filled(one),
        "kinds": [kind for kind, _word in CouponTemplate.KINDS],
        "shelves": categories.paths(),
        "listings": queries.for_sale(),
    }
    return render(request, "console/coupons/edit.html", context, status=no.status if no else 200)


def terms_of(said: Any) -> Terms:
    kind = said.get("kind", "")
    return Terms(
        title=said.get("title", "").replace("\0", "").strip(),
        kind=kind,
        worth={"percent": hundredths(said), "gift": 1}.get(kind, amount(said, "worth") or 0) or 0,
        cap=amount(said, "cap") if kind == "percent" else None,
        minimum=amount(said, "minimum") or 0,
        listings=numbers(said, "listing"),
        categories=numbers(said, "category"),
        stacks="stacks" in said,
        group=said.get("group", "").replace("\0", "").strip(),
        begins_at=day(said, "begins"),
        ends_at=day(said, "ends"),
        days=count(said, "days"),
        budget=amount(said, "budget"),
        count=count(said, "count"),
        each=count(said, "each") or 1,
        word=said.get("word", "").replace("\0", ""),
        returns="returns" in said,
    )


def hundredths(said: Any) -> int | None:
    """A percentage with at most two decimals, as basis points."""
    value = said.get("worth", "").strip().removesuffix("%")
    whole_part, _dot, rest = value.partition(".")
    digits = whole_part + rest.ljust(2, "0")
    return int(digits) if digits.isascii() and digits.isdigit() and len(rest) <= 2 and len(digits) < 8 else None


def numbers(said: Any, name: str) -> list[int]:
    return sorted({int(one) for one in said.getlist(name) if one.isascii() and one.isdigit() and len(one) < 16})


def count(said: Any, name: str) -> int | None:
    """Nothing said is no limit; what is no number is refused as one."""
    value = said.get(name, "").strip()
    if not value:
        return None
    return int(value) if value.isascii() and value.isdigit() and len(value) < 13 else -1


def day(said: Any, name: str) -> datetime | None:
    """The first moment of a day in the brand's zone."""
    value = said.get(name, "").strip()
    try:
        return (
            datetime.combine(datetime.fromisoformat(value), time.min, ZoneInfo(settings.SIYU.zone)) if value else None
        )
    except ValueError:
        raise BadCoupon(_("A day is written as 2026-11-22.")) from None


def typed(said: Any) -> dict[str, Any]:
    names = ("title", "kind", "worth", "cap", "minimum", "group", "begins", "ends", "days", "budget", "count", "each")
    chosen = {name: said.getlist(name) for name in ("listing", "category")}
    ticks = {name: name in said for name in ("stacks", "returns")}
    return {name: said.get(name, "") for name in (*names, "word")} | chosen | ticks


def filled(one: CouponTemplate | None) -> dict[str, Any]:
    """The form as it begins."""
    if one is None:
        return {"kind": "amount", "each": 1, "listing": [], "category": []}
    terms, currency = queries.terms(one), settings.SIYU.currency
    sums = ("cap", "minimum", "budget")
    shown: dict[str, Any] = {
        name: "" if (value := getattr(terms, name)) is None else money.major(value, currency) for name in sums
    }
    worth = terms.worth / 100 if terms.kind == "percent" else money.major(terms.worth, currency)
    days = {name: at and f"{at.astimezone(ZoneInfo(settings.SIYU.zone)):%Y-%m-%d}" for name, at in spans(terms)}
    plain = ("title", "kind", "group", "days", "count", "each", "word", "stacks", "returns")
    chosen = {"listing": list(map(str, terms.listings)), "category": list(map(str, terms.categories))}
    return shown | days | chosen | {"worth": f"{worth:g}"} | {name: getattr(terms, name) for name in plain}


def spans(terms: Terms) -> list[tuple[str, datetime | None]]:
    return [("begins", terms.begins_at), ("ends", terms.ends_at)]


@require_safe
@needs("loyalty.view")
def one(request: HttpRequest, number: int) -> HttpResponse:
    code = text(request, "code", 40)
    context = {
        "whole": queries.whole(number),
        "found": queries.codes(number, search=code) if code else None,
        "code": code,
        "audiences": Audience.objects.filter(archived_at=None).order_by("name"),
        "key": secrets.token_hex(16),
    }
    return render(request, "console/coupons/coupon.html", context)


@require_POST
@needs("loyalty.change")
def publish(request: HttpRequest, number: int) -> HttpResponse:
    made = writing.publish(template=number, by=request.user.get_username(), at=clock.now())
    trail.note(made, "published", by=request.user)
    return redirect("console:coupons-one", number)


@require_POST
@needs("loyalty.change")
def close(request: HttpRequest, number: int) -> HttpResponse:
    trail.note(writing.close(template=number, at=clock.now()), "closed", by=request.user)
    return redirect("console:coupons-one", number)


@require_POST
@needs("loyalty.give")
def generate(request: HttpRequest, number: int) -> HttpResponse:
    try:
        made = issuing.generate(
            template=number, codes=count(request.POST, "codes") or 0, key=key_of(request),
            by=request.user.get_username(), at=clock.now(),
        )  # fmt: skip
        trail.note(made.template, "codes_made", by=request.user, codes=made.count)
        messages.success(request, _("The codes are made. Export them below."))
    except Refused as no:
        messages.error(request, refusal(no))
    return redirect("console:coupons-one", number)


@require_POST
@needs("loyalty.give")
def read(request: HttpRequest, number: int) -> HttpResponse:
    """Codes that were made elsewhere."""
    file = request.FILES.get("file")
    try:
        if file is None or file.size is None or file.size > lists.LARGEST:
            raise lists.BadList(_("Choose a CSV of at most 8 MiB."))
        by = request.user.get_username()
        taken = lists.read(template=number, data=file.read(), key=key_of(request), by=by, at=clock.now())
        trail.note(queries.template(number), "codes_read", by=request.user, codes=taken.taken)
        messages.success(request, _("%d codes came in.") % taken.taken)
        for line, said, why in taken.refused[:REFUSED_SHOWN]:
            messages.warning(request, f"{line}: {said} – {coupon(why)}")
        if len(taken.refused) > REFUSED_SHOWN:
            messages.warning(request, _("%d lines were refused.") % len(taken.refused))
    except Refused as no:
        messages.error(request, refusal(no))
    return redirect("console:coupons-one", number)


@require_safe
@needs("loyalty.give")
def codes(request: HttpRequest, number: int) -> HttpResponseBase:
    """Whoever has the file can use what nobody has claimed: it is for those who give."""
    one = queries.template(number)
    trail.note(one, "codes_exported", by=request.user)
    answer = StreamingHttpResponse(
        lists.written(number, batch=whole(request, "batch") or None), content_type="text/csv; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="coupon-{number}.csv"'
    return answer


@require_POST
@needs("loyalty.give")
def void(request: HttpRequest, number: int) -> HttpResponse:
    try:
        made = issuing.void(code=int(request.POST.get("code", "0")), at=clock.now())
        trail.note(made.template, "code_voided", by=request.user, code=made.text)
        messages.success(request, _("The code is void."))
    except ValueError:
        raise Http404 from None
    except Refused as no:
        messages.error(request, refusal(no))
    return redirect("console:coupons-one", number)


@require_POST
@needs("loyalty.give")
def give(request: HttpRequest, number: int) -> HttpResponse:
    """To an audience, or to a list: written down now, worked off by the worker."""
    said, by, at = request.POST, request.user.get_username(), clock.now()
    try:
        if audience := chosen_audience(said.get("audience", "")):
            made = handing.to_audience(
                template=number, definition=audience.definition, title=audience.name, key=key_of(request), by=by, at=at
            )
        else:
            lines = said.get("list", "")[: lists.LARGEST].replace("\0", "").splitlines()
            made = handing.to_list(template=number, lines=lines, key=key_of(request), by=by, at=at)
        trail.note(made.template, "handed_out", by=request.user, members=made.members)
    except Refused as no:
        messages.error(request, refusal(no))
    return redirect("console:coupons-one", number)


def chosen_audience(said: str) -> Audience | None:
    return Audience.objects.filter(pk=said, archived_at=None).first() if said.isascii() and said.isdigit() else None


@require_safe
@needs("loyalty.view")
def given(request: HttpRequest, number: int) -> HttpResponse:
    """How far the worker is; asked for again and again while it is not done."""
    return render(request, "console/coupons/given.html", {"whole": queries.whole(number)})


def key_of(request: HttpRequest) -> str:
    """Of the form: sent twice, it is done once."""
    return f"console:{request.user.pk}:{request.POST.get('key', '')[:64] or secrets.token_hex(16)}"
