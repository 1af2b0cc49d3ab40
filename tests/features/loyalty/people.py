"""Alice and Bob are members; days are those of Shanghai."""

from datetime import UTC, date, datetime, timedelta

from siyu.core.eventlog.models import Entry, Failure
from siyu.core.eventlog.react import REACTIONS, attempt, hears
from siyu.core.people.models import Identity, Member
from siyu.core.people.numbers import number

NOON = datetime(2026, 6, 1, 4, tzinfo=UTC)
"""Of Monday the first of June, in Shanghai."""
FIRST = date(2026, 6, 1)


def member(name: str, *, since: datetime = NOON - timedelta(days=100), called: str = "") -> int:
    who = number({("member", name): since}, source="siyu")["member", name]
    Member.objects.get_or_create(identity=Identity.objects.get(pk=who), defaults={"joined_at": since, "name": called})
    return who


def day(n: int) -> datetime:
    """Noon, so many days after the first."""
    return NOON + timedelta(days=n)


def settle() -> None:
    """Let all reactions take what was said, from the beginning each time, until nothing new is said: whoever heard a
    thing before must not mind. (The worker's cursors wait for transactions to end, as a test's on PostgreSQL does not.)
    """
    heard = 0
    while heard != (heard := Entry.objects.count()):
        for entry in Entry.objects.order_by("pk"):
            for reaction in list(REACTIONS.values()):
                if hears(reaction, entry.name, entry.imported):
                    attempt(reaction, entry)
    assert not (failed := "\n".join(Failure.objects.values_list("error", flat=True))), failed
