"""What members do is counted; what they complete is rewarded."""

from siyu.core.eventlog.react import Recorded, reacts_to
from siyu.events import BY_NAME
from siyu.events.loyalty import TaskCompleted
from siyu.features.loyalty import giving
from siyu.features.loyalty.models import TaskRun
from siyu.features.loyalty.tasks import actions
from siyu.features.loyalty.tasks.conditions import COUNTABLE


@reacts_to(*(BY_NAME[name] for name in COUNTABLE))
def count(event: Recorded) -> None:
    actions.count(name=event.name, body=event.body, identity=event.identity, position=event.position, at=event.at)


@reacts_to(TaskCompleted)
def reward(event: Recorded) -> None:
    run = TaskRun.objects.select_related("task").filter(pk=event.body["properties"]["run"]).first()
    if run:  # erased since
        because = f"task:{run.task_id}"
        giving.give(run.task.gives, identity=run.identity_id, key=f"task:{run.pk}", because=because, at=event.at)
