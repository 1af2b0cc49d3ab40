"""The sender: it puts messages on the desk. Of two under one key there is one errand."""

from collections.abc import Sequence
from datetime import datetime

from siyu.core.outreach.channels import Message, NotSent, Receipt, Sent
from siyu.core.outreach.decision import Decision
from siyu.core.outreach.models import Errand
from siyu.kit.rows import insert

COLUMNS = ("key", "outgoing", "to", "subject", "text", "picture", "state", "proof", "proof_picture", "made_at")


class Hands:
    name = "by_hand"

    def send(self, decision: Decision, message: Message, *, at: datetime) -> Receipt:
        [receipt] = self.send_many([(decision, message)], at=at)
        assert isinstance(receipt, Receipt)
        return receipt

    def send_many(self, pairs: Sequence[tuple[Decision, Message]], *, at: datetime) -> list[Receipt | NotSent]:
        rows = [
            (said.key, yes.outgoing, said.to, said.subject, said.text, said.picture, "open", "", "", at)
            for yes, said in pairs
        ]
        insert(Errand, COLUMNS, rows, ignore=True)
        numbers = dict(Errand.objects.filter(key__in=[said.key for _, said in pairs]).values_list("key", "pk"))
        return [Receipt(self.name, str(numbers[said.key]), at) for _, said in pairs]

    def latest(self, limit: int) -> list[Sent]:
        return []
