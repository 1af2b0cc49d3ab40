"""The portrait of the customer base: all figures of a moment in one piece of plain data."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
from django.conf import settings
from django.utils.translation import gettext as _

from siyu.core.insight import asof, best, changes, cohorts, lifecycle, lifetime, metrics, portraits, rfm, screening
from siyu.core.insight.facts import open_facts
from siyu.kit import money

CANDIDATES = 20
FILE = "report.json"
TIMES = ("as_of", "first_order_at", "last_order_at")


def report(as_of: datetime | None = None) -> dict[str, Any]:
    """Everything known as of a moment: what happened before it, with today's map and catalogue.

    Money is minor units of `currency`, times are the brand's, people are numbers. What nobody can know yet is absent.
    """
    as_of = asof.resolve(as_of)
    with open_facts(as_of) as db:
        return draw(db, as_of)


def draw(db: duckdb.DuckDBPyConnection, as_of: datetime) -> dict[str, Any]:
    """The same on a cursor opened `as_of`; leaves the temp table `portraits` behind."""
    appraisal = portraits.appraised(db, as_of)
    portraits.compute(db, as_of, appraisal)
    cells = cohorts.cells(db)
    figures = metrics.headline(db)
    return {
        "currency": settings.SIYU.currency,
        "as_of": local(as_of),
        **figures,
        "first_order_at": local(figures["first_order_at"]),
        "last_order_at": local(figures["last_order_at"]),
        "lines": db.execute(metrics.LINES).fetchall()[0][0],
        "unidentified": metrics.one(db, metrics.UNIDENTIFIED),
        "lifecycle": metrics.shares(db, "stage", lifecycle.STAGES),
        "lifecycle_gap": (gap := lifecycle.gap_of_portraits(db)),
        "lifecycle_rule": lifecycle.sentence(gap),
        "transitions": lifecycle.transitions(db, as_of),
        "rfm": metrics.shares(db, "segment", rfm.SEGMENTS),
        "cohorts": cohorts.cohorts(cells, as_of),
        "months": cohorts.months(cells, as_of),
        "changes": changes.changes(db, as_of) if figures["orders"] else None,
        "ltv": lifetime.as_dict(appraisal) if appraisal else None,
        "best_fifth": metrics.one(db, BEST_FIFTH),
        "at_risk": metrics.one(db, AT_RISK),
        "candidates": screening.candidates(as_of, limit=CANDIDATES, db=db) if appraisal else [],
    }


BEST_FIFTH = f"""
    -- the fifth of the buyers with most gmv: how many, what they brought, the least that one of them did, and how many
    -- of them went quiet and what these brought
    SELECT count(*) AS people, coalesce(sum(gmv), 0)::BIGINT AS gmv, min(gmv)::BIGINT AS least,
        count(*) FILTER ({best.AMONG["quiet"]}) AS quiet,
        coalesce(sum(gmv) FILTER ({best.AMONG["quiet"]}), 0)::BIGINT AS quiet_gmv
    FROM {best.fifth("portraits")}"""

AT_RISK = """
    -- people at risk: how many, what they brought within a year, and what they are still expected to
    SELECT count(*) AS people, coalesce(sum(gmv_365d), 0)::BIGINT AS gmv_365d, sum(ltv)::BIGINT AS ltv
    FROM portraits WHERE stage = 'at_risk'"""


def finding(figures: dict[str, Any]) -> str:
    """The one sentence to begin with."""
    best = figures["best_fifth"]
    if not figures["gmv"]:
        return _("No orders yet. Import some: siyu import orders FILE.")
    said = {
        "people": f"{best['people']:,}",
        "share": f"{100 * best['gmv'] / figures['gmv']:.0f}",
        "quiet": f"{best['quiet']:,}",
        "money": money.text(best["quiet_gmv"], figures["currency"]),
    }
    if best["quiet"]:
        return (
            _(
                "The best fifth of the buyers, %(people)s people, brought %(share)s%% of sales; %(quiet)s of them have "
                "gone quiet, who spent %(money)s so far. Begin with them."
            )
            % said
        )
    return (
        _("The best fifth of the buyers, %(people)s people, brought %(share)s%% of sales; none has gone quiet.") % said
    )


def local(moment: datetime | None) -> datetime | None:
    """In the brand's zone; a moment without one is UTC."""
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(ZoneInfo(settings.SIYU.zone))


def as_json(figures: dict[str, Any]) -> str:
    return json.dumps(figures, ensure_ascii=False, default=datetime.isoformat)


def keep(figures: dict[str, Any]) -> None:
    """Write it down for `kept`; readers see the old one or the new one."""
    fresh = path().with_name(f".{FILE}.{os.getpid()}")
    fresh.write_text(as_json(figures))
    fresh.replace(path())


def kept() -> dict[str, Any]:
    """The report that goes with the kept portraits: nothing is computed."""
    if not path().exists():
        raise portraits.NotYet(_("No report yet: import orders, and the worker writes it."))
    figures = json.loads(path().read_text())
    return figures | {name: figures[name] and datetime.fromisoformat(figures[name]) for name in TIMES}


def path() -> Path:
    return portraits.path().with_name(FILE)
