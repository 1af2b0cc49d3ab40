"""A step of a streak gives what the programme says."""

from siyu.core.eventlog.react import Recorded, reacts_to
from siyu.events.loyalty import StreakReached
from siyu.features.loyalty import giving
from siyu.features.loyalty.checkin.actions import gives_at
from siyu.features.loyalty.models import StreakStep


@reacts_to(StreakReached)
def give(event: Recorded) -> None:
    step = StreakStep.objects.select_related("programme").filter(pk=event.body["subject"]).first()
    if step:  # erased since
        gives = gives_at(step.programme, step.days)
        giving.give(
            gives, identity=step.identity_id, key=f"streak:{step.pk}", because=f"streak:{step.days}", at=event.at
        )
