"""The operator's own tree: platforms in domains, channels on platforms, campaigns.

Codes are for ever, since files, links and the past say them; names may change at any time. What is retired takes
nothing new and keeps what it had. A move holds from its moment on: what was before stays on the platform of then.
"""

import re
from datetime import date, datetime

from django.db import transaction

from siyu.core.eventlog.announce import announce
from siyu.core.team.models import Operator
from siyu.events.traffic import CampaignOpened, ChannelMoved, ChannelOpened, ChannelReopened, ChannelRetired
from siyu.features.traffic.models import DOMAINS, Campaign, Channel, Placement, Platform
from siyu.kit.refusals import Refused

CODE = re.compile(r"[a-z0-9][a-z0-9._-]{0,49}")
UNKNOWN = "unknown"
"""The channel of touches that no rule knows; no channel of the tree is called so."""


class BadPlace(Refused):
    code = "bad_place"
    status = 422


class PlaceExists(Refused):
    code = "place_exists"
    status = 409


class NoSuchPlace(Refused):
    code = "no_such_place"
    status = 404


class StillInUse(Refused):
    code = "place_in_use"
    status = 409


@transaction.atomic
def open_platform(*, code: str, name: str, domain: str, at: datetime) -> Platform:
    if domain not in dict(DOMAINS):
        raise BadPlace("a platform stands in the public, the commercial or the private domain")
    code = fresh(Platform, code)
    return Platform.objects.create(code=code, name=named(name), domain=domain, made_at=at)


@transaction.atomic
def open_channel(
    *, code: str, name: str, platform: str, by: str, at: datetime, owner: int | None = None
) -> Channel:  # fmt: skip
    """It stands on the platform from the beginning of time: nothing of it was elsewhere before."""
    stands = open_one(Platform, platform)
    made = Channel.objects.create(code=fresh(Channel, code), name=named(name), owner=operator(owner), made_at=at)
    Placement.objects.create(channel=made, platform=stands, since=EVER)
    announce(ChannelOpened(at=at, channel=made.pk, code=made.code, platform=stands.code, domain=stands.domain, by=by))
    return made


EVER = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@transaction.atomic
def open_campaign(
    *, code: str, name: str, by: str, at: datetime, begins_on: date | None = None, ends_on: date | None = None
) -> Campaign:
    if begins_on and ends_on and ends_on < begins_on:
        raise BadPlace("a campaign ends no sooner than it begins")
    code = " ".join(code.split()).lower()
    if not 0 < len(code) <= 100:
        raise BadPlace("a campaign has a code of 1 to 100 characters")
    if Campaign.objects.filter(code=code).exists():
        raise PlaceExists(f"there is a campaign {code} already")
    made = Campaign.objects.create(code=code, name=named(name), begins_on=begins_on, ends_on=ends_on, made_at=at)
    announce(CampaignOpened(at=at, campaign=made.pk, code=made.code, by=by))
    return made


def fresh(model: type[Platform] | type[Channel], code: str) -> str:
    code = code.strip().lower()
    if not CODE.fullmatch(code) or code == UNKNOWN:
        raise BadPlace("a code has 1 to 50 small letters, digits and . _ - and is not “unknown”")
    if model.objects.filter(code=code).exists():
        raise PlaceExists(f"there is a {model._meta.model_name} {code} already")
    return code


def named(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= 100:
        raise BadPlace("a name has 1 to 100 characters")
    return name


def one[M: (Platform, Channel, Campaign)](model: type[M], code: str) -> M:
    found = model.objects.filter(code=code).first()
    if found is None:
        raise NoSuchPlace(f"there is no {model._meta.model_name} {code[:60]}")
    return found


def open_one[M: (Platform, Channel, Campaign)](model: type[M], code: str) -> M:
    found = one(model, code)
    if found.retired_at:
        raise NoSuchPlace(f"{found.name} is retired")
    return found


def operator(number: int | None) -> Operator | None:
    if number is None:
        return None
    found = Operator.objects.filter(pk=number, is_active=True).first()
    if found is None:
        raise NoSuchPlace("there is no such operator")
    return found


KINDS: dict[str, type[Platform] | type[Channel] | type[Campaign]] = {
    "platform": Platform, "channel": Channel, "campaign": Campaign
}  # fmt: skip


@transaction.atomic
def rename(*, kind: str, code: str, name: str) -> None:
    """What it is called, in the past too; its code stays."""
    found = one(KINDS[kind], code)  # type: ignore[type-var]
    found.name = named(name)
    found.save(update_fields=["name"])


@transaction.atomic
def give_to(*, channel: str, owner: int | None) -> Channel:
    """Whose channel it is from now on; none: nobody's."""
    found = one(Channel, channel)
    found.owner = operator(owner)
    found.save(update_fields=["owner"])
    return found


@transaction.atomic
def run_through(*, campaign: str, channel: str) -> Campaign:
    """The campaign's channel, in the past too; none: many, or nobody says."""
    found = one(Campaign, campaign)
    found.channel = one(Channel, channel) if channel else None
    found.save(update_fields=["channel"])
    return found


@transaction.atomic
def move(*, channel: str, platform: str, by: str, at: datetime) -> Channel:
    """From now on it stands there. To where it stands already it moves no more than once."""
    found, there = one(Channel, channel), open_one(Platform, platform)
    last = found.placements.select_related("platform").order_by("-since").first()
    if last and last.platform_id == there.pk:
        return found
    Placement.objects.update_or_create(channel=found, since=at, defaults={"platform": there})
    announce(ChannelMoved(at=at, channel=found.pk, code=found.code, platform=there.code, domain=there.domain, by=by))
    return found


@transaction.atomic
def retire(*, kind: str, code: str, by: str, at: datetime) -> None:
    found = one(KINDS[kind], code)  # type: ignore[type-var]
    if found.retired_at:
        return
    if isinstance(found, Platform) and any(spot.platform_id == found.pk for spot in places().values()):
        raise StillInUse("channels stand on it; move or retire them first")
    found.retired_at = at
    found.save(update_fields=["retired_at"])
    if isinstance(found, Channel):
        announce(ChannelRetired(at=at, channel=found.pk, code=found.code, by=by))


@transaction.atomic
def reopen(*, kind: str, code: str, by: str, at: datetime) -> None:
    found = one(KINDS[kind], code)  # type: ignore[type-var]
    if not found.retired_at:
        return
    found.retired_at = None
    found.save(update_fields=["retired_at"])
    if isinstance(found, Channel):
        announce(ChannelReopened(at=at, channel=found.pk, code=found.code, by=by))


def places() -> dict[int, Placement]:
    """{open channel: where it stands now}"""
    rows = Placement.objects.filter(channel__retired_at=None).select_related("platform").order_by("since", "pk")
    return {row.channel_id: row for row in rows}
