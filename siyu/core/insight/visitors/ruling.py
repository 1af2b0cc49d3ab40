"""What counts as a bot: the newest word is in force, for the past too."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction

from siyu.core.insight.models import Ruling
from siyu.kit.refusals import Refused

MOST = 50
FASTEST = 1_000_000
HOUSE = "siyu"


class BadRule(Refused):
    code = "bad_rule"
    status = 422


def in_force() -> Ruling:
    """The newest; before anybody said anything, our own list and the pace of the settings."""
    found = Ruling.objects.order_by("-pk").first()
    if found is None or (found.by == HOUSE and found.pace != settings.SIYU.pace):
        return Ruling(by=HOUSE, listed=True, words=[], pace=settings.SIYU.pace)
    return found


@transaction.atomic
def rule(*, listed: bool, words: Sequence[str], pace: int, by: str, at: datetime) -> Ruling:
    """From now on this is a bot. The worker holds it against all that ever happened."""
    said = sorted({clean(word) for word in words if word.strip()})
    if len(said) > MOST:
        raise BadRule(f"at most {MOST} words")
    if not 0 <= pace <= FASTEST:
        raise BadRule(f"a pace is between 0 and {FASTEST:,} events a minute; 0 looks at no pace")
    return Ruling.objects.create(listed=listed, words=said, pace=pace, by=by, at=at)


def clean(word: str) -> str:
    word = word.strip().lower()
    if not 3 <= len(word) <= 60 or not word.isprintable():
        raise BadRule("a word of a user agent has 3 to 60 characters; fewer would mean too many")
    return word
