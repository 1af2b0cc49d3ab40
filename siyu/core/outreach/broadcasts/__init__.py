"""Broadcasts: words to an audience or a list, over a channel, at a moment, against a holdout.

Nouns: Broadcast, BroadcastPart (some of its people, as they were when it started). Operators `draft`, `change`, `plan`,
`take_back`, `pause`, `resume` and `stop`; the worker's `work_off` starts what is due and fills the outbox through the
gate. Announces broadcast.*.
"""

from siyu.core.outreach.broadcasts.naming import named
from siyu.core.outreach.broadcasts.running import pause, plan, resume, stop, take_back, work_off
from siyu.core.outreach.broadcasts.writing import Wish, change, draft

__all__ = ["Wish", "change", "draft", "named", "pause", "plan", "resume", "stop", "take_back", "work_off"]
