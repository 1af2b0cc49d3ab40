"""Files on their way in: staged as text, judged row by row in SQL, written in chunks that a killed run goes on from.

A kind (orders, people, products, events) says which columns it knows, how a row is judged and how what was judged is
written; everything else is the same for all of them and stands here.
"""

from siyu.core.eventlog.imports.columns import Field, Preset
from siyu.core.eventlog.imports.desk import Desk, Options, Progress
from siyu.core.eventlog.imports.runs import Kind, Report, Tally, carry, silent

__all__ = ["Desk", "Field", "Kind", "Options", "Preset", "Progress", "Report", "Tally", "carry", "silent"]
