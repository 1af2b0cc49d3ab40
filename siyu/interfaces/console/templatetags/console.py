"""What templates may say: figures in the reader's language, words for codes, icons."""

from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from siyu.features.loyalty.badges import drawing
from siyu.features.loyalty.membership import words as memberships
from siyu.features.loyalty.models import Badge
from siyu.interfaces.console import page_tables, words
from siyu.interfaces.console.icons import ICONS
from siyu.interfaces.console.words import gate, reports
from siyu.kit import clock, formats

register = template.Library()
for name in ("number", "percent", "money", "short_money", "day", "month", "moment", "days", "masked"):
    register.filter(name, getattr(formats, name))
register.filter("time", formats.clock)
register.filter("word", words.word)
register.filter("coupon", words.coupon)
register.filter("cycle", words.cycle)
register.filter("cycle_title", words.cycle_title)
register.filter("outreach", words.outreach)
register.filter("initial", words.initial)
register.filter("segment", words.segment)
register.filter("tone", words.tone)
register.filter("title", words.title)
register.filter("product", words.product)
register.filter("value", words.value)
register.filter("trailed", words.trailed)
register.filter("roles", words.roles)
register.filter("reason", words.reason)
register.filter("rule", words.rule)
register.filter("event", words.event)
register.filter("trait", words.trait)
register.filter("step", words.step)
register.filter("tint", words.tint)
register.filter("tie", words.tie)
register.filter("guard", words.guard)
register.filter("shop_kind", words.shop_kind)
register.filter("outcome", words.outcome)


register.filter("gate_verdict", gate.verdict)
register.filter("gate_state", gate.posted)
register.filter("gate_channel", gate.channel)
register.filter("gate_shut", gate.shut)
register.filter("way", words.way)
register.filter("rhythm", reports.rhythm)
register.filter("report_state", reports.state)
register.filter("language", reports.language)
register.filter("spelled", words.spelled)


@register.filter
def fault(code: str, otherwise: str) -> str:
    return words.fault(code, otherwise)


@register.filter
def entry(said: Any, name: str) -> Any:
    """Of a mapping; nothing where there is none."""
    return said.get(name, "") if said else ""


@register.filter
def field_moment(at: Any) -> str:
    """As a browser's field for a moment wants it, in the brand's zone."""
    return at.astimezone(ZoneInfo(settings.SIYU.zone)).strftime("%Y-%m-%dT%H:%M") if at else ""


@register.filter
def ago(value: Any, at: Any = None) -> str:
    return formats.ago(value, at or clock.now())


@register.filter
def file_kind(kind: str) -> str:
    return words.file_kind(kind)


@register.filter
def hundredths(basis_points: int) -> str:
    """Basis points as a percentage: 1250 is 12.5."""
    return f"{basis_points / 100:g}"


@register.filter
def whole(value: float) -> int:
    return round(value)


@register.filter("words")
def split(text: str) -> list[str]:
    return text.split()


@register.filter
def along(share: float | None, length: int) -> str:
    """A share as a length in a drawing."""
    return f"{(share or 0) * length:.1f}"


@register.simple_tag
def icon(name: str) -> SafeString:
    """A stroke of 20 by 20, for decoration: the word stands beside it."""
    return format_html(
        '<svg class="icon" viewBox="0 0 20 20" aria-hidden="true">{}</svg>',
        mark_safe(ICONS[name]),  # noqa: S308  a constant of ours
    )


@register.simple_tag
def badge(one: Badge) -> SafeString:
    return mark_safe(drawing.picture(one.shape, one.colour, one.symbol))  # noqa: S308  drawn by us, escaped


@register.filter
def touch(kind: str) -> str:
    return words.touch(kind)


@register.filter
def hundredth(basis_points: int) -> str:
    """2550 basis points are 25.5."""
    return f"{basis_points / 100:g}"


@register.filter
def counted(step: dict[str, Any]) -> str:
    """What a step of a task counts."""
    return f"{words.event(step['event'])} × {step['count']}"


@register.simple_tag
def bar(share: float | None, kind: str = "") -> SafeString:
    """A horizontal bar as SVG attributes, since a style attribute is not allowed."""
    width = max(0.0, min(100.0, 100 * (share or 0)))
    return format_html(
        '<svg class="meter {}" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="rest" width="100" height="8"/><rect width="{}" height="8"/></svg>',
        kind,
        f"{width:.2f}",
    )


@register.simple_tag
def shift(share: float) -> SafeString:
    """A bar to the right of its middle, or to the left where something went."""
    width = 50 * max(-1.0, min(1.0, share))
    return format_html(
        '<svg class="meter {}" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="rest" x="49.7" width="0.6" height="8"/><rect x="{}" width="{}" height="8"/></svg>',
        "good" if share >= 0 else "bad", f"{50 + min(width, 0):.2f}", f"{abs(width):.2f}",
    )  # fmt: skip


@register.simple_tag
def spark(values: list[float | None], kind: str = "") -> SafeString:
    """A small line with its ground, as SVG attributes."""
    points = spark_points(values)
    if len(points) < 2:
        return mark_safe("")
    line = "M" + " L".join(points)
    return format_html(
        '<svg class="spark {}" viewBox="0 0 150 34" preserveAspectRatio="none" aria-hidden="true">'
        '<path class="ground" d="{} L150 34 L0 34Z"/><path class="line" d="{}"/></svg>',
        kind,
        line,
        line,
    )


def spark_points(values: list[float | None]) -> list[str]:
    known = [float(value) for value in values if value is not None]
    if len(known) < 2:
        return []
    low, high = min(known), max(known)
    reach = (high - low) or 1.0
    step = 150 / (len(known) - 1)
    return [f"{i * step:.1f} {30 - 26 * (value - low) / reach:.1f}" for i, value in enumerate(known)]


@register.simple_block_tag(takes_context=True, end_name="endwith_files")
def with_files(context: template.Context, content: str) -> SafeString:
    """A page, and below it its tables as files, where it does not give them itself."""
    if not context["request"].user.is_authenticated:
        return mark_safe(content)  # noqa: S308  rendered
    allowed = may(context, "audiences.export")
    found = enumerate(page_tables.tables(content))
    files = [(n, table.title) for n, table in found if allowed or not table.of_people]
    below = {"files": files, "asked": context["request"].GET}
    return mark_safe(content + render_to_string("console/parts/files.html", below))  # noqa: S308  both rendered


@register.simple_tag(takes_context=True)
def may(context: template.Context, permission: str) -> bool:
    from siyu.core.team.roles import may as allowed

    return allowed(context["request"].user, permission)


register.filter("tier", memberships.tier)
register.filter("period", memberships.period)
register.filter("term_state", memberships.term_state)


@register.filter
def deal(code: str) -> str:
    """What buying a plan would be."""
    return str(words.DEALS.get(code, code))


@register.filter
def benefit(kind: str) -> str:
    return str(words.BENEFITS.get(kind) or words.word(kind))


@register.filter
def given_state(code: str) -> str:
    return str(words.GIVEN.get(code, code))
