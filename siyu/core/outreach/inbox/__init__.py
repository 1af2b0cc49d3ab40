"""The members' inbox: messages that wait in the house itself, as they were said.

Noun: InboxItem. A channel like any other, `inapp`, whose sender writes a row; what was sent never changes after.
"""

from siyu.core.outreach.inbox.items import NoSuchItem, Page, item, listing, unread

__all__ = ["NoSuchItem", "Page", "item", "listing", "unread"]
