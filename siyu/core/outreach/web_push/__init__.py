"""Messages that a browser shows though no page is open: which browsers do, and the key by which they know the house.

Noun: PushSubscription, a browser that a member has signed in on and asked for messages. It lasts until they stop it,
sign out there, or its push service says that it is gone. Announces push.subscribed and push.ended.
"""

from siyu.core.outreach.web_push.browsers import Browser, browsers, listens, reach
from siyu.core.outreach.web_push.keys import private_key, public_key
from siyu.core.outreach.web_push.subscribing import BadSubscription, lost, stop, subscribe

__all__ = [
    "BadSubscription", "Browser", "browsers", "listens", "lost", "private_key", "public_key", "reach", "stop",
    "subscribe",
]  # fmt: skip
