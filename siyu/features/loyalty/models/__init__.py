"""Tables of loyalty, a file for each family."""

from siyu.features.loyalty.models.badges import Badge, BadgeAward, Certificate
from siyu.features.loyalty.models.checkin import CheckIn, CheckInProgramme, MakeUpCard, StreakStep
from siyu.features.loyalty.models.levels import LevelChange, LevelRound, LevelScheme, LevelStanding
from siyu.features.loyalty.models.tasks import Task, TaskMark, TaskRun

__all__ = [
    "Badge",
    "BadgeAward",
    "Certificate",
    "CheckIn",
    "CheckInProgramme",
    "LevelChange",
    "LevelRound",
    "LevelScheme",
    "LevelStanding",
    "MakeUpCard",
    "StreakStep",
    "Task",
    "TaskMark",
    "TaskRun",
]
