"""The seven models. Each gives shares of every conversion to channels; `exactly` sees that they sum to the last bit."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from siyu.features.traffic.attribution.journeys import Floats, Journeys, Whole
from siyu.features.traffic.attribution.markov import removal_effects

MODELS = ("first", "last", "linear", "position", "time_decay", "markov", "shapley")


@dataclass(frozen=True)
class Weights:
    """What the models with a free number take for it."""

    ends: float = 0.4
    """Position: for the first touch and as much for the last; those between share the rest."""
    half_life: float | None = None
    """Time decay: after so many days a touch counts half; of paths without times, so many touches. Else 7, or 1."""

    def decay(self, journeys: Journeys) -> tuple[float, str]:
        unit, usual = ("touches", 1.0) if journeys.age is None else ("days", 7.0)
        return self.half_life or usual, unit


@dataclass(frozen=True)
class Attributed:
    conversions: float
    value: float
    models: Mapping[str, Mapping[str, float]]
    """{model: {channel: conversions}}"""
    values: Mapping[str, Mapping[str, float]]
    """The same of the value; Markov's shares are those of its conversions."""
    removal: Mapping[str, float] = field(default_factory=dict)
    """{channel: what part of the conversions Markov's chain loses without it}"""


def models(journeys: Journeys, weights: Weights = Weights()) -> dict[str, dict[str, float]]:
    """{model: {channel: conversions}}; every model's credits sum to the conversions exactly, in any order."""
    return {model: dict(credits) for model, credits in attribute(journeys, weights).models.items()}


def attribute(journeys: Journeys, weights: Weights = Weights()) -> Attributed:
    removal = removal_effects(journeys)
    conversions, value = math.fsum(journeys.counts.conversions), math.fsum(journeys.counts.value)
    counted: dict[str, dict[str, float]] = {model: {} for model in MODELS}
    valued: dict[str, dict[str, float]] = {model: {} for model in MODELS}
    for model, credits in shared(journeys, removal, weights):
        counted[model] = named(journeys, exactly(credits(journeys.counts.conversions), conversions))
        valued[model] = named(journeys, exactly(credits(journeys.counts.value), value))
    return Attributed(conversions, value, counted, valued, named(journeys, removal))


Credit = Callable[[Floats], Floats]
"""Of what each journey brought, what falls to each channel."""


def shared(journeys: Journeys, removal: Floats, weights: Weights) -> list[tuple[str, Credit]]:
    channel, channels = journeys.touch, len(journeys.channels)

    def at(place: Whole) -> Credit:
        return lambda brought: np.bincount(channel[place], brought, channels)

    def by(weight: Floats) -> Credit:
        share = weight / journeys.spread(summed(journeys, weight))
        return lambda brought: np.bincount(channel, share * journeys.spread(brought), channels)

    one, of = distinct(journeys)
    return [
        ("first", at(journeys.start)),
        ("last", at(journeys.last)),
        ("linear", by(np.ones(len(channel)))),
        ("position", by(by_position(journeys, weights.ends))),
        ("time_decay", by(by_age(journeys, weights.decay(journeys)[0]))),
        ("markov", lambda brought: brought.sum() * removal / (removal.sum() or 1.0)),
        ("shapley", lambda brought: np.bincount(one, (brought / np.bincount(of))[of], channels)),
    ]


def summed(journeys: Journeys, of_touches: Floats) -> Floats:
    return np.add.reduceat(of_touches, journeys.start) if len(journeys.start) else np.empty(0)


def by_position(journeys: Journeys, ends: float) -> Floats:
    """So much for the first and for the last touch, the rest among those between. One touch has all, two half each."""
    length = journeys.length
    middle = np.where(length > 2, (1 - 2 * ends) / np.maximum(length - 2, 1), 0.0)
    weight = journeys.spread(middle)
    edge = np.where(length > 2, ends, 0.5)
    weight[journeys.start] = edge
    weight[journeys.last] = np.where(length == 1, 1.0, edge)
    return weight


def by_age(journeys: Journeys, half_life: float) -> Floats:
    """Halved with every half-life before the last touch: what all touches of a journey share cancels out."""
    if journeys.age is None:
        age = journeys.spread(journeys.last) - np.arange(len(journeys.touch))
    else:
        age = journeys.age - journeys.spread(np.minimum.reduceat(journeys.age, journeys.start))
    return np.exp2(-age / half_life)


def distinct(journeys: Journeys) -> tuple[Whole, Whole]:
    """Every channel of every journey once, and the journey that it is of.

    With v(S) the conversions of journeys that go through channels of S alone, a journey is worth one to all channels on
    it together and nothing to fewer, so each has the same share by Shapley: no sum over coalitions is needed.
    """
    channels = max(len(journeys.channels), 1)
    keys = journeys.spread(np.arange(len(journeys.start))) * channels + journeys.touch
    keys.sort()
    keys = keys[np.append(True, keys[1:] != keys[:-1])] if len(keys) else keys
    return keys % channels, keys // channels


def exactly(credits: Floats, total: float) -> Floats:
    """The credits as whole multiples of the last bit of the total, what rounding leaves over to the largest of them.

    Multiples of that bit up to the total are added without rounding: in any order they make the total.
    """
    if not total:
        return np.zeros(len(credits))
    bit = math.ulp(total)
    units = [int(credit) for credit in np.rint(credits / bit)]
    units[int(np.argmax(credits))] += int(total / bit) - sum(units)
    return np.array([unit * bit for unit in units])


def named(journeys: Journeys, of_channels: Floats) -> dict[str, float]:
    return dict(zip(journeys.channels, of_channels.tolist(), strict=True))
