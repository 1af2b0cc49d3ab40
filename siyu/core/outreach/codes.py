"""A sign-in code on its way to whoever wants to come in."""

from datetime import datetime
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from siyu.core.outreach import gate
from siyu.core.outreach.channels import Message, send
from siyu.core.people.members.asking import DIGITS, LIVES, Asked, ask_code

CHANNELS = {"phone": "sms", "email": "email"}


def send_code(*, contact: str, address: str, at: datetime) -> None:
    """Make a code and send it, in the language of the moment. A code that was lost on the way is asked for again.

    What goes out goes out after the commit; whoever calls sees NotSent where nobody could carry it.
    """
    with transaction.atomic():
        asked = ask_code(contact=contact, address=address, at=at)
        channel = CHANNELS[asked.contact[0]]
        decision = gate.decide_address(channel=channel, to=asked.contact[1], at=at)
        transaction.on_commit(partial(send, decision, written(asked), at=at))


def written(asked: Asked) -> Message:
    said = {"brand": settings.SIYU.brand, "code": asked.code, "minutes": int(LIVES.total_seconds() // 60)}
    text = _("%(code)s is your code for %(brand)s. It is good for %(minutes)s minutes. Tell it to nobody.") % said
    return Message(asked.contact[1], text, asked.key, subject=_("Your code for %(brand)s") % said)


__all__ = ["DIGITS", "send_code"]
