"""What the cockpit shows of traffic, read in a page without a look at the lake: see `lately`."""

from datetime import date
from typing import Any

from siyu.core.eventlog import lake
from siyu.core.insight import changes
from siyu.features.traffic import returns
from siyu.features.traffic.models import Channel


def came() -> dict[str, Any] | None:
    """{people, ordered, until, flows: [{channel, domain, way, outcome, people}]}; None before the first drawing."""
    if not returns.path("loop").exists():
        return None
    names = ("channel", "domain", "way", "outcome", "people", "until")
    rows = read(f"SELECT {', '.join(names)} FROM {returns.scan('loop')} ORDER BY people DESC, 1, 2, 3, 4")
    flows = [dict(zip(names, row, strict=True)) for row in rows]
    return {
        "people": sum(one["people"] for one in flows),
        "ordered": sum(one["people"] for one in flows if one["outcome"] != "nothing"),
        "until": flows[0]["until"] if flows else None,
        "flows": flows,
    }


def by_channel(until: date) -> list[dict[str, Any]]:
    """Of the four weeks before `until`, as `changes` has its groups; empty where the kept ones are of other weeks."""
    if not returns.path("changed").exists():
        return []
    rows = read(f"""
        SELECT name, before, now FROM {returns.scan("changed")} WHERE until = DATE '{until}'
        ORDER BY abs(now - before) DESC, name""")
    return changes.grouped(rows[: changes.SHOWN], sum(now - before for _, before, now in rows))


def names() -> dict[str, str]:
    """What operators call the channels."""
    return dict(Channel.objects.values_list("code", "name"))


def read(query: str) -> list[tuple]:
    with lake.connect() as db:
        return db.execute(query).fetchall()
