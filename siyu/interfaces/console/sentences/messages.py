"""What was said to somebody, and what became of it."""

from django.utils.translation import gettext as _

from siyu.interfaces.console import words
from siyu.interfaces.console.sentences.told import Sentence, Told

MESSAGES: dict[str, Sentence] = {
    "message.sent": ("outreach", "", lambda e: (_("Was sent a message"), over(e, "kind"))),
    "message.delivered": ("check", "", lambda e: (_("A message arrived"), over(e))),
    "message.opened": ("eye", "", lambda e: (_("Opened a message"), over(e))),
    "message.clicked": ("links", "money", lambda e: (_("Followed a link in a message"), over(e))),
    "message.replied": ("messages", "money", lambda e: (_("Replied to a message"), over(e))),
    "message.bounced": ("cross", "kept", lambda e: (_("A message came back"), over(e, "detail"))),
    "message.failed": ("cross", "kept", lambda e: (_("A message did not go out"), over(e, "reason"))),
    "message.complained": ("cross", "kept", lambda e: (_("Called a message spam"), over(e))),
    "message.unsubscribed": ("cross", "kept", lambda e: (_("Wants no more messages of this kind"), over(e))),
    "push.subscribed": ("outreach", "", lambda e: (_("Asked for messages in a browser"), "")),
    "push.ended": ("cross", "kept", lambda e: (_("Gets no more messages in that browser"), "")),
    "errand.done": ("errands", "", lambda e: (_("Was told something by hand"), operator(e))),
    "errand.left": ("errands", "kept", lambda e: (_("Could not be told by hand"), operator(e))),
}


def over(e: Told, *more: str) -> str:
    said = [words.outreach(e.more[name]) for name in ("channel", *more) if e.more.get(name)]
    return " · ".join(str(one) for one in said)


def operator(e: Told) -> str:
    said = (e.more.get("reason"), e.more.get("operator") and _("by %(who)s") % {"who": e.more["operator"]})
    return " · ".join(str(one) for one in said if one)
