"""Words of scheduled reports: how often, and what became of one."""

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

RHYTHMS: dict[str, str | Promise] = {"day": _("Every day"), "week": _("Every week"), "month": _("Every month")}
STATES: dict[str, str | Promise] = {
    "due": _("About to go out"),
    "sending": _("Being sent"),
    "sent": _("Gone out"),
    "failed": _("Failed"),
    "revoked": _("Taken back"),
    "expired": _("Expired"),
}


def rhythm(code: str) -> str:
    return str(RHYTHMS.get(code, code))


def state(code: str) -> str:
    return str(STATES.get(code, code))


def language(code: str) -> str:
    return str(dict(settings.LANGUAGES).get(code, code))
