"""Which half is wasted: all that was spent, by what is known of it.

What was tried against a holdout has a verdict. Spend on traffic has none, because nobody was kept out of it: beside it
stands the credit that bookkeeping gives, which is no evidence.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from siyu.core.insight.models import Finding, Rotation, Trial
from siyu.core.insight.trials import everything, findings
from siyu.core.insight.trials.findings import Line
from siyu.features.traffic import figures, returns, ruling

WORDS = ("works", "wasted", "not known yet", "not measured")


@dataclass
class Unmeasured:
    """Spend on a channel, and what buyers who came through it brought since."""

    channel: str
    name: str
    cost: int
    buyers: int
    gmv: int
    contribution: int | None


@dataclass
class Together:
    """All marketing of a rotation, against the global control group of it."""

    since: datetime
    until: datetime
    kept_out: int
    line: Line

    def as_dict(self) -> dict[str, Any]:
        names = ("people", "verdict", "final", "needed", "days", "orders", "gmv", "contribution")
        told = {name: getattr(self.line, name) for name in names}
        return told | {"since": self.since.isoformat(), "until": self.until.isoformat(), "kept_out": self.kept_out}


@dataclass
class Wasted:
    """`sums`: money by verdict."""

    actions: list[Line]
    traffic: list[Unmeasured]
    sums: dict[str, int]
    together: list[Together]

    def as_dict(self) -> dict[str, Any]:
        actions = [{one.name: getattr(line, one.name) for one in fields(line)} | {"earned": line.earned}
                   for line in self.actions]  # fmt: skip
        together = [one.as_dict() for one in self.together]
        return {
            "sums": self.sums, "actions": actions, "traffic": [vars(one) for one in self.traffic], "together": together,
        }  # fmt: skip


def ranked() -> Wasted:
    """What worked least for its money first: wasted, not known, not measured, works; the dearest first in each."""
    actions = sorted(findings.lines(), key=lambda one: (RANK[called(one)], -one.cost, -one.people, one.title))
    traffic = spent()
    sums = dict.fromkeys(WORDS, 0)
    for line in actions:
        sums[called(line)] += line.cost
    sums["not measured"] += sum(one.cost for one in traffic)
    return Wasted(actions, traffic, sums, [together(*one) for one in everything.lines()])


def together(rotation: Rotation, line: Line) -> Together:
    return Together(rotation.begins_at, rotation.ends_at, (rotation.brief or {})["kept_out"], line)


def tried() -> list[Line]:
    """Actions of whose orders something is known, the dearest first."""
    return [line for line in findings.lines() if line.orders]


RANK = {"wasted": 0, "not known yet": 1, "not measured": 2, "works": 3}


def called(line: Line) -> str:
    """Of the four words, the one for its money."""
    return line.verdict if line.verdict in WORDS else "not measured"


def spent() -> list[Unmeasured]:
    try:
        rows = figures.answer("channel", curved=False).rows
    except returns.NotYet:
        return []
    return [
        Unmeasured(row.key, row.name, row.spend, row.people, row.gmv, row.contribution) for row in rows if row.spend
    ]


def keep_fresh(at: datetime) -> int:
    """The worker's: what trials have shown, with the margin that the terms assume."""
    margin = ruling.terms().margin
    return findings.keep_fresh(at, margin=margin) + everything.keep_fresh(at, margin=margin)


def measure(trial: Trial, *, at: datetime) -> Finding:
    """The same for one of them, now."""
    return findings.measure(trial, at=at, margin=ruling.terms().margin)
