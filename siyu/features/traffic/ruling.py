"""Rules: what is seen of a touch says which channel it came through. A new rule holds for the past too."""

from datetime import datetime

from django.db import transaction

from siyu.features.traffic import tree
from siyu.features.traffic.models import SIGNS, Campaign, Channel, Rule, Terms
from siyu.kit.refusals import Refused

KINDS = ("visit", "scan", "add", "message", "view", "order")
LAST_PLACE = 10_000
LONGEST = 200


class BadTouchRule(Refused):
    code = "bad_touch_rule"
    status = 422


class NoSuchRule(Refused):
    code = "no_such_rule"
    status = 404


class BadTerms(Refused):
    code = "bad_terms"
    status = 422


@transaction.atomic
def write(*, channel: str, by: str, at: datetime, place: int = 100, campaign: str = "", **seen: str) -> Rule:
    """`seen` names what a touch must show: `SIGNS`. The very same rule again is the one that is there."""
    if unknown := set(seen) - set(SIGNS):
        raise BadTouchRule(f"a rule cannot look at {', '.join(sorted(unknown))}")
    signs = {name: tidy(name, seen.get(name, "")) for name in SIGNS}
    if not any(signs.values()):
        raise BadTouchRule("a rule looks at something")
    if signs["kind"] and signs["kind"] not in KINDS:
        raise BadTouchRule(f"a touch is one of {', '.join(KINDS)}")
    if not 0 <= place <= LAST_PLACE:
        raise BadTouchRule(f"a place lies between 0 and {LAST_PLACE:,}")
    to = {
        "channel": tree.open_one(Channel, channel),
        "campaign": tree.open_one(Campaign, campaign) if campaign else None,
    }
    there = Rule.objects.filter(closed_at=None, place=place, **to, **signs).first()
    return there or Rule.objects.create(place=place, made_at=at, by=by, **to, **signs)


def tidy(name: str, text: str) -> str:
    """As it is compared: a link's code keeps its letters, all else is small."""
    text = text.strip()
    if len(text) > LONGEST or "*" in text[:-1] or (name == "link" and "*" in text):
        raise BadTouchRule("a sign has at most 200 characters, and a star only at its end; a link has none")
    return text if name == "link" else text.lower().removeprefix("www.") if name == "host" else text.lower()


@transaction.atomic
def close(*, rule: int, at: datetime) -> None:
    """It counts no more, for the past neither. Twice is once."""
    if not Rule.objects.filter(pk=rule, closed_at=None).update(closed_at=at) and not Rule.objects.filter(pk=rule):
        raise NoSuchRule("there is no such rule")


@transaction.atomic
def set_terms(*, window_days: int, margin: int | None, by: str, at: datetime) -> Terms:
    """`margin`: basis points of sales; none: what is left of sales without a known cost is not known."""
    if not 1 <= window_days <= 3660 or not 0 <= (margin or 0) <= 10_000:
        raise BadTerms("a touch counts for 1 to 3,660 days, and a margin lies between 0 and 100 %")
    return Terms.objects.create(window_days=window_days, margin=margin, by=by, at=at)


def terms() -> Terms:
    """In force; before anybody said anything, 90 days and no margin."""
    return Terms.objects.order_by("-pk").first() or Terms(window_days=90, margin=None)
