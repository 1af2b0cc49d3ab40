"""What an action did, against people who were kept out of it by lot.

Nouns: Trial (a lot), Entry (who entered which arm, and when), Rotation (a global control group), TrialCost, Finding.
Whoever acts on people opens a trial, enters those who are eligible, and acts on those whose arm is above zero. The
arithmetic of effects needs scipy, which takes a second to load: who only assigns does not wait for it.
"""

from siyu.core.insight.trials import controls
from siyu.core.insight.trials.opening import GLOBAL, HELD, arms_of, assign, close, enter, open_trial

__all__ = ["GLOBAL", "HELD", "arms_of", "assign", "close", "controls", "enter", "open_trial"]
