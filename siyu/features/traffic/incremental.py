"""What holdouts measured, by channel: beside the credit that bookkeeping gives.

A broadcast carries a campaign and has a trial; a campaign of the tree runs through a channel. What all trials of a
channel gained is added up, each as it was measured of everybody it reached: trials are of different people or moments,
so that their errors are independent and their half-widths add as squares. Only trials that say something of orders
count; what was sent without a holdout is not in it.
"""

from collections import defaultdict
from math import sqrt
from typing import Any, NamedTuple

from siyu.core.insight.models import Trial
from siyu.core.insight.trials import findings
from siyu.core.insight.trials.findings import Line
from siyu.core.outreach.models import Dispatch
from siyu.features.traffic.models import Campaign


class Gained(NamedTuple):
    """Of everybody who was reached, with a 95 % interval. Money in minor units."""

    trials: int
    people: int
    orders: dict[str, float]
    gmv: dict[str, float] | None

    def as_dict(self) -> dict[str, Any]:
        return self._asdict()


def by_channel() -> dict[str, Gained]:
    """{channel: what its trials gained}; of what was never held against anybody there is nothing."""
    found: dict[str, list[Line]] = defaultdict(list)
    for channel, trials in trials_of().items():
        for line in findings.lines(Trial.objects.filter(pk__in=trials)):
            if line.orders and line.verdict not in findings.NOTHING:
                found[channel].append(line)
    return {channel: added(lines) for channel, lines in sorted(found.items())}


def trials_of() -> dict[str, set[int]]:
    """{channel: trials of its campaigns' dispatches}"""
    through = dict(Campaign.objects.filter(channel__isnull=False).values_list("code", "channel__code"))
    sent = Dispatch.objects.filter(trial__isnull=False).exclude(campaign="").values_list("campaign", "trial")
    found: dict[str, set[int]] = defaultdict(set)
    for campaign, trial in sent:
        if channel := through.get(" ".join(campaign.split()).lower()):
            found[channel].add(trial)
    return found


def added(lines: list[Line]) -> Gained:
    gmv = [line.gmv for line in lines if line.gmv]
    orders = [line.orders for line in lines if line.orders]
    return Gained(
        sum(len(line.trials) for line in lines), sum(line.people for line in lines), summed(orders),
        summed(gmv) if len(gmv) == len(lines) else None,
    )  # fmt: skip


def summed(some: list[dict[str, float]]) -> dict[str, float]:
    gained = sum(one["gained"] for one in some)
    below = sqrt(sum((one["gained"] - one["gained_low"]) ** 2 for one in some))
    above = sqrt(sum((one["gained_high"] - one["gained"]) ** 2 for one in some))
    return {"gained": gained, "low": gained - below, "high": gained + above}
