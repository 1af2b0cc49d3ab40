"""The browsers that show somebody messages are theirs, and go with them."""

from django.db.models import QuerySet

from siyu.core.outreach.web_push.models import PushSubscription
from siyu.core.people.holdings import Answer, Files, Somebody, hold


class Browsers:
    name = "web_push"

    def count(self, who: Somebody) -> dict[str, int]:
        n = theirs(who).count()
        return {"browsers": n} if n else {}

    def export(self, who: Somebody) -> Files:
        rows = [dict(row) for row in theirs(who).order_by("pk").values("at", "endpoint")]
        return {"web_push": rows} if rows else {}

    def erase(self, who: Somebody) -> Answer:
        gone, _ = theirs(who).delete()
        return Answer({"browsers": gone} if gone else {})


def theirs(who: Somebody) -> QuerySet[PushSubscription]:
    return PushSubscription.objects.filter(identity__in=who.identities)


hold(Browsers())
