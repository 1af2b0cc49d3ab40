"""The built-in pools: places in a table, each with its hours, weight and limits."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Case, F, FloatField, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Cast

from siyu.core.links.models import Code, Place
from siyu.core.links.pools import Spot, register
from siyu.kit.clock import day_of
from siyu.kit.refusals import Refused


class BadSchedule(Refused):
    code = "bad_schedule"
    status = 422


class Places:
    """A pool of rows of `Place`."""

    def __init__(self, name: str) -> None:
        self.name = name

    def take(self, code: int, *, order: str, at: datetime) -> Spot | None:
        day = day_of(at, settings.SIYU.zone)
        while place := first(code, order, day, at):
            # the last word on the limit: whoever was quicker leaves nothing to update, and one looks again
            if with_room(Place.objects.filter(pk=place.pk), day).update(**seat(day)):
                return spot(place)
        return None

    def again(self, code: int, number: int, *, at: datetime) -> Spot | None:
        place = standing(code, at).filter(pk=number).first()
        return spot(place) if place else None


def first(code: int, order: str, day: date, at: datetime) -> Place | None:
    """Who is next of those that are on duty and have room."""
    rows = with_room(standing(code, at), day)
    rows = rows.order_by("pk") if order == Code.FILL else by_load(rows, day)
    return next((place for place in rows if on_duty(place.schedule, at)), None)


def standing(code: int, at: datetime) -> QuerySet[Place]:
    lasting = Q(expires_at=None) | Q(expires_at__gt=at)
    return Place.objects.filter(lasting, code=code, paused_at=None, removed_at=None)


def with_room(rows: QuerySet[Place], day: date) -> QuerySet[Place]:
    today = Q(most_a_day=None) | Q(day=None) | ~Q(day=day) | Q(taken_today__lt=F("most_a_day"))
    some = Q(most_a_day=None) | Q(most_a_day__gt=0)
    return rows.filter(Q(most=None) | Q(taken__lt=F("most")), today, some)


def seat(day: date) -> dict[str, Any]:
    today = Case(When(day=day, then=F("taken_today") + 1), default=Value(1), output_field=IntegerField())
    return {"taken": F("taken") + 1, "taken_today": today, "day": day}


def by_load(rows: QuerySet[Place], day: date) -> QuerySet[Place]:
    """Whoever has had least today for their weight, then least ever."""
    today = Case(When(day=day, then=F("taken_today")), default=Value(0), output_field=IntegerField())
    weight = Cast(F("weight"), FloatField())
    return rows.annotate(load=today / weight, ever=F("taken") / weight).order_by("load", "ever", "pk")


def spot(place: Place) -> Spot:
    return Spot(place.pk, place.label, place.url, place.picture, place.text)


def on_duty(schedule: Iterable[Mapping[str, str]], at: datetime) -> bool:
    """Whether that moment lies in one of the stretches, in the brand's zone; no stretch: always. One that ends before
    it begins goes on past midnight."""
    stretches = list(schedule)
    local = at.astimezone(ZoneInfo(settings.SIYU.zone))
    now, today = local.time(), str(local.isoweekday())
    yesterday = str((local.isoweekday() - 2) % 7 + 1)
    return not stretches or any(within(one, now, today, yesterday) for one in stretches)


def within(one: Mapping[str, str], now: time, today: str, yesterday: str) -> bool:
    begins, ends = time.fromisoformat(one["from"]), time.fromisoformat(one["to"])
    if begins < ends:
        return today in one["days"] and begins <= now < ends
    return (today in one["days"] and now >= begins) or (yesterday in one["days"] and now < ends)


def sound_schedule(said: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    found = []
    for one in said:
        days = "".join(sorted(set(str(one.get("days", "")))))
        try:
            begins, ends = (time.fromisoformat(str(one[end])).strftime("%H:%M") for end in ("from", "to"))
        except (KeyError, ValueError):
            raise BadSchedule("hours are written as 09:00") from None
        if not days or set(days) - set("1234567"):
            raise BadSchedule("days are 1 for Monday to 7 for Sunday")
        found.append({"days": days, "from": begins, "to": ends})
    if len(found) > 20:
        raise BadSchedule("at most 20 stretches")
    return found


STAFF = register(Places("staff"))
PAGES = register(Places("pages"))
