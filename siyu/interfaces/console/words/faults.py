"""Why a message could not be taken, by the code of what is wrong with it."""

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

FAULTS: dict[str, str | Promise] = {
    "unreadable": _("The line is no JSON object."),
    "encoding_wrong": _("The line is not UTF-8."),
    "nul_character": _("A text holds a NUL character."),
    "message_too_large": _("The message is larger than its protocol allows."),
    "type_unknown": _("The message is of no known type."),
    "user_missing": _("The message does not say whose it is."),
    "user_malformed": _("The id of the user is no text."),
    "event_missing": _("The event has no name."),
    "name_too_long": _("The event's name has more than 200 characters."),
    "name_reserved": _("The name is one of those that this house announces itself."),
    "message_id_too_long": _("The id of the message is too long."),
    "time_unreadable": _("The time is none, or not between 1970 and 2200."),
    "properties_malformed": _("Properties, traits or context are no JSON object."),
    "too_deep": _("Properties or traits go deeper than 32 levels."),
    "number_malformed": _("A number is none, or too large to be kept."),
    "batch_unreadable": _("The batch cannot be unpacked."),
    "bad_json": _("The message is no JSON."),
    "no_object": _("A message is a JSON object."),
    "too_large": _("The message is larger than its protocol allows."),
    "bad_form": _("What was sent is no form."),
    "bad_base64": _("What was sent is no base64."),
    "bad_gzip": _("What was sent is no whole gzip."),
    "crc_wrong": _("The checksum is another one: something was lost on the way."),
    "empty_request": _("Nothing was sent."),
    "body_incomplete": _("What was sent ended before its end."),
}
HEARING = "hearing_failed"


def fault(code: str, otherwise: str) -> str:
    """The sentence for a code; a feature that could not take it says why in its own words."""
    if code == HEARING:
        return gettext("A feature could not take it: %(why)s") % {"why": otherwise}
    return str(FAULTS.get(code, otherwise))
