"""From log and landing into the lake, exactly once, in steps."""

from siyu.core.eventlog.drain.steps import carry_out, drain, drain_all, forget_landed, landed, plan, reached, unfinished

__all__ = ["carry_out", "drain", "drain_all", "forget_landed", "landed", "plan", "reached", "unfinished"]
