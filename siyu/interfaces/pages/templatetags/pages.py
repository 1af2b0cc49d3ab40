"""What members' templates may say: figures in the reader's language, icons."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from siyu.interfaces.pages import words
from siyu.interfaces.pages.icons import ICONS
from siyu.kit import formats

register = template.Library()
for name in ("number", "money", "day", "moment", "masked"):
    register.filter(name, getattr(formats, name))


@register.filter
def kind(code: str) -> str:
    return str(words.KINDS.get(code, code))


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
