"""What lies in somebody's inbox is theirs, and goes with them."""

from django.db.models import QuerySet

from siyu.core.outreach.inbox.models import InboxItem
from siyu.core.people.holdings import Answer, Files, Somebody, hold


class Inbox:
    name = "inbox"

    def count(self, who: Somebody) -> dict[str, int]:
        n = theirs(who).count()
        return {"inbox": n} if n else {}

    def export(self, who: Somebody) -> Files:
        columns = ("at", "kind", "subject", "text", "picture", "opened_at")
        rows = [dict(row) for row in theirs(who).order_by("pk").values(*columns)]
        return {"inbox": rows} if rows else {}

    def erase(self, who: Somebody) -> Answer:
        gone, _ = theirs(who).delete()
        return Answer({"inbox": gone} if gone else {})


def theirs(who: Somebody) -> QuerySet[InboxItem]:
    return InboxItem.objects.filter(identity__in=who.identities)


hold(Inbox())
