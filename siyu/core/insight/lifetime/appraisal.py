"""The whole of it in one call: read, fit, predict, and hold the prediction against a period held back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from siyu.core.insight.lifetime.calibration import calibrate
from siyu.core.insight.lifetime.empirical import Empirical
from siyu.core.insight.lifetime.model import Fit, Model, NoModel, fit
from siyu.core.insight.lifetime.reading import Window, followup, gather, span, summaries
from siyu.core.insight.lifetime.summary import Floats, Ints, Prediction, Summary
from siyu.kit.money import exponent
from siyu.kit.refusals import Refused

HORIZON_DAYS = 365
SHORTEST_DAYS = 7
"""Less than this is no period to learn from or to be held against."""


class NothingBought(Refused):
    code = "nothing_bought"
    status = 409


@dataclass(frozen=True)
class Appraisal:
    window: Window
    until: date | None
    horizon_days: int
    discount: float
    summary: Summary
    fit: Fit
    model: Model | None
    """None: the models were refused, and there is no earlier time to learn from."""
    prediction: Prediction | None
    calibration: dict[str, Any] | None
    first: date | None = None


def appraise(
    db: duckdb.DuckDBPyConnection,
    window: Window,
    *,
    until: date,
    horizon_days: int = HORIZON_DAYS,
    discount: float = 0.0,
) -> Appraisal:
    """What everybody known at the end of the day `until` is expected to buy in the `horizon_days` after it.

    Calibrated on what came after `until`, or else on the last quarter of the time before it. `db` has the views of
    `open_facts`.
    """
    gather(db)
    summary = summaries(db, window, until=until)
    if not len(summary):
        raise NothingBought(f"Nobody that was asked for has bought until {until}.")
    fitted, model = _model(db, window, summary, until=until, horizon_days=horizon_days)
    prediction = model.predict(summary, horizon_days=horizon_days, discount=discount) if model else None
    return Appraisal(
        window,
        until,
        horizon_days,
        discount,
        summary,
        fitted,
        model,
        prediction,
        _calibration(db, window, model, summary, until=until),
        until - timedelta(days=round(float(summary.T.max()) * summary.days)),
    )


def appraise_summary(summary: Summary, window: Window, *, horizon_days: int, discount: float = 0.0) -> Appraisal:
    """The same of a summary alone: no time is held back, and there is nothing to fall back to."""
    fitted = fit(summary)
    try:
        model: Model | None = fitted.model(None)
    except NoModel:
        model = None
    prediction = model.predict(summary, horizon_days=horizon_days, discount=discount) if model else None
    return Appraisal(window, None, horizon_days, discount, summary, fitted, model, prediction, None)


def _model(
    db: duckdb.DuckDBPyConnection, window: Window, summary: Summary, *, until: date, horizon_days: int
) -> tuple[Fit, Model | None]:
    fitted = fit(summary)
    if fitted.refusal is None:
        return fitted, fitted.model(None)
    days = min(horizon_days, round(float(summary.T.max()) * summary.days) // 3)
    earlier = followup(db, window, cut=until - timedelta(days=days), until=until) if days >= SHORTEST_DAYS else None
    try:
        return fitted, fitted.model(earlier)
    except NoModel:
        return fitted, None


def _calibration(
    db: duckdb.DuckDBPyConnection, window: Window, model: Model | None, summary: Summary, *, until: date
) -> dict[str, Any] | None:
    days = span(db)
    after = (days[1] - until).days if days else 0
    if model and after >= SHORTEST_DAYS:
        return _held_back(db, window, model, cut=until, until=until + timedelta(days=after), period="after_until")
    cut = until - timedelta(days=round(float(summary.T.max()) * summary.days / 4))
    known = summaries(db, window, until=cut)
    if (until - cut).days < SHORTEST_DAYS or not len(known):
        return None
    _, earlier = _model(db, window, known, until=cut, horizon_days=(until - cut).days)
    return _held_back(db, window, earlier, cut=cut, until=until, period="last_quarter") if earlier else None


def _held_back(
    db: duckdb.DuckDBPyConnection, window: Window, model: Model, *, cut: date, until: date, period: str
) -> dict[str, Any]:
    actual = followup(db, window, cut=cut, until=until)
    beside = calibrate(model.predict(actual.then, horizon_days=actual.days), actual)
    where = {"period": period, "from": str(cut + timedelta(days=1)), "until": str(until), "model": model_name(model)}
    return where | _in_minor_units(beside, window.currency)


def _in_minor_units(calibration: dict[str, Any], currency: str) -> dict[str, Any]:
    cents = 10 ** exponent(currency)
    spend = calibration["spend"]
    amounts = {name: round(spend[name] * cents) for name in ("predicted", "actual", "mae", "own_pace_mae")}
    buckets = [
        bucket | {name: round(bucket[name] * cents) for name in ("predicted_spend", "actual_spend")}
        for bucket in calibration["buckets"]
    ]
    totals = {name: round(calibration[name] * cents) for name in ("total_low", "total_high")}
    return calibration | totals | {"spend": spend | amounts, "buckets": buckets}


def model_name(model: Model | None) -> str:
    if model is None:
        return "none"
    return "empirical" if isinstance(model, Empirical) else "bg_nbd_gamma_gamma"


def as_dict(appraisal: Appraisal) -> dict[str, Any]:
    """Plain data, all money in minor units but `v`, which is in currency units as it is published."""
    fitted = appraisal.fit
    began = appraisal.window.from_day or appraisal.first
    plain: dict[str, Any] = {
        "currency": appraisal.window.currency,
        "unit": appraisal.window.unit,
        "from": str(began) if began else None,
        "until": str(appraisal.until) if appraisal.until else None,
        "customers": len(appraisal.summary),
        "repeat_buyers": fitted.repeat_buyers,
        "model": model_name(appraisal.model),
        "params": _parameters(fitted),
        "log_likelihood": fitted.counting.log_likelihood,
        "log_likelihood_value": fitted.spending.log_likelihood,
        "correlation": fitted.correlation,
        "horizon_days": appraisal.horizon_days,
        "discount": appraisal.discount,
        "total": _total(appraisal),
        "calibration": appraisal.calibration,
    }
    if fitted.refusal:
        plain["fallback"] = {"code": fitted.refusal[0], "message": fitted.refusal[1]}
    return plain


def _parameters(fitted: Fit) -> dict[str, float | None]:
    """None where a fit ran away: what it was at when it was stopped means nothing."""
    counting, spending = fitted.counting, fitted.spending
    found = {name: getattr(counting, name) if counting.converged else None for name in ("r", "alpha", "a", "b")}
    return found | {name: getattr(spending, name) if spending.converged else None for name in ("p", "q", "v")}


def _total(appraisal: Appraisal) -> dict[str, Any] | None:
    """The interval also holds an error as large as the one made in the time held back: what the fit cannot know."""
    said, cents = appraisal.prediction, 10 ** exponent(appraisal.window.currency)
    if not said:
        return None
    error = (appraisal.calibration or {"spend": {"error": None}})["spend"]["error"] or 0.0
    missed = 1.96 * abs(error) * said.total
    return {
        "expected": round(said.total * cents),
        "low": round(max(0.0, said.total - np.hypot(said.total - said.total_low, missed)) * cents),
        "high": round((said.total + np.hypot(said.total_high - said.total, missed)) * cents),
        "orders": round(float(said.orders.sum()), 1),
    }


def people(appraisal: Appraisal, names: Sequence[str]) -> list[dict[str, Any]]:
    """Each person under the name given for them, dearest first."""
    summary, said = appraisal.summary, appraisal.prediction
    if said is None:
        return []
    cents = 10 ** exponent(appraisal.window.currency)
    columns = {
        "x": summary.x,
        "t_x": summary.t_x.round(4),
        "T": summary.T.round(4),
        "alive": said.alive.round(6),
        "expected_orders": said.orders.round(6),
        "ltv": _whole(said.value * cents),
        "low": _whole(said.low * cents),
        "high": _whole(said.high * cents),
    }
    order = np.argsort(-said.value, kind="stable")
    lists = [column[order].tolist() for column in columns.values()]
    return [
        {"person": names[place], **dict(zip(columns, row, strict=True))}
        for place, row in zip(order.tolist(), zip(*lists, strict=True), strict=True)
    ]


def table(appraisal: Appraisal) -> pa.Table:
    """person, alive, expected_orders, ltv, ltv_low, ltv_high of everybody who has bought; NULL where nothing
    may be said."""
    prediction, cents = appraisal.prediction, 10 ** exponent(appraisal.window.currency)
    people = pa.array(appraisal.summary.person)
    if prediction is None:
        kinds = [pa.float64(), pa.float64(), pa.int64(), pa.int64(), pa.int64()]
        columns = [pa.nulls(len(people), kind) for kind in kinds]
    else:
        money = [_whole(amounts * cents) for amounts in (prediction.value, prediction.low, prediction.high)]
        columns = [pa.array(column) for column in (prediction.alive, prediction.orders, *money)]
    return pa.table([people, *columns], ["person", "alive", "expected_orders", "ltv", "ltv_low", "ltv_high"])


def _whole(amounts: Floats) -> Ints:
    return np.rint(amounts).astype(np.int64)
