"""Operators make live codes and fill their pools. A code that exists may be printed: it is never deleted."""

import hashlib
from datetime import datetime
from typing import Any

import msgspec
from django.db import IntegrityError, transaction

from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.locks import one_at_a_time
from siyu.core.links import domains, pools
from siyu.core.links.models import Code, Place
from siyu.core.links.places import sound_schedule
from siyu.core.links.targets import CODE, sound
from siyu.core.links.writing import CodeTaken, codes_taken, drawn
from siyu.events.links import CodeMade, CodeRetired
from siyu.kit.refusals import KeyReused, Refused

MOST = 1_000
"""Places of a code."""


class BadCode(Refused):
    code = "bad_code"
    status = 422


class NoSuchCode(Refused):
    code = "no_such_live_code"
    status = 404


class BadPlace(Refused):
    code = "bad_seat"
    status = 422


class NoSuchPlace(Refused):
    code = "no_such_seat"
    status = 404


@transaction.atomic
def make(
    *, title: str, pool: str, fallback: str, by: str, at: datetime, order: str = Code.EVEN, code: str = "",
    channel: str = "", campaign: str = "", creator: str = "", key: str | None = None,
) -> Code:  # fmt: skip
    """A live code, which may be printed from now on. With the same key again it is the same one."""
    said = (title, pool, fallback, order, code, channel, campaign, creator)
    digest = hashlib.blake2b(msgspec.json.encode(said), digest_size=16).hexdigest()
    one_at_a_time("links")
    if key and (there := Code.objects.filter(key=key).first()):
        if there.digest != digest:
            raise KeyReused(f"the key {key!r} made another code")
        return there
    fields = sound_fields(
        title=title, fallback=fallback, order=order, channel=channel, campaign=campaign, creator=creator
    )
    if pool not in pools.POOLS:
        raise BadCode(f"a pool is one of {', '.join(pools.names())}")
    if code and not CODE.fullmatch(code):
        raise BadCode("a code has 3 to 40 small letters, digits and hyphens")
    if code and codes_taken([code]):
        raise CodeTaken(f"there is a link or a live code {code!r} already")
    made = Code.objects.create(code=code or drawn(1)[0], key=key, digest=digest, pool=pool, by=by, made_at=at, **fields)
    announce(CodeMade(at=at, live_code=made.pk, code=made.code, pool=pool, by=by))
    return made


def sound_fields(*, title: str, fallback: str, order: str, channel: str, campaign: str, creator: str) -> dict[str, Any]:
    title = " ".join(title.split())
    if not 0 < len(title) <= 100 or order not in (Code.EVEN, Code.FILL):
        raise BadCode("a code has a title of 1 to 100 characters, and gives places evenly or one after the other")
    if len(channel) > 50 or len(campaign) > 50 or len(creator) > 100:
        raise BadCode("channel and campaign have at most 50 characters, a creator 100")
    return {
        "title": title, "fallback": sound(fallback, hosts=domains.hosts()), "order": order, "channel": channel,
        "campaign": campaign, "creator": creator,
    }  # fmt: skip


@transaction.atomic
def change(*, code: int, at: datetime, **said: str) -> Code:
    """Title, fallback, order, channel, campaign, creator; so within a second or two."""
    found = locked(code)
    names = ("title", "fallback", "order", "channel", "campaign", "creator")
    if set(said) - set(names):
        raise BadCode(f"of a code {', '.join(names)} can be changed")
    fields = sound_fields(**{name: said.get(name, getattr(found, name)) for name in names})
    for name, value in fields.items():
        setattr(found, name, value)
    found.changed_at = at
    found.save(update_fields=[*names, "changed_at"])
    return found


@transaction.atomic
def retire(*, code: int, by: str, at: datetime) -> Code:
    """From now on it leads to its fallback. It still leads somewhere, and its letters are nobody else's."""
    found = locked(code)
    if found.retired_at is None:
        found.retired_at = at
        found.save(update_fields=["retired_at"])
        announce(CodeRetired(at=at, live_code=found.pk, code=found.code, by=by))
    return found


@transaction.atomic
def put(*, code: int, key: str, label: str, at: datetime, **said: Any) -> Place:
    """A place in its pool; the same key again writes that place anew, and its count goes on. `said`: url or picture,
    text, operator, schedule, weight, most, most_a_day, expires_at."""
    if not 0 < len(key) <= 100 or not key.isprintable():
        raise BadPlace("a place has a key of 1 to 100 characters")
    found = locked(code)
    fields = sound_place(label, said)
    if found.places.filter(removed_at=None).exclude(key=key).count() >= MOST:
        raise BadPlace(f"a code has at most {MOST:,} places")
    try:
        with transaction.atomic():
            return Place.objects.update_or_create(
                code=found, key=key, defaults={**fields, "removed_at": None}, create_defaults={**fields, "added_at": at}
            )[0]
    except IntegrityError:
        raise BadPlace("more have been sent there already than it may hold") from None


def sound_place(label: str, said: dict[str, Any]) -> dict[str, Any]:
    known = {"url", "picture", "text", "operator", "schedule", "weight", "most", "most_a_day", "expires_at"}
    if unknown := set(said) - known:
        raise BadPlace(f"a place has no {', '.join(sorted(unknown))}")
    label, url, picture = " ".join(label.split()), said.get("url", ""), said.get("picture", "")
    if not 0 < len(label) <= 100 or len(said.get("text", "")) > 200:
        raise BadPlace("a place has a label of 1 to 100 characters, and a text of at most 200")
    if bool(url) == bool(picture) or (picture and not picture.startswith("/media/")):
        raise BadPlace("a place is an address or an uploaded picture")
    if not 1 <= said.get("weight", 1) <= 1_000:
        raise BadPlace("a weight is 1 to 1,000")
    if any(not 0 <= (said.get(name) or 0) <= 10**6 for name in ("most", "most_a_day")):
        raise BadPlace("a limit is 0 to 1,000,000")
    return {
        "label": label, "url": sound(url, hosts=domains.hosts(), apps=True) if url else "", "picture": picture,
        "text": said.get("text", ""), "operator_id": said.get("operator"), "weight": said.get("weight", 1),
        "schedule": sound_schedule(said.get("schedule", [])), "most": said.get("most"),
        "most_a_day": said.get("most_a_day"), "expires_at": said.get("expires_at"),
    }  # fmt: skip


def pause(*, place: int, at: datetime) -> Place:
    """Nobody is sent there until it is resumed; who had it is given another one."""
    return marked(place, paused_at=at)


def resume(*, place: int) -> Place:
    return marked(place, paused_at=None)


def remove(*, place: int, at: datetime) -> Place:
    return marked(place, removed_at=at)


def marked(place: int, **fields: Any) -> Place:
    found = Place.objects.filter(pk=place, removed_at=None).first()
    if found is None:
        raise NoSuchPlace("there is no such place, or it was removed")
    for name, value in fields.items():
        setattr(found, name, value)
    found.save(update_fields=list(fields))
    return found


def locked(code: int) -> Code:
    found = Code.objects.select_for_update(no_key=True).filter(pk=code).first()
    if found is None:
        raise NoSuchCode("there is no such live code")
    return found
