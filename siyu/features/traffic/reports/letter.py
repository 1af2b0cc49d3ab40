"""The mail of an edition: the sentence, the tables, and the address of the page."""

from django.conf import settings
from django.utils import translation
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from siyu.core.outreach.channels import Message
from siyu.features.traffic.reports.models import Edition
from siyu.features.traffic.reports.telling import Table, Told, told
from siyu.kit import formats

CELL = "padding:4px 12px 4px 0;text-align:left;border-bottom:1px solid #ddd"


def written(one: Edition) -> Message:
    """In the subscription's language. The same copy again is the same letter."""
    with translation.override(one.subscription.language):
        said = told(one.report)
        subject = f"{settings.SIYU.brand}, {said.title}: {said.sentence}"
        return Message(
            one.subscription.address, text(said, one), key(one), subject=subject, html=html(said, one),
            language=one.subscription.language,
        )  # fmt: skip


def key(one: Edition) -> str:
    return f"report:{one.pk}:{one.copies}"


def address(one: Edition) -> str:
    return f"{settings.SIYU.address.rstrip('/')}/r/{one.code}"


def text(said: Told, one: Edition) -> str:
    tables = [f"{table.title}\n" + "\n".join(" · ".join(map(str, row)) for row in table.rows) for table in said.tables]
    return "\n\n".join([f"{said.title}\n{said.sentence}", *tables, f"{address(one)}\n{footing(one)}"])


def footing(one: Edition) -> str:
    days = {"day": formats.day(one.expires_at)}
    return _("Whoever has this address may read it until %(day)s. There it can be ended, too.") % days


def html(said: Told, one: Edition) -> str:
    parts = format_html_join("", "{}", ((drawn(table),) for table in said.tables))
    page = format_html('<p><a href="{}">{}</a></p><p>{}</p>', address(one), _("Read it on its page"), footing(one))
    return format_html("<body><h1>{}</h1><p>{}</p>{}{}</body>", said.title, said.sentence, parts, page)


def drawn(table: Table) -> SafeString:
    head = format_html_join("", '<th style="{}">{}</th>', ((CELL, name) for name in table.head))
    rows = format_html_join(
        "", "<tr>{}</tr>",
        ((format_html_join("", '<td style="{}">{}</td>', ((CELL, cell) for cell in row)),) for row in table.rows),
    )  # fmt: skip
    return format_html("<h2>{}</h2><table><tr>{}</tr>{}</table>", table.title, head, rows)
