"""What links hold of somebody: links that were made for them, and which places of live codes they were given.

Links stand beside people, whose registry `insight` tells of it.
"""

from django.db import transaction
from django.db.models import QuerySet

from siyu.core.eventlog.forgetting import Answer, Files, Somebody
from siyu.core.links import known
from siyu.core.links.models import Link, Scan


class LinksHeld:
    name = "links"

    def count(self, who: Somebody) -> dict[str, int]:
        found = {"links": links(who).count(), "scans": scans(who).count()}
        return {name: n for name, n in found.items() if n}

    def export(self, who: Somebody) -> Files:
        made = links(who).order_by("pk").values("made_at", "code", "title", "campaign")
        seen = scans(who).order_by("pk").values("at", "code__code", "code__title")
        said: Files = {"links": [dict(row) for row in made], "scans": [dict(row) for row in seen]}
        return {name: rows for name, rows in said.items() if rows}

    @transaction.atomic
    def erase(self, who: Somebody) -> Answer:
        """The links work on, as nobody's; what a place was given for is gone, its seat stays taken."""
        made = links(who).update(identity=None, title="", creator="", key=None)
        known.changed()
        return Answer({"links": made, "scans": scans(who).delete()[0]})


def links(who: Somebody) -> QuerySet[Link]:
    return Link.objects.filter(identity__in=who.identities)


def scans(who: Somebody) -> QuerySet[Scan]:
    return Scan.objects.filter(visitor__in=[f"{kind}:{value}"[:200] for kind in NAMED for value in who.values])


NAMED = ("device", "openid", "external_userid", "unionid")
