"""Markov: what the chain of touches loses without a channel, solved exactly.

States are channels; a step's probability is how often it was gone among the steps out of its channel, journeys that
came to nothing included. A touch of the channel that was touched just before is no step.
"""

import numpy as np

from siyu.features.traffic.attribution.journeys import Floats, Journeys
from siyu.kit.refusals import Refused

MOST_CHANNELS = 2_000


class TooManyChannels(Refused):
    code = "too_many_channels"
    status = 422


def removal_effects(journeys: Journeys) -> Floats:
    """Of every channel the part of all conversions that are lost if whoever comes to it goes no further.

    Of the ways from the start to a conversion those through c are P(start reaches c) · P(c converts), and
    P(start reaches c) = N[start, c] / N[c, c] with N = (I − Q)⁻¹: one solve for all channels.
    """
    channels = len(journeys.channels)
    if channels > MOST_CHANNELS:
        raise TooManyChannels(f"Markov takes at most {MOST_CHANNELS:,} channels; these are {channels:,}.")
    if not journeys.counts.conversions.sum():
        return np.zeros(channels)
    begin, steps, convert = chain(journeys)
    visits = np.linalg.inv(np.eye(channels) - steps)
    reach = begin @ visits / np.diag(visits)
    wins = visits @ convert
    return np.clip(reach * wins / (begin @ wins), 0.0, 1.0)


def chain(journeys: Journeys) -> tuple[Floats, Floats, Floats]:
    """Probabilities to begin at each channel, to step from one to another, and to convert from it."""
    channels, touch, last = len(journeys.channels), journeys.touch, journeys.last
    went = journeys.counts.conversions + journeys.counts.nulls
    begin = np.bincount(touch[journeys.start], went, channels)
    counted = np.ones(len(touch), bool)
    counted[last] = False
    here = np.flatnonzero(counted)
    keys = touch[here] * channels + touch[here + 1]
    steps = np.bincount(keys, journeys.spread(went)[here], channels * channels).reshape(channels, channels)
    np.fill_diagonal(steps, 0.0)
    convert = np.bincount(touch[last], journeys.counts.conversions, channels)
    out = steps.sum(1) + np.bincount(touch[last], went, channels)
    out[out == 0] = 1.0  # a channel that nobody came to
    return begin / begin.sum(), steps / out[:, None], convert / out
