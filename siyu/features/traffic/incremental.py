"""What holdouts measured, by channel or campaign: beside the credit that bookkeeping gives.

A broadcast carries a campaign and has a trial; a campaign of the tree runs through a channel. What all trials of one
gained is added up, each as it was measured of everybody it reached: trials are of different people or moments,
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
from siyu.features.traffic import figures
from siyu.features.traffic.figures import Answer, Return
from siyu.features.traffic.models import Campaign


class Gained(NamedTuple):
    """Of everybody who was reached, with a 95 % interval. Money in minor units."""

    trials: int
    people: int
    orders: dict[str, float]
    gmv: dict[str, float] | None

    def as_dict(self) -> dict[str, Any]:
        return self._asdict()


CUTS = {"channel": "channel__code", "campaign": "code"}


def measured(found: Answer) -> list[tuple[Return, Gained | None]]:
    """The lines of cost and return with what holdouts measured of each; at the end those that only holdouts know of."""
    gained, names = by(found.by), figures.named(found.by)
    more = [Return(key, names.get(key, key)) for key in gained if key not in {row.key for row in found.rows}]
    return [(row, gained.get(row.key)) for row in [*found.rows, *more]]


def told(found: Answer) -> list[dict[str, Any]]:
    """The same as plain data."""
    return [row.as_dict() | {"incremental": one.as_dict() if one else None} for row, one in measured(found)]


def by(cut: str) -> dict[str, Gained]:
    """{channel or campaign: what its trials gained}; of what was never held against anybody there is nothing."""
    found: dict[str, list[Line]] = defaultdict(list)
    for key, trials in trials_of(cut).items() if cut in CUTS else ():
        for line in findings.lines(Trial.objects.filter(pk__in=trials)):
            if line.orders and line.verdict not in findings.NOTHING:
                found[key].append(line)
    return {key: added(lines) for key, lines in sorted(found.items())}


def trials_of(cut: str) -> dict[str, set[int]]:
    """{channel or campaign: trials of its dispatches}"""
    through = dict(Campaign.objects.values_list("code", CUTS[cut]))
    sent = Dispatch.objects.filter(trial__isnull=False).exclude(campaign="").values_list("campaign", "trial")
    found: dict[str, set[int]] = defaultdict(set)
    for campaign, trial in sent:
        if key := through.get(" ".join(campaign.split()).lower()):
            found[key].add(trial)
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
