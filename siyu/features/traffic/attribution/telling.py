"""What a program is told of an attribution: one plain document."""

from typing import Any

from siyu.features.traffic.attribution.journeys import Journeys
from siyu.features.traffic.attribution.models import Weights, attribute


def told(
    kind: str, journeys: Journeys, weights: Weights, *, without_nulls: bool = False, window: float | None = None
) -> dict[str, Any]:
    """`models`, with what they rest on."""
    nulls = float(journeys.counts.nulls.sum())
    shared = attribute(journeys.without_nulls() if without_nulls else journeys, weights)
    half_life, unit = weights.decay(journeys)
    return {
        "kind": kind,
        "journeys": len(journeys.start),
        "touches": len(journeys.touch),
        "channels": journeys.channels,
        "conversions": shared.conversions,
        "nulls": nulls,
        "value": shared.value,
        "models": shared.models,
        "values": shared.values if shared.value else None,
        "markov": {"order": 1, "nulls": bool(nulls) and not without_nulls, "removal": shared.removal},
        "position": {"first": weights.ends, "last": weights.ends},
        "time_decay": {"half_life": half_life, "unit": unit},
        "window_days": window,
    }
