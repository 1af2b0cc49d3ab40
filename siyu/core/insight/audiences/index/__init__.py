"""The audience index: whole brand days of every event as bitmaps of identities, so that windows are unions.

The log is the truth; the index knows it up to a position, and what came later, the tail, is read from the lake and laid
over it. It holds identity numbers: a merge touches no bitmap, people are found by mapping after the union. Orders are
held as they are now, newest state and not cancelled; a correction or a cancellation makes their days anew.

`advance` is the worker's part, `current` the reader's. Everything under derived/audiences may be deleted.
"""

from siyu.core.insight.audiences.index.build import advance
from siyu.core.insight.audiences.index.index import Index, current

__all__ = ["Index", "advance", "current"]
