"""The send gate: who may be told what, now, and why not. One decision for a million people and for one.

The order of the checks is the order of REASONS: erased, suppressed, consent, unreachable, cap, quiet hours, global
control group, holdout, budget. Suppression and erasure bind every message; consent all but transactions; what follows
binds marketing only. Who was eligible enters the trial, whether they get the message or not.
"""

from siyu.core.outreach.gate.asked import DispatchIsOver, decide_address, decide_one, let_through
from siyu.core.outreach.gate.verdicts import verdicts_of, why

__all__ = ["DispatchIsOver", "decide_address", "decide_one", "let_through", "verdicts_of", "why"]
