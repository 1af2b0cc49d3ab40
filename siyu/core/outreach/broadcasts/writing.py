"""Operators and programs draft broadcasts and change them, as long as nothing has begun."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction
from pyroaring import BitMap

from siyu.core.insight import audiences
from siyu.core.insight.models import Audience
from siyu.core.outreach import channels
from siyu.core.outreach.broadcasts.models import Broadcast
from siyu.core.outreach.templates.models import Version
from siyu.kit.refusals import KeyReused, Refused

ARMS = 5
LONGEST_WINDOW = 90
MOST_HELD = 5_000


class BadBroadcast(Refused):
    code = "bad_broadcast"
    status = 422


class NoSuchBroadcast(Refused):
    code = "no_such_broadcast"
    status = 404


class TooLate(Refused):
    code = "broadcast_begun"
    status = 409


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator wants. Whom it is for is one of `audience` (a saved one's number), `definition` and `people`;
    `variants` is [{version, weight}], told apart by letters in their order."""

    title: str
    channel: str
    variants: list[dict[str, int]]
    audience: int | None = None
    definition: Any = None
    people: list[int] | None = None
    holdout: int = 1000
    window: int = 14
    quiet: str = "defer"
    zone: str = "brand"
    per_minute: int | None = None
    cost: int = 0
    budget: int | None = None
    campaign: str = ""


@transaction.atomic
def draft(*, wish: Wish, by: str, at: datetime, key: str | None = None) -> Broadcast:
    """With the same key again the same one."""
    seal = hashlib.blake2b(msgspec.json.encode(wish, order="deterministic"), digest_size=16).hexdigest()
    if key and (there := Broadcast.objects.filter(key=key).first()):
        if there.digest != seal:
            raise KeyReused("this key made another broadcast")
        return there
    return Broadcast.objects.create(key=key, digest=seal, by=by[:150], made_at=at, **sound(wish))


@transaction.atomic
def change(*, broadcast: int, wish: Wish, at: datetime) -> Broadcast:
    """All of it anew; only of a draft."""
    one = locked(broadcast)
    if one.state != "draft":
        raise TooLate("it is planned already: take it back first")
    for name, value in sound(wish).items():
        setattr(one, name, value)
    one.save()
    return one


def locked(broadcast: int) -> Broadcast:
    one = Broadcast.objects.select_for_update(no_key=True).filter(pk=broadcast).first()
    if one is None:
        raise NoSuchBroadcast("there is no such broadcast")
    return one


def sound(wish: Wish) -> dict[str, Any]:
    title = " ".join(wish.title.split())
    channels.channel(wish.channel)
    wrong = {
        "a title has 1 to 100 characters": not 0 < len(title) <= 100 or not title.isprintable(),
        f"1 to {ARMS} variants, each with a weight of 1 to 100": not sound_variants(wish.variants),
        "the holdout is 0 to 50 %": not 0 <= wish.holdout <= MOST_HELD,
        f"what they do counts for 1 to {LONGEST_WINDOW} days": not 1 <= wish.window <= LONGEST_WINDOW,
        "quiet hours defer or drop": wish.quiet not in ("defer", "drop"),
        "a clock is the brand's or the person's": wish.zone not in ("brand", "person"),
        "at most 1 to 1,000,000 a minute": wish.per_minute is not None and not 1 <= wish.per_minute <= 10**6,
        "costs are not below zero": not 0 <= wish.cost < 10**9 or not 0 <= (wish.budget or 0) < 10**13,
        "a campaign has at most 50 characters": len(wish.campaign) > 50 or "\0" in wish.campaign,
    }
    if no := next((sentence for sentence, holds in wrong.items() if holds), None):
        raise BadBroadcast(no)
    fields = {name: getattr(wish, name) for name in PLAIN}
    return fields | whom(wish) | {"title": title, "variants": lettered(wish)}


PLAIN = ("channel", "holdout", "window", "quiet", "zone", "per_minute", "cost", "budget", "campaign")


def sound_variants(variants: Sequence[Mapping[str, int]]) -> bool:
    return 1 <= len(variants) <= ARMS and all(1 <= one.get("weight", 1) <= 100 for one in variants)


def whom(wish: Wish) -> dict[str, Any]:
    said = [one for one in (wish.audience, wish.definition, wish.people) if one is not None]
    if len(said) != 1:
        raise BadBroadcast("say whom it is for: an audience, a definition, or a list")
    if wish.definition is not None:
        audiences.parse(wish.definition)
    if wish.audience is not None and not Audience.objects.filter(pk=wish.audience, archived_at=None).exists():
        raise BadBroadcast("there is no such audience")
    people = None if wish.people is None else BitMap(wish.people).serialize()
    return {"audience_id": wish.audience, "definition": wish.definition, "people": people}


def lettered(wish: Wish) -> list[dict[str, Any]]:
    """With an arm each; the words must be for this channel, and all of one kind."""
    numbers = [one.get("version", 0) for one in wish.variants]
    found = {one.pk: one for one in Version.objects.select_related("template").filter(pk__in=numbers)}
    if missing := [number for number in numbers if number not in found]:
        raise BadBroadcast(f"there is no version {missing[0]} of a template")
    for number in numbers:
        one = found[number].template
        if one.channels and wish.channel not in one.channels:
            raise BadBroadcast(f"{one.title} is not written for {wish.channel}")
    if len({found[number].template.kind for number in numbers}) > 1:
        raise BadBroadcast("variants are of one kind")
    if found[numbers[0]].template.kind != "marketing" and (wish.budget is not None or len(numbers) > 1):
        raise BadBroadcast("only marketing has variants and a budget")
    return [
        {"arm": "ABCDE"[n], "version": one["version"], "weight": one.get("weight", 1)}
        for n, one in enumerate(wish.variants)
    ]


def kind_of(broadcast: Broadcast) -> str:
    return str(Version.objects.values_list("template__kind", flat=True).get(pk=broadcast.variants[0]["version"]))
