"""Words for codes, as a member reads them."""

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from siyu.core.team.signin import TooManyTries
from siyu.kit.formats import clock
from siyu.kit.refusals import Refused

CHANNELS: dict[str, str | Promise] = {
    "inapp": _("In the app"),
    "sms": _("SMS"),
    "email": _("E-mail"),
    "phone": _("Phone call"),
    "mail": _("Post"),
    "wechat": _("WeChat"),
    "wecom": _("WeCom"),
    "mini_program": _("Mini-program"),
    "app_push": _("App push"),
    "web_push": _("Web push"),
}
PURPOSES: dict[str, str | Promise] = {
    "marketing": _("Offers"),
    "service": _("Service"),
    "social": _("Friends"),
}
KINDS: dict[str, str | Promise] = {"phone": _("Phone"), "email": _("E-mail")}

REFUSALS: dict[str, str | Promise] = {
    "no_contact": _("That is no phone number and no e-mail address."),
    "wrong_code": _("That code is wrong or too old. Ask for a new one."),
    "not_sent": _("The code could not be sent. Please ask again."),
    "bad_member_name": _("A name has 1 to 50 characters."),
    "no_such_consent": _("There is nothing of that kind to allow."),
}


def refusal(no: Refused) -> str:
    """The sentence for members. What the verb itself says is the fall-back."""
    if isinstance(no, TooManyTries):
        return gettext("Too many tries. Try again after %(time)s.") % {"time": clock(no.until)}
    known = REFUSALS.get(no.code)
    return str(known) if known is not None else no.message
