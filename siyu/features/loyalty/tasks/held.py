"""What tasks hold of somebody: how far they came with each."""

from django.db import transaction
from django.db.models import QuerySet

from siyu.core.people.holdings import Answer, Files, Somebody, hold
from siyu.features.loyalty.models import TaskRun


class TaskRuns:
    name = "task_runs"

    def count(self, who: Somebody) -> dict[str, int]:
        n = theirs(who).count()
        return {"runs": n} if n else {}

    def export(self, who: Somebody) -> Files:
        columns = ("task__title", "period", "step", "count", "begun_at", "completed_at")
        rows = list(theirs(who).order_by("begun_at", "pk").values(*columns))
        return {"tasks": rows} if rows else {}

    @transaction.atomic
    def erase(self, who: Somebody) -> Answer:
        n = theirs(who).count()
        theirs(who).delete()
        return Answer({"runs": n})


def theirs(who: Somebody) -> QuerySet[TaskRun]:
    return TaskRun.objects.filter(identity__in=who.identities)


hold(TaskRuns())
