"""A printed code leads somewhere for ever, and sends to no place more people than it takes."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from siyu.core.eventlog.models import Entry
from siyu.core.links import codes, scanning
from siyu.core.links.clicking import Knock
from siyu.core.links.codes import BadCode, BadPlace
from siyu.core.links.models import Code, Place
from siyu.core.links.places import BadSchedule, on_duty, sound_schedule
from siyu.core.links.writing import CodeTaken
from siyu.kit.refusals import KeyReused
from tests.core.links.clicks import WECHAT, a_link

pytestmark = pytest.mark.django_db(databases="__all__")
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)  # a Monday
FALLBACK = "https://brand.example/hello"


def a_code(**said) -> Code:
    return codes.make(**({"title": "Poster", "pool": "staff", "fallback": FALLBACK, "by": "lin", "at": NOON} | said))


def a_place(code: Code, name: str, **said) -> Place:
    said = {"url": f"https://work.example/{name}"} | said
    return codes.put(code=code.pk, key=name, label=name, at=NOON, **said)


def scan(code: Code, visitor: int | None = None, *, at: datetime = NOON) -> str:
    """Where somebody is sent; a number is a phone that has been here."""
    cookie = "" if visitor is None else f"v{visitor:032x}"
    knock = Knock(code=code.code, agent=WECHAT, address="10.0.0.1", host="go", cookie=cookie)
    return scanning.decide(knock, at=at).target


def test_it_works():
    code = a_code(channel="poster", campaign="spring")
    a_place(code, "amy"), a_place(code, "ben")
    assert [scan(code, n) for n in range(4)] == ["amy", "ben", "amy", "ben"]
    knock = Knock(code=code.code, agent=WECHAT, address="10.0.0.1", host="go", cookie=f"v{9:032x}")
    way = scanning.decide(knock, at=NOON)
    assert way.url == f"https://work.example/amy?state={way.told['state']}"
    assert way.told["state"].startswith(f"{code.code}.")
    assert len(way.told["state"]) <= 30
    assert (way.told["channel"], way.told["campaign"], way.told["place"]) == ("poster", "spring", "amy")


def test_who_comes_again_gets_the_same_and_takes_no_seat():
    code = a_code()
    amy = a_place(code, "amy", most=1)
    a_place(code, "ben")
    assert [scan(code, 1), scan(code, 1), scan(code, 2), scan(code, 1)] == ["amy", "amy", "ben", "amy"]
    amy.refresh_from_db()
    assert amy.taken == 1
    codes.pause(place=amy.pk, at=NOON)
    assert scan(code, 1) == "ben"


def test_a_limit_is_never_passed_and_then_the_fallback_is_shown():
    code = a_code(order="fill")
    a_place(code, "first", most=2), a_place(code, "second", most=1)
    assert [scan(code, n) for n in range(5)] == ["first", "first", "second", "fallback", "fallback"]
    assert Entry.objects.filter(name="code.full").count() == 1
    a_place(code, "third")
    assert scan(code, 9) == "third"
    assert Code.objects.get().full_at is None


def test_a_limit_of_a_day_is_one_of_the_brands_day():
    code = a_code()
    a_place(code, "amy", most_a_day=1)
    assert [scan(code, 1), scan(code, 2)] == ["amy", "fallback"]
    assert scan(code, 2, at=NOON + timedelta(days=1)) == "amy"


def test_load_is_shared_by_weight():
    code = a_code()
    a_place(code, "amy", weight=3), a_place(code, "ben")
    got = [scan(code, n) for n in range(8)]
    assert (got.count("amy"), got.count("ben")) == (6, 2)


def test_staff_are_on_duty_by_their_hours():
    code = a_code()
    day = [{"days": "12345", "from": "09:00", "to": "18:00"}]
    night = [{"days": "7", "from": "22:00", "to": "06:00"}]
    a_place(code, "day", schedule=day), a_place(code, "night", schedule=night)
    assert scan(code, 1) == "day"
    assert scan(code, 2, at=NOON.replace(hour=18)) == "fallback"
    assert scan(code, 3, at=NOON.replace(hour=5)) == "night"
    assert not on_duty(night, NOON.replace(day=2, hour=5))
    for wrong in ({"days": "8", "from": "09:00", "to": "10:00"}, {"days": "1", "from": "9 am", "to": "10:00"}, {}):
        with pytest.raises(BadSchedule):
            sound_schedule([wrong])


def test_the_hours_are_those_of_the_brands_zone(settings):
    settings.SIYU = settings.SIYU.model_copy(update={"zone": "Asia/Shanghai"})
    hours = [{"days": "1", "from": "19:30", "to": "20:30"}]
    assert on_duty(hours, NOON)


def test_a_place_that_lapses_is_given_no_more():
    code = a_code()
    a_place(code, "group", expires_at=NOON + timedelta(days=7))
    assert scan(code, 1) == "group"
    assert scan(code, 1, at=NOON + timedelta(days=8)) == "fallback"


def test_what_is_printed_never_dies():
    code = a_code(code="poster-1")
    place = a_place(code, "amy")
    scan(code, 1)
    codes.retire(code=code.pk, by="lin", at=NOON)
    assert scan(code, 1) == "fallback"
    with pytest.raises(CodeTaken):
        a_code(code="poster-1")
    with pytest.raises(CodeTaken):
        a_link(code="poster-1")
    with pytest.raises(ProtectedError):
        code.delete()
    assert Place.objects.get() == place


def test_a_code_never_leads_nowhere():
    for fallback in ("", "javascript:x", "/admin"):
        with pytest.raises(Exception, match="target"):
            a_code(fallback=fallback)
    with pytest.raises(IntegrityError), transaction.atomic():
        Code.objects.create(code="x", title="x", pool="staff", fallback="", by="", made_at=NOON)
    code = a_code()
    Code.objects.update(pool="groups that are gone")
    assert scan(code, 1) == "fallback"


def test_the_same_key_makes_one_code():
    assert a_code(key="one").pk == a_code(key="one").pk
    with pytest.raises(KeyReused):
        a_code(key="one", title="Other")
    with pytest.raises(BadCode):
        a_code(pool="nobody")


def test_a_place_is_one_thing_and_is_written_anew_by_its_key():
    code = a_code()
    a_place(code, "amy", most=5)
    scan(code, 1)
    assert a_place(code, "amy", most=3).taken == 1
    assert Place.objects.count() == 1
    for wrong in ({"url": ""}, {"picture": "/media/x.png"}, {"weight": 0}, {"most": -1}, {"most": 0}, {"colour": 1}):
        with pytest.raises(BadPlace):
            a_place(code, "amy", **wrong)


def test_a_head_takes_no_place():
    code = a_code()
    place = a_place(code, "amy")
    knock = Knock(code=code.code, agent=WECHAT, address="10.0.0.1", host="go")
    assert scanning.decide(knock, at=NOON, comes=False).target == "fallback"
    place.refresh_from_db()
    assert place.taken == 0
