"""Tables of loyalty, a file for each family."""

from siyu.features.loyalty.models.badges import Badge, BadgeAward, Certificate
from siyu.features.loyalty.models.benefits import Grant
from siyu.features.loyalty.models.checkin import CheckIn, CheckInProgramme, MakeUpCard, StreakStep
from siyu.features.loyalty.models.coupons import CouponBatch, CouponCode, CouponHandout, CouponTemplate, HandoutPart
from siyu.features.loyalty.models.levels import LevelChange, LevelRound, LevelScheme, LevelStanding
from siyu.features.loyalty.models.membership import (
    Membership,
    MembershipPlan,
    MembershipPurchase,
    MembershipTerm,
)
from siyu.features.loyalty.models.points import (
    Earning,
    EarnRule,
    ExpiryNotice,
    MallItem,
    PointsProgramme,
    Redemption,
)
from siyu.features.loyalty.models.tasks import Task, TaskMark, TaskRun

__all__ = [
    "Badge",
    "BadgeAward",
    "Certificate",
    "CheckIn",
    "CheckInProgramme",
    "CouponBatch",
    "CouponCode",
    "CouponHandout",
    "CouponTemplate",
    "EarnRule",
    "Earning",
    "ExpiryNotice",
    "Grant",
    "HandoutPart",
    "LevelChange",
    "LevelRound",
    "LevelScheme",
    "LevelStanding",
    "MakeUpCard",
    "MallItem",
    "Membership",
    "MembershipPlan",
    "MembershipPurchase",
    "MembershipTerm",
    "PointsProgramme",
    "Redemption",
    "StreakStep",
    "Task",
    "TaskMark",
    "TaskRun",
]
