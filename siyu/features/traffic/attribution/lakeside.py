"""The orders of a period and the touches before them, made journeys, and shared out by the seven models.

A conversion is an order of somebody known; what is nobody's is told apart. A touch is any touchpoint but an order. An
order closes its journey, also one of before the period; whoever was touched and did not order is a null journey.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from django.conf import settings

from siyu.core.eventlog import lake
from siyu.core.eventlog import lakeside as beside
from siyu.core.insight import asof
from siyu.features.traffic import ruling
from siyu.features.traffic.attribution.journeys import Journeys
from siyu.features.traffic.attribution.models import MODELS, Attributed, Weights, attribute
from siyu.features.traffic.attribution.touches import of_rows
from siyu.features.traffic.models import Channel
from siyu.features.traffic.touchpoints import open_touchpoints
from siyu.kit import clock
from siyu.kit.refusals import Refused

DAYS = 90
"""Of a period that nobody chose."""
LONGEST = 3_660
USUAL = Weights()


class BadPeriod(Refused):
    code = "bad_period"
    status = 422


@dataclass(frozen=True)
class Period:
    """Whole brand days, both ends in it."""

    first: date
    last: date

    @property
    def begins(self) -> datetime:
        return clock.day_begins(self.first, settings.SIYU.zone)

    @property
    def ends(self) -> datetime:
        """Where it is over."""
        return clock.day_begins(self.last + timedelta(days=1), settings.SIYU.zone)


def period(first: date | None = None, last: date | None = None, *, days: int = DAYS) -> Period:
    """What was asked for; else so many days to the last of which anything counts: of imported history, to its end."""
    last = last or asof.last_day(asof.resolve(None))
    first = first or last - timedelta(days=days - 1)
    if first > last or (last - first).days > LONGEST:
        raise BadPeriod("a period ends after it begins, and has at most 3,660 days")
    return Period(first, last)


@dataclass(frozen=True)
class Shared:
    """What the seven models say of a period."""

    period: Period
    window_days: int
    weights: Weights
    journeys: Journeys
    credits: Attributed
    unknown_orders: int
    """Orders of the period that nobody known made: no model shares them out."""


def share_out(
    asked: Period, *, window_days: int | None = None, weights: Weights = USUAL, keep: Path | None = None
) -> Shared:
    """`window_days`: how far back a touch counts for an order; none: what the operator settled. `keep`: where `behind`
    finds the orders."""
    window = window_days or ruling.terms().window_days
    with open_touchpoints(asked.ends) as db:
        rows = read(db, asked, window)
        journeys = ended(rows, asked, window)
        if keep:
            db.register("shared", orders(journeys, rows))
            beside.keep(db, "FROM shared", keep)
        nobodys = f"SELECT count(*) FROM orders WHERE person IS NULL AND happened_at >= {asof.moment(asked.begins)}"
        [(unknown,)] = db.execute(nobodys).fetchall()
    return Shared(asked, window, weights, journeys, attribute(journeys, weights), unknown)


def read(db: duckdb.DuckDBPyConnection, asked: Period, window: int) -> pa.Table:
    """Touches and orders from a window before the period to its end."""
    since = asof.moment(asked.begins - timedelta(days=window))
    return db.sql(f"""
        SELECT position AS number, person, epoch_us(happened_at) AS moment, channel, 0.0::DOUBLE AS conversions,
            0.0::DOUBLE AS value
        FROM touchpoints WHERE kind <> 'order' AND person IS NOT NULL AND happened_at >= {since}
        UNION ALL
        SELECT "order", person, epoch_us(happened_at), NULL, 1.0, amount
        FROM orders WHERE person IS NOT NULL AND happened_at >= {since}
        ORDER BY moment, number""").to_arrow_table()


def ended(rows: pa.Table, asked: Period, window: int) -> Journeys:
    return of_rows(rows, window=window, since=int(asked.begins.timestamp() * 1_000_000))


def told(shared: Shared) -> dict[str, Any]:
    """Plain data, for programs and pages; channels by what they have from linear."""
    credits = shared.credits
    names = dict(Channel.objects.order_by("pk").values_list("code", "name"))
    order = sorted(shared.journeys.channels, key=lambda code: (-credits.models["linear"][code], code))
    half_life, _ = shared.weights.decay(shared.journeys)
    return {
        "from": shared.period.first,
        "until": shared.period.last,
        "window_days": shared.window_days,
        "half_life_days": half_life,
        "ends": shared.weights.ends,
        "conversions": int(credits.conversions),
        "gmv": int(credits.value),
        "journeys": len(shared.journeys.start),
        "nulls": int(shared.journeys.counts.nulls.sum()),
        "unknown_orders": shared.unknown_orders,
        "currency": settings.SIYU.currency,
        "channels": [
            {
                "code": code,
                "name": names.get(code, ""),
                "conversions": {model: credits.models[model][code] for model in MODELS},
                "gmv": {model: credits.values[model][code] for model in MODELS},
                "removal": credits.removal[code],
                "incremental": None,
            }
            for code in order
        ],
    }


def orders(found: Journeys, rows: pa.Table) -> pa.Table:
    """The orders that are shared out, each with the channels of the touches before it."""
    assert found.row is not None
    won = np.flatnonzero(found.counts.conversions > 0)
    touched = pa.array(found.channels, pa.string()).take(pa.array(found.touch))
    paths = pa.LargeListArray.from_arrays(pa.array(np.append(found.start, len(found.touch))), touched)
    of = rows.select(["number", "person", "moment", "value"]).take(pa.array(found.row[won]))
    return of.rename_columns(["order", "person", "moment", "amount"]).append_column("path", paths.take(pa.array(won)))


def behind(
    asked: Period, *, channel: str = "", window_days: int | None = None, limit: int = 100, kept: Path | None = None
) -> list[dict[str, Any]]:
    """The orders that are shared out, newest first: of all, or of journeys that went through a channel. As they were
    `kept`, else of the lake as it is."""
    window = window_days or ruling.terms().window_days
    with lake.connect() if kept else open_touchpoints(asked.ends) as db:
        if not kept:
            touched = read(db, asked, window)
            db.register("shared", orders(ended(touched, asked, window), touched))
        rows = db.execute(
            f"""SELECT "order", person, moment, amount::BIGINT, path FROM {beside.rows(kept) if kept else "shared"}
            WHERE $channel = '' OR list_contains(path, $channel)
            ORDER BY moment DESC, "order" DESC LIMIT {int(limit)}""",
            {"channel": channel},
        ).fetchall()
    return [one(*row) for row in rows]


def one(order: int, person: int, moment: int, amount: int, path: list[str]) -> dict[str, Any]:
    at = datetime.fromtimestamp(moment / 1e6, UTC)
    return {"order": order, "person": person, "happened_at": at, "amount": amount, "path": path}
