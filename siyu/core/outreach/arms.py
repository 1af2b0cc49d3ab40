"""What became of those who were told the same: figures of a dispatch by arm, and what its trial has shown of each.

No page counts a million messages for it. Who entered an arm stands in the trial, receipts are counted as they come,
what has not gone out stands in an index with its arm; the rest was sent.
"""

from collections import Counter, defaultdict
from typing import Any, NamedTuple

from django.db.models import Count, Sum

from siyu.core.insight.models import Entry, Finding
from siyu.core.outreach.models import RECEIPTS, STATES, Dispatch, Outgoing, Tally, Verdict
from siyu.core.outreach.templates.models import Version


class Arm(NamedTuple):
    """`states` of the outbox, `receipts` of the world; number 0: who was kept out, and shows what it did. `mean` is
    orders a person, `lift` against those who were kept out, `relative` in parts of their mean."""

    name: str
    number: int
    title: str
    people: int
    states: dict[str, int]
    receipts: dict[str, int]
    mean: float | None = None
    lift: float | None = None
    relative: float | None = None
    low: float | None = None
    high: float | None = None
    verdict: str = ""
    needed: int | None = None

    @property
    def messages(self) -> int:
        return sum(self.states.values())

    @property
    def sent(self) -> int:
        return self.states.get("sent", 0)


def arms_of(dispatch: Dispatch) -> list[Arm]:
    """Each arm by name, then those who were kept out. `dispatch.trial` is wanted."""
    people, waiting, came, found = told(dispatch), unsent(dispatch), received(dispatch), shown(dispatch)
    titles = words(dispatch)
    names = sorted(dispatch.trial.arms) if dispatch.trial else [""]
    arms = []
    for n, name in enumerate(names, 1):
        states = {state: waiting[n, state] for state in STATES if waiting[n, state]}
        if sent := people[n] - sum(states.values()):
            states["sent"] = sent
        in_order = {state: states[state] for state in STATES if state in states}
        receipts = {kind: came[n, kind] for kind in RECEIPTS if came[n, kind]}
        arms.append(Arm(name, n, titles.get(name, ""), people[n], in_order, receipts, **found.get(name, {})))
    if dispatch.trial:
        arms.append(Arm("control", 0, "", people[0], {}, {}, **found.get("control", {})))
    return arms


def told(dispatch: Dispatch) -> Counter[int]:
    """{arm: people}; those of an arm have a message each."""
    if dispatch.trial is None:
        said = Verdict.objects.filter(dispatch=dispatch, reason="allowed").aggregate(n=Sum("count"))
        return Counter({1: said["n"] or 0})
    entered = Entry.objects.filter(trial=dispatch.trial).values_list("arm").annotate(n=Sum("count")).order_by("arm")
    counts = Counter(dict(entered))
    if Dispatch.objects.filter(trial=dispatch.trial).exclude(pk=dispatch.pk).exists():
        rows = Outgoing.objects.filter(dispatch=dispatch).values_list("arm").annotate(n=Count("pk")).order_by("arm")
        counts = Counter({0: counts[0]} | dict(rows))  # others say something to the same people: these are its own
    return counts


def unsent(dispatch: Dispatch) -> Counter[tuple[int, str]]:
    found: Counter[tuple[int, str]] = Counter()
    for state in STATES:
        if state != "sent":
            rows = Outgoing.objects.filter(dispatch=dispatch, state=state).values_list("arm").annotate(n=Count("pk"))
            found.update({(arm, state): n for arm, n in rows.order_by("arm")})
    return found


def received(dispatch: Dispatch) -> Counter[tuple[int, str]]:
    rows = Tally.objects.filter(dispatch=dispatch).order_by("pk").values_list("arm", "kind", "count")
    return Counter({(arm, kind): n for arm, kind, n in rows})


def words(dispatch: Dispatch) -> dict[str, str]:
    """{arm: what its words are called}; one with no arm says it to all."""
    numbers = {str(one.get("arm") or ""): one.get("template") for one in dispatch.variants}
    rows = Version.objects.select_related("template").in_bulk([one for one in numbers.values() if one])
    called = {arm: f"{rows[n].template.title} {rows[n].number}" for arm, n in numbers.items() if n in rows}
    every = called.get("", "")
    return defaultdict(lambda: every, called)


def shown(dispatch: Dispatch) -> dict[str, dict[str, Any]]:
    """{arm: what its orders show}, as the worker has last reckoned it."""
    kept = Finding.objects.filter(trial=dispatch.trial).first() if dispatch.trial else None
    sides = kept.body["effect"]["outcomes"].get("orders", []) if kept else []
    return {side["arm"]: told_of(side) for side in sides if side["arm"] != "treated"}


def told_of(side: dict[str, Any]) -> dict[str, Any]:
    low, high = side["ci"] or (None, None)
    verdict = "" if side["verdict"] == "control" else side["verdict"]
    return {name: side[name] for name in ("mean", "lift", "relative", "needed")} | {
        "low": low, "high": high, "verdict": verdict,
    }  # fmt: skip
