"""Predicted beside actual, in a period that the fit has not seen."""

from typing import Any

import numpy as np

from siyu.core.insight.lifetime.summary import Floats, Followup, Prediction, Summary

MANY = 7


def calibrate(prediction: Prediction, followup: Followup) -> dict[str, Any]:
    """By frequency before the cut, in total and per person, as plain data; money in currency units.

    `own_pace` is what one would say without a model: everybody goes on as before. `coverage` is the share of people
    whose spend lay within their 95 % interval.
    """
    then, spend = followup.then, followup.spend
    pace = _own_pace(then, followup.days)
    within = (spend >= prediction.low - 0.005) & (spend <= prediction.high + 0.005)
    return {
        "people": len(then),
        "days": followup.days,
        "orders": _beside(prediction.orders, followup.orders.astype(float), pace),
        "spend": _beside(prediction.value, spend, pace * _basket(then)),
        "total_low": prediction.total_low,
        "total_high": prediction.total_high,
        "coverage": float(within.mean()) if len(then) else None,
        "buckets": [_bucket(x, prediction, followup) for x in range(MANY + 1)],
    }


def _beside(predicted: Floats, actual: Floats, pace: Floats) -> dict[str, float | None]:
    said, came = float(predicted.sum()), float(actual.sum())
    return {
        "predicted": said,
        "actual": came,
        "error": said / came - 1 if came else None,
        "mae": float(np.abs(predicted - actual).mean()) if len(actual) else None,
        "own_pace_error": float(pace.sum()) / came - 1 if came else None,
        "own_pace_mae": float(np.abs(pace - actual).mean()) if len(actual) else None,
    }


def _own_pace(then: Summary, days: int) -> Floats:
    return then.x / np.maximum(then.T * then.days, 1) * days


def _basket(then: Summary) -> Floats:
    return np.where(then.x > 0, then.value, then.first)


def _bucket(x: int, prediction: Prediction, followup: Followup) -> dict[str, Any]:
    here = followup.then.x == x if x < MANY else followup.then.x >= MANY
    return {
        "x": f"{x}" if x < MANY else f"{MANY}+",
        "people": int(here.sum()),
        "predicted_orders": float(prediction.orders[here].sum()),
        "actual_orders": int(followup.orders[here].sum()),
        "predicted_spend": float(prediction.value[here].sum()),
        "actual_spend": float(followup.spend[here].sum()),
    }
