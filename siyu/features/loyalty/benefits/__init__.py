"""What can be given to a member: a registry of kinds.

Coupons, badges, points and rights register themselves with `add`; tasks, levels, memberships and the mall give, and do
not know what.
"""

from siyu.features.loyalty.benefits.kinds import KINDS, Benefit, Terms, add

__all__ = ["KINDS", "Benefit", "Terms", "add"]
