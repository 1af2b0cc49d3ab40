"""Words of the gate: why somebody got a message or did not, and what became of it."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

VERDICTS: dict[str, str | Promise] = {
    "allowed": _("let through"),
    "erased": _("nobody any more"),
    "suppressed": _("address suppressed"),
    "consent": _("no consent"),
    "unreachable": _("no address"),
    "cap": _("enough for now"),
    "quiet": _("quiet hours"),
    "control": _("global control group"),
    "holdout": _("kept out to compare"),
    "budget": _("no budget left"),
    "again": _("told already under another name"),
    "stopped": _("the dispatch was stopped"),
    "not_taken": _("refused for good"),
    "not_sent": _("could not be sent"),
}
STATES: dict[str, str | Promise] = {
    "queued": _("waiting to go out"),
    "sending": _("going out"),
    "sent": _("went out"),
    "failed": _("did not go out"),
    "stopped": _("held back at the door"),
    "doubtful": _("in doubt"),
    "delivered": _("arrived"),
    "opened": _("opened"),
    "clicked": _("clicked"),
    "replied": _("replied"),
    "bounced": _("came back unread"),
    "complained": _("called spam"),
    "unsubscribed": _("unsubscribed"),
    "open": _("running"),
    "paused": _("paused for now"),
    "done": _("finished"),
}
CHANNELS: dict[str, str | Promise] = {
    "": _("All channels"),
    "inapp": _("In the app"),
    "email": _("E-mail"),
    "sms": _("SMS"),
    "web_push": _("Web push"),
    "webhook": _("Webhook"),
    "by_hand": _("Sent by hand"),
}
SHUT: dict[str, str | Promise] = {
    "bounced": _("it came back for good"),
    "complained": _("somebody complained"),
    "operator": _("an operator said so"),
}


def verdict(code: str) -> str:
    return str(VERDICTS.get(code, code))


def posted(code: str) -> str:
    return str(STATES.get(code, code))


def channel(code: str) -> str:
    return str(CHANNELS.get(code, code))


def shut(code: str) -> str:
    return str(SHUT.get(code, code))
