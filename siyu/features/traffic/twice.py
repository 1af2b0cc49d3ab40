"""What is bought twice: paid touches of people who were private already, and the money that went there.

Somebody is private already when, within the window before the paid touch, they added the brand, opened its message or
were touched in the private domain. A channel's money is divided by its paid touches of people who are known.
"""

from pathlib import Path
from typing import Any

from django.db.models import Sum

from siyu.core.eventlog import lake, lakeside
from siyu.core.insight import asof
from siyu.features.traffic import ruling
from siyu.features.traffic.attribution.lakeside import Period
from siyu.features.traffic.flow import STAYS, share
from siyu.features.traffic.models import Channel, Spend
from siyu.features.traffic.touchpoints import open_touchpoints
from siyu.kit import money

PAID = """
    WITH seen AS (
        SELECT person, happened_at, channel, domain, kind,
            max(happened_at) FILTER (domain = 'private') OVER (
                PARTITION BY person ORDER BY happened_at, kind = 'order', position
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS private_at
        FROM ({stays}) WHERE happened_at >= {since})
    SELECT person, channel, happened_at, private_at,
        coalesce(private_at >= happened_at - to_days({window}), false) AS already
    FROM seen
    WHERE domain = 'commercial' AND kind <> 'order' AND happened_at >= {begins} AND happened_at < {ends}"""


def paid(asked: Period, window: int) -> str:
    begins, ends = asof.moment(asked.begins), asof.moment(asked.ends)
    since = f"{begins} - to_days({window})"
    return PAID.format(stays=STAYS, since=since, window=window, begins=begins, ends=ends)


def bought_twice(asked: Period, *, window_days: int | None = None, keep: Path | None = None) -> dict[str, Any]:
    """By channel: paid touches and people, those already private, what was spent and what of it went to them. `keep`:
    where `behind` finds them."""
    window = window_days or ruling.terms().window_days
    with open_touchpoints(asked.ends) as db:
        found = db.execute(f"""
            SELECT channel, count(*), count(*) FILTER (already), count(DISTINCT person),
                count(DISTINCT person) FILTER (already)
            FROM ({paid(asked, window)}) GROUP BY channel ORDER BY channel""").fetchall()
        if keep:
            lakeside.keep(db, already(asked, window), keep)
    spent, names = spend(asked), dict(Channel.objects.order_by("pk").values_list("code", "name"))
    rows = [row(code, spent.get(code, 0), counts) | {"name": names.get(code, "")} for code, *counts in found]
    told = {
        name: sum(one[name] for one in rows)
        for name in ("touches", "already_touches", "spend", "twice")
    }  # fmt: skip
    return {
        "from": asked.first, "until": asked.last, "window_days": window, **told,
        "share": share(told["already_touches"], told["touches"]),
        "channels": sorted(rows, key=lambda one: (-one["twice"], -one["already_touches"], one["code"])),
    }  # fmt: skip


def row(code: str, spent: int, counts: list[int]) -> dict[str, Any]:
    touches, already, people, private = counts
    return {
        "code": code, "touches": touches, "already_touches": already, "people": people,
        "already_people": private, "spend": spent, "share": share(already, touches),
        "twice": money.split(spent, [already, touches - already])[0],
    }  # fmt: skip


def spend(asked: Period) -> dict[str, int]:
    """{channel: minor units of the base currency}"""
    rows = Spend.objects.filter(day__gte=asked.first, day__lte=asked.last).order_by("channel__code")
    return dict(rows.values_list("channel__code").annotate(cost=Sum("cost")))


def already(asked: Period, window: int) -> str:
    return f"SELECT person, channel, happened_at, private_at FROM ({paid(asked, window)}) WHERE already"


def behind(
    asked: Period, *, channel: str, window_days: int | None = None, limit: int = 100, kept: Path | None = None
) -> list[dict[str, Any]]:
    """Paid touches of people who were private already, newest first; as they were `kept`, else of the lake as it is."""
    rows = lakeside.rows(kept) if kept else f"({already(asked, window_days or ruling.terms().window_days)})"
    with lake.connect() if kept else open_touchpoints(asked.ends) as db:
        found = db.execute(
            f"""SELECT person, channel, happened_at, private_at FROM {rows}
            WHERE $channel = '' OR channel = $channel
            ORDER BY happened_at DESC, person LIMIT {int(limit)}""",
            {"channel": channel},
        ).fetchall()
    return [dict(zip(("person", "channel", "happened_at", "private_at"), one, strict=True)) for one in found]
