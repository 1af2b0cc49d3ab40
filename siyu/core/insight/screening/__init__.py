"""Seed screening: which old customers to invite first, and why.

Every buyer gets a score of 1,000 that is a sum of named points (`score`), kept once a month as a round that people
decide on (`rounds`), and held against what came after (`judging`).
"""

from siyu.core.insight.screening.components import COMPONENTS
from siyu.core.insight.screening.judging import judge
from siyu.core.insight.screening.rounds import (
    AlreadyDecided,
    Comparison,
    NobodyBought,
    NotDecided,
    accept,
    awaiting,
    compare,
    monthly,
    previous,
    reject,
    reopen,
    run,
)
from siyu.core.insight.screening.score import candidates

__all__ = [
    "COMPONENTS",
    "AlreadyDecided",
    "Comparison",
    "NobodyBought",
    "NotDecided",
    "accept",
    "awaiting",
    "candidates",
    "compare",
    "judge",
    "monthly",
    "previous",
    "reject",
    "reopen",
    "run",
]
