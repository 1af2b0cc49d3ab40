"""The tracking plan: what events and properties come in (sightings), what they ought to be (expectations), and what
came otherwise (violations). It counts; a message that violates an expectation is taken all the same."""

from siyu.core.eventlog.plan.expecting import BadSchema, expect, let_go
from siyu.core.eventlog.plan.listing import event_names, one_event, plan

__all__ = ["BadSchema", "event_names", "expect", "let_go", "one_event", "plan"]
