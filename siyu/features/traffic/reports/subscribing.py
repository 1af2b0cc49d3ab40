"""Who gets which report, and who may read it still."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F

from siyu.features.traffic.reports import drawing
from siyu.features.traffic.reports.models import RHYTHMS, Edition, Report, Subscription
from siyu.features.traffic.reports.periods import Days, before
from siyu.kit.refusals import Refused

MOST = 50
LASTS = timedelta(days=90)


class BadSubscription(Refused):
    code = "bad_subscription"
    status = 422


class NoSuchSubscription(Refused):
    code = "no_such_subscription"
    status = 404


class NoSuchEdition(Refused):
    code = "no_such_report"
    status = 404


class NothingToReport(Refused):
    code = "nothing_to_report"
    status = 409


@transaction.atomic
def subscribe(
    *, addresses: Sequence[str], rhythm: str, language: str, by: str, at: datetime, hour: int = 8
) -> list[Subscription]:
    """Each address gets what ends after now. Who has this rhythm already has it in this language from now on."""
    known = sorted({said.strip().lower() for said in addresses if said.strip()})
    if not 1 <= len(known) <= MOST or rhythm not in RHYTHMS or language not in dict(settings.LANGUAGES):
        raise BadSubscription(f"1 to {MOST} addresses, a rhythm ({', '.join(RHYTHMS)}) and a language of the house")
    if not 0 <= hour <= 23:
        raise BadSubscription("an hour lies between 0 and 23")
    for address in known:
        checked(address)
    return [one(address, rhythm, {"language": language, "hour": hour}, by, at) for address in known]


def checked(address: str) -> None:
    try:
        validate_email(address)
    except ValidationError:
        raise BadSubscription(f"{address[:60]!r} is no e-mail address") from None


def one(address: str, rhythm: str, wish: dict[str, Any], by: str, at: datetime) -> Subscription:
    there = Subscription.objects.filter(address=address, rhythm=rhythm, ended_at=None).first()
    if there is None:
        return Subscription.objects.create(address=address, rhythm=rhythm, by=by, made_at=at, **wish)
    there.language, there.hour = wish["language"], wish["hour"]
    there.save(update_fields=["language", "hour"])
    return there


def end(*, subscription: int, at: datetime) -> Subscription:
    """Nothing more is sent; pages that are out stay until they expire."""
    found = standing(subscription)
    found.ended_at = at
    found.save(update_fields=["ended_at"])
    return found


def standing(number: int) -> Subscription:
    found = Subscription.objects.filter(pk=number, ended_at=None).first()
    if found is None:
        raise NoSuchSubscription("there is no such subscription, or it has ended")
    return found


def revoke(*, edition: int, at: datetime) -> Edition:
    """Its page is there no more, for whoever has the address; what is not sent yet is not sent."""
    found = Edition.objects.select_related("subscription", "report").filter(pk=edition).first()
    if found is None:
        raise NoSuchEdition("there is no such report")
    if found.revoked_at is None:
        found.revoked_at = at
        found.save(update_fields=["revoked_at"])
    return found


def send_now(*, subscription: int, at: datetime) -> Edition:
    """The last whole period at once: before its hour, or once more. The period's own mail is not sent beside it."""
    who = standing(subscription)
    report = drawn(last_period(who.rhythm), who.rhythm, at)
    with transaction.atomic():
        made, fresh = put(who, report, at)
        if not fresh:
            lives = {"expires_at": at + LASTS, "revoked_at": None, "attempts": 0, "next_at": at, "error": ""}
            left = Edition.objects.filter(pk=made.pk).exclude(state="sending")
            left.update(state="due", copies=F("copies") + 1, **lives)
    return Edition.objects.select_related("subscription", "report").get(pk=made.pk)


def preview(rhythm: str, *, at: datetime) -> Report:
    """What would be sent now, not kept."""
    period = last_period(rhythm)
    return Report(rhythm=rhythm, first=period.first, last=period.last, figures=drawing.draw(period, rhythm), made_at=at)


def last_period(rhythm: str) -> Days:
    known = drawing.known_until()
    if known is None or rhythm not in RHYTHMS:
        raise NothingToReport("there are no figures yet: import orders, and the worker draws them")
    return before(known, rhythm)


def drawn(period: Days, rhythm: str, at: datetime) -> Report:
    """The one of this period, drawn where it is not there: once, whoever comes first."""
    there = Report.objects.filter(rhythm=rhythm, first=period.first).first()
    if there:
        return there
    figures = drawing.draw(period, rhythm)
    said = {"last": period.last, "figures": figures, "made_at": at}
    return Report.objects.get_or_create(rhythm=rhythm, first=period.first, defaults=said)[0]


def put(who: Subscription, report: Report, at: datetime) -> tuple[Edition, bool]:
    """The one edition of a subscription and a period, and whether it is new."""
    said = {"code": secrets.token_urlsafe(18), "made_at": at, "next_at": at, "expires_at": at + LASTS}
    return Edition.objects.get_or_create(subscription=who, report=report, defaults=said)
