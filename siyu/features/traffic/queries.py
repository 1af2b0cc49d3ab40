"""What operators see of the tree, of spend and of rules; plain data out."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, NamedTuple

import duckdb
from django.db.models import Sum

from siyu.core.eventlog import lake
from siyu.core.team.models import Operator
from siyu.features.traffic import sightings
from siyu.features.traffic.models import DOMAINS, SIGNS, Campaign, Channel, Placement, Platform, Rule, Spend
from siyu.features.traffic.touchpoints import classify
from siyu.features.traffic.tree import UNKNOWN

PAGE = 50
UNMATCHED = 30


class Standing(NamedTuple):
    """A channel with where it stands now."""

    channel: Channel
    platform: Platform


def channels(*, retired: bool = False) -> list[Standing]:
    rows = Placement.objects.select_related("channel__owner", "platform").order_by("since", "pk")
    newest = {row.channel_id: Standing(row.channel, row.platform) for row in rows}
    found = [one for one in newest.values() if retired or not one.channel.retired_at]
    return sorted(found, key=lambda one: (one.channel.name.lower(), one.channel.pk))


class Limb(NamedTuple):
    platform: Platform
    channels: list[Channel]


def tree() -> list[tuple[str, str, list[Limb]]]:
    """(domain, its name, platforms with their channels): all that is open, and what is retired at the end of each."""
    placed: dict[int, list[Channel]] = {}
    for one in channels(retired=True):
        placed.setdefault(one.platform.pk, []).append(one.channel)
    platforms = sorted(Platform.objects.order_by("name", "pk"), key=lambda one: one.retired_at is not None)

    def limb(platform: Platform) -> Limb:
        return Limb(platform, sorted(placed.get(platform.pk, []), key=lambda one: one.retired_at is not None))

    return [(code, str(name), [limb(one) for one in platforms if one.domain == code]) for code, name in DOMAINS]


def ways() -> list[tuple[str, list[tuple[str, str]]]]:
    """(by what, [(code, name)]) of all by which somebody may have come."""
    platforms = Platform.objects.order_by("name", "pk").values_list("code", "name")
    channels = Channel.objects.order_by("name", "pk").values_list("code", "name")
    codes = Campaign.objects.order_by("name", "pk").values_list("code", "name")
    domains = [(code, str(name)) for code, name in DOMAINS]
    found = [("domain", domains), ("platform", list(platforms)), ("channel", list(channels)), ("campaign", list(codes))]
    return [(by, some) for by, some in found if some]


def campaigns() -> list[Campaign]:
    return list(Campaign.objects.order_by("retired_at", "-made_at", "code"))


def operators() -> list[Operator]:
    return list(Operator.objects.filter(is_active=True).order_by("username"))


def history(channel: str) -> list[Placement]:
    """Where a channel stood, the newest first."""
    return list(Placement.objects.filter(channel__code=channel).select_related("platform").order_by("-since", "-pk"))


def spent(*, channel: str = "", since: date | None = None, until: date | None = None, before: int = 0) -> list[Spend]:
    """Entries, the newest days first; `before`: how many were seen already."""
    rows = Spend.objects.select_related("channel", "campaign").order_by("-day", "-pk")
    rows = rows.filter(channel__code=channel) if channel else rows
    rows = rows.filter(day__gte=since) if since else rows
    rows = rows.filter(day__lt=until) if until else rows
    return list(rows[before : before + PAGE + 1])


def all_spent(channel: str = "") -> Iterator[Spend]:
    """Every entry, the newest days first, as a file takes them."""
    rows = Spend.objects.select_related("channel", "campaign").order_by("-day", "-pk")
    return (rows.filter(channel__code=channel) if channel else rows)[:100_000].iterator(2_000)


def spent_by_channel() -> list[tuple[str, int]]:
    """(name, cost), the dearest first."""
    rows = Spend.objects.values_list("channel__name").annotate(cost=Sum("cost")).order_by("-cost", "channel__name")
    return list(rows)


def rules() -> list[Rule]:
    return list(Rule.objects.filter(closed_at=None).select_related("channel", "campaign").order_by("place", "pk"))


def looks(rule: Rule) -> list[tuple[str, str]]:
    """(sign, what it must be) of all that a rule looks at."""
    return [(sign, getattr(rule, sign)) for sign in SIGNS if getattr(rule, sign)]


class Unmatched(NamedTuple):
    """Touches that no rule knows: what was seen of them, and how often it was sent."""

    seen: dict[str, str]
    times: int


def unmatched(limit: int = UNMATCHED) -> tuple[list[Unmatched], int]:
    """The most frequent by what was seen, and how many touches there are of no known channel. Orders are left out, and
    so is who sent it: what bots sent is here too."""
    columns = ("utm_source", "utm_medium", "utm_campaign", "host", "creator", "source", "kind")
    with lake.connect() as db:
        _, signs = sightings.files()
        classify(db, signs, orders=False)
        rows = db.execute(f"""
            SELECT {", ".join(columns)}, sum(times)::BIGINT AS times, sum(sum(times)) OVER ()::BIGINT
            FROM signs JOIN (SELECT sign, channel AS way FROM ways) USING (sign) WHERE way = '{UNKNOWN}'
            GROUP BY {", ".join(columns)} ORDER BY times DESC, {", ".join(columns)} LIMIT {limit}""").fetchall()
    found = [Unmatched({name: text for name, text in zip(columns, row, strict=False) if text}, row[-2]) for row in rows]
    return found, rows[0][-1] if rows else 0


class Touch(NamedTuple):
    happened_at: datetime
    kind: str
    channel: str
    campaign: str
    creator: str
    domain: str


def touches_of(db: duckdb.DuckDBPyConnection, person: int, limit: int = 50) -> list[Touch]:
    """Of the person behind a number, the newest first, on a cursor of `open_touchpoints`."""
    who = "(SELECT coalesce(max(person), $n) FROM links WHERE identity = $n)"
    rows = db.execute(
        f"""SELECT happened_at, kind, channel, campaign, creator, domain FROM touchpoints WHERE person = {who}
        ORDER BY happened_at DESC, position DESC LIMIT {int(limit)}""",
        {"n": person},
    ).fetchall()
    return [Touch(*row) for row in rows]


def as_dict(rule: Rule) -> dict[str, Any]:
    seen = dict(looks(rule))
    to = {"channel": rule.channel.code, "campaign": rule.campaign.code if rule.campaign else ""}
    return {"number": rule.pk, "place": rule.place, "seen": seen, **to, "by": rule.by, "made_at": rule.made_at}
