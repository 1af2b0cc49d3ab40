"""What an action did, against people who were kept out of it by lot.

Nouns: Trial (a lot), Entry (who entered which arm, and when), Rotation (a global control group), TrialCost, Finding.
Whoever acts on people opens a trial, enters those who are eligible, and acts on those whose arm is above zero. The
arithmetic of effects needs scipy, which takes a second to load: who only assigns does not wait for it.
"""

from typing import TYPE_CHECKING, Any

from siyu.core.insight.trials import controls, findings
from siyu.core.insight.trials.opening import GLOBAL, HELD, arms_of, assign, close, enter, open_trial
from siyu.core.insight.trials.spending import spend
from siyu.core.insight.trials.visible import foreseen, visible

if TYPE_CHECKING:
    from siyu.core.insight.trials.measuring import Effect

__all__ = [
    "GLOBAL",
    "HELD",
    "arms_of",
    "assign",
    "close",
    "controls",
    "effect_of",
    "enter",
    "findings",
    "foreseen",
    "open_trial",
    "spend",
    "visible",
]


def effect_of(*asked: Any, **said: Any) -> "Effect":
    """What it did: see `measuring.effect_of`."""
    from siyu.core.insight.trials import measuring

    return measuring.effect_of(*asked, **said)
