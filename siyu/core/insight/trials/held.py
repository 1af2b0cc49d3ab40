"""What trials hold of somebody: which they entered, when, and in which arm."""

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from pyroaring import BitMap

from siyu.core.insight.models import Entry, Trial
from siyu.core.insight.trials.opening import ALONE, GLOBAL, HELD, PART
from siyu.core.people.holdings import Answer, Files, Somebody, hold


class Trials:
    name = "trials"

    def count(self, who: Somebody) -> dict[str, int]:
        return {"trials": len({row.trial_id for row, _ in blocks_of(who)})}

    def export(self, who: Somebody) -> Files:
        rows = [
            {"trial": str(row.trial), "arm": called(row.trial, row.arm), "entered_at": row.at}
            for row, _ in blocks_of(who)
        ]
        return {"trials": rows}

    def erase(self, who: Somebody) -> Answer:
        """They leave the blocks, so that no effect counts them any more."""
        gone = 0
        for row, those in blocks_of(who):
            with transaction.atomic():
                Trial.objects.select_for_update(no_key=True, of=("self",)).get(pk=row.trial_id)
                kept = Entry.objects.get(pk=row.pk)
                left = BitMap.deserialize(bytes(kept.people)) - those
                gone += kept.count - len(left)
                if left:
                    Entry.objects.filter(pk=row.pk).update(people=left.serialize(), count=len(left))
                else:
                    kept.delete()
        return Answer({"entries": gone})


def blocks_of(who: Somebody) -> Iterator[tuple[Entry, BitMap]]:
    those = BitMap(who.identities)
    for row in near(who).select_related("trial").order_by("trial", "at", "pk").iterator(200):
        if found := BitMap.deserialize(bytes(row.people)) & those:
            yield row, found


def near(who: Somebody) -> QuerySet[Entry]:
    return Entry.objects.filter(part__in={ALONE, *(one >> PART for one in who.identities)})


def called(trial: Trial, arm: int) -> Any:
    """The name of an arm by its number."""
    return {HELD: "control", GLOBAL: "global control group"}.get(arm) or sorted(trial.arms)[arm - 1]


hold(Trials())
