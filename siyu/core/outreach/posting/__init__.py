"""Posting: the outbox goes out, a queue for each destination, so that a dead one slows nobody.

A row is claimed, looked at a second time, rendered, sent outside any transaction, and written down. A worker that dies
leaves rows that are being sent: where a channel knows a repetition by its key they are sent again under it, else they
are doubtful, and an operator decides.
"""

from siyu.core.outreach.posting.rendering import renders
from siyu.core.outreach.posting.ticking import post_due, tick
from siyu.core.outreach.posting.writing import NotDoubtful, send_again

__all__ = ["NotDoubtful", "post_due", "renders", "send_again", "tick"]
