"""What all marketing together did: everybody else against the global control group, for as long as it stays out.

It is a trial whose lot is the rotation's: who was known when it began is in it, from that moment until the next one.
Nobody is left out for not having been told anything: that is what the question is about.
"""

from datetime import datetime, timedelta
from typing import Any

import duckdb
import msgspec
import numpy as np
import pyarrow as pa

from siyu.core.eventlog import lake
from siyu.core.insight.asof import moment
from siyu.core.insight.facts import open_facts
from siyu.core.insight.models import Rotation, Trial
from siyu.core.insight.trials import controls
from siyu.core.insight.trials.findings import Line, brief, judged_by, old
from siyu.core.insight.trials.lot import CIRCLE
from siyu.core.insight.trials.opening import HELD

ARM = "marketing"
LATEST = 2


def keep_fresh(at: datetime, *, margin: int | None = None) -> int:
    """The worker's: the present rotation and the last one, while they can still change; how many were reckoned."""
    version = lake.table("events").version()
    rotations = Rotation.objects.filter(begins_at__lt=at, share__gt=0).order_by("-begins_at")[:LATEST]
    waiting = [one for one in rotations if stale(one, version, at)]
    if not waiting:
        return 0
    with open_facts(at) as db:
        for one in waiting:
            Rotation.objects.filter(pk=one.pk).update(brief=reckoned(db, one, at, margin), reckoned_at=at, lake=version)
    return len(waiting)


def stale(one: Rotation, version: int, at: datetime) -> bool:
    return one.reckoned_at is None or old(one.reckoned_at, one.lake, one.ends_at, version, at)


def reckoned(db: duckdb.DuckDBPyConnection, rotation: Rotation, at: datetime, margin: int | None) -> dict[str, Any]:
    from siyu.core.insight.trials import measuring

    trial = as_trial(rotation)
    enter(db, rotation)
    measuring.happen(db, trial, at, margin)
    effect = measuring.reckon(db, trial, at, margin=margin)
    kept_out = effect.people.get(measuring.CONTROL, 0)
    return msgspec.to_builtins(brief(effect.as_dict(), trial.goal) | {"kept_out": kept_out})


def as_trial(rotation: Rotation) -> Trial:
    days = max(1, (rotation.ends_at - rotation.begins_at) // timedelta(days=1))
    return Trial(
        key=f"controls:{rotation.pk}", arms={ARM: CIRCLE - rotation.share}, unit="person", goal="orders", window=days,
        opened_at=rotation.begins_at, horizon_at=rotation.ends_at,
    )  # fmt: skip


def enter(db: duckdb.DuckDBPyConnection, rotation: Rotation) -> None:
    begins = moment(rotation.begins_at)
    people = db.execute(f"SELECT person FROM persons WHERE since < {begins}").fetchnumpy()["person"].astype(np.int64)
    arms = np.where(controls.within(rotation, people), HELD, 1).astype(np.int8)
    db.register("incoming", pa.table({"person": people, "arm": arms}))
    db.execute(f"""CREATE OR REPLACE TEMP TABLE entered AS
        SELECT person, arm, -1::BIGINT AS unit, {begins} AS entered_at, false AS twice FROM incoming""")
    db.unregister("incoming")


def lines() -> list[tuple[Rotation, Line]]:
    """The present rotation and the last one, the newest first, as far as they were reckoned."""
    rows = Rotation.objects.filter(brief__isnull=False).order_by("-begins_at")[:LATEST]
    return [(one, line(one)) for one in rows]


def line(one: Rotation) -> Line:
    brief, days = one.brief or {}, (one.ends_at - one.begins_at) // timedelta(days=1)
    said = Line("", "", [], days, brief["reached"], 0, "not known yet", final=False)
    return judged_by(said, [brief], "orders")
