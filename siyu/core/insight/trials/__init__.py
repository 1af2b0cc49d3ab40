"""What an action did, against people who were kept out of it: arithmetic over sums that a database makes."""

from siyu.core.insight.trials.effect import Arm, Plan, Sums, compare

__all__ = ["Arm", "Plan", "Sums", "compare"]
