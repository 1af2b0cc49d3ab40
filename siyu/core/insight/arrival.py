"""Whether the lake holds all that has been said."""

from datetime import datetime, timedelta

from siyu.core.eventlog.drain import reached
from siyu.core.eventlog.models import Entry, ImportRun


def coming_in(at: datetime) -> bool:
    """A history is on its way: an import runs, or what it took has not reached the lake."""
    runs = ImportRun.objects.filter(finished_at=None, started_at__gt=at - timedelta(days=1))
    log_at, _ = reached(done=True)
    return runs.exists() or Entry.objects.after(*log_at).filter(imported=True).exists()
