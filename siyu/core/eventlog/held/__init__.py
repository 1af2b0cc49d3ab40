"""What log, landing, lake and imported files hold of somebody, and how they forget it.

This is the one road by which an entry, a row of the lake or a landed batch changes. `people.holdings` knows it by name.
"""

from siyu.core.eventlog.held.files import ImportedFiles
from siyu.core.eventlog.held.lake import LakeRows
from siyu.core.eventlog.held.landing import FailedMessages, LandedBatches
from siyu.core.eventlog.held.log import LogEntries

__all__ = ["FailedMessages", "ImportedFiles", "LakeRows", "LandedBatches", "LogEntries"]
