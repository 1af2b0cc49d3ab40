"""What members' templates may say: figures in the reader's language, icons."""

import json
from datetime import date

import segno
from django import template
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from siyu.features.loyalty.badges import drawing
from siyu.features.loyalty.levels.rules import Window
from siyu.features.loyalty.membership import words as memberships
from siyu.features.loyalty.models import Badge
from siyu.interfaces.pages import codes, words
from siyu.interfaces.pages.icons import ICONS
from siyu.kit import formats

register = template.Library()
for name in ("number", "money", "day", "month", "moment", "masked"):
    register.filter(name, getattr(formats, name))
register.filter("time", formats.clock)


@register.filter
def weekday(day: date) -> str:
    """The shortest that a calendar needs: Mo, 一."""
    name = date_format(day, "D")
    return name[-1] if formats.chinese() else name[:2]


@register.filter
def kind(code: str) -> str:
    return str(words.KINDS.get(code, code))


@register.filter
def done(event: str) -> str:
    return str(words.DONE.get(event, event))


@register.filter
def span_of(kind: str, window: Window) -> str:
    """From when something counts, in words."""
    if kind == "rolling":
        return gettext("last %(n)d days") % {"n": window.days}
    return str(words.SPANS[window.unit if kind == "calendar" else kind])


@register.simple_tag
def badge(one: Badge, dim: bool = False) -> SafeString:
    return mark_safe(drawing.picture(one.shape, one.colour, one.symbol, dim=dim))  # noqa: S308  drawn by us, escaped


@register.simple_tag
def bar(share: float) -> SafeString:
    """A horizontal bar as SVG attributes, since a style attribute is not allowed."""
    return format_html(
        '<svg class="meter" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="rest" width="100" height="8"/><rect width="{}" height="8"/></svg>',
        f"{max(0.0, min(100.0, 100 * share)):.2f}",
    )


@register.filter
def state(code: str) -> str:
    return str(words.STATES.get(code, code))


@register.filter
def reason(label: str) -> str:
    """Why something is cheaper; labels are written in English and kept with the order."""
    return gettext(label)


@register.filter
def why_not(code: str) -> str:
    """Why a coupon is not used."""
    return str(words.WHY_NOT.get(code, code))


@register.filter
def coupon_state(code: str) -> str:
    return str(words.COUPONS[code])


@register.filter
def hundredths(basis_points: int) -> str:
    """Basis points as a percentage: 1250 is 12.5."""
    return f"{basis_points / 100:g}"


@register.filter("code")
def coded(number: int, kind: str) -> str:
    return codes.code(kind, number)


@register.filter
def moved(reason: str) -> str:
    """Why points came or went."""
    return str(words.MOVED.get(reason, reason))


@register.filter
def minus(amount: int, other: int) -> int:
    return amount - other


@register.filter
def less(amount: int) -> int:
    return -amount


@register.filter
def as_json(said: dict[str, str]) -> str:
    return json.dumps(dict(said))


@register.filter
def upto(count: int) -> range:
    return range(count + 1)


@register.simple_tag
def scanned(text: str, label: str) -> SafeString:
    """A QR code as a drawing that needs no style."""
    drawn = segno.make(text, error="m", micro=False).svg_inline(
        border=2, scale=1, omitsize=True, light="#fff", dark="#1a1410"
    )
    return format_html('<div class="scanned" role="img" aria-label="{}">{}</div>', label, mark_safe(drawn))  # noqa: S308


@register.filter
def at_counter(code: str, request: HttpRequest) -> str:
    """Where an operator hands over what the code names: any phone's camera opens it."""
    return request.build_absolute_uri(f"{reverse('console:counter')}?code={code}")


@register.filter
def initial(name: str) -> str:
    return name.strip()[:1].upper() or "·"


@register.filter
def tint(number: int) -> str:
    return "abcde"[number % 5]


@register.simple_tag
def icon(name: str) -> SafeString:
    """A stroke of 20 by 20, for decoration: the word stands beside it."""
    return format_html(
        '<svg class="icon" viewBox="0 0 20 20" aria-hidden="true">{}</svg>',
        mark_safe(ICONS[name]),  # noqa: S308  a constant of ours
    )


register.filter("tier", memberships.tier)
register.filter("period", memberships.period)
register.filter("term_state", memberships.term_state)
