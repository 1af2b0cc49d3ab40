"""The sender of the channel `inapp`."""

from collections.abc import Sequence
from datetime import datetime

from siyu.core.outreach.channels import Message, NotSent, NotTaken, Receipt, Sent
from siyu.core.outreach.decision import Decision
from siyu.core.outreach.inbox.models import InboxItem
from siyu.core.people.models import Identity
from siyu.kit.rows import insert

COLUMNS = ("key", "identity", "message", "kind", "subject", "text", "picture", "at")
type Pair = tuple[Decision, Message]


class Inbox:
    name = "inbox"

    def send(self, decision: Decision, message: Message, *, at: datetime) -> Receipt:
        [done] = self.send_many([(decision, message)], at=at)
        if isinstance(done, NotSent):
            raise done
        return done

    def send_many(self, pairs: Sequence[Pair], *, at: datetime) -> list[Receipt | NotSent]:
        """One statement for all of them. What lies there already under its key is left as it is."""
        values = [message.to for _, message in pairs]
        rows = Identity.objects.filter(namespace="member", value__in=values, person__isnull=False)
        accounts = dict(rows.values_list("value", "pk"))
        insert(InboxItem, COLUMNS, [row(one, accounts[one[1].to], at) for one in pairs if one[1].to in accounts],
            ignore=True)  # fmt: skip
        return [
            Receipt(self.name, message.key, at) if message.to in accounts else NotTaken("there is no such member")
            for _, message in pairs
        ]

    def latest(self, limit: int) -> list[Sent]:
        return []


def row(pair: Pair, identity: int, at: datetime) -> tuple:
    decision, message = pair
    subject, text = message.subject[:300], message.text.replace("\0", "")
    return message.key, identity, decision.outgoing, message.kind, subject, text, message.picture, at
