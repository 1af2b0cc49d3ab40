"""Excluded visitors: whose behaviour counts in no figure, because no person is behind it.

A visitor is an identity number. Rules find bots by the user agent that they name and by a pace that no hand keeps;
operators exclude and readmit by hand, and their word outranks the rules. Marks are events, read at query time: the lake
is never rewritten, and what is excluded or readmitted today is so for last year too. Orders always count.
"""

from siyu.core.insight.visitors.applying import apply
from siyu.core.insight.visitors.deciding import exclude, readmit
from siyu.core.insight.visitors.listing import excluded, standing_of
from siyu.core.insight.visitors.ruling import in_force, rule

__all__ = ["apply", "exclude", "excluded", "in_force", "readmit", "rule", "standing_of"]
