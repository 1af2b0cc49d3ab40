"""Trials for the sample brand, in which nothing was done: what the page says of them is known beforehand.

The households, their orders and the lots are real; the messages never were, and neither was their cost. A verdict other
than "nothing came of it" would be a false one. Nobody may invent orders, so no trial here is shown to work.
"""

from datetime import UTC, datetime, timedelta

import numpy as np
from django.db import transaction

from siyu.core.insight import trials
from siyu.core.insight.facts import open_facts
from siyu.core.insight.models import Trial

BY = "sample (synthetic)"
OURS = "sample:"
ROUNDS = (datetime(2017, 3, 15, tzinfo=UTC), datetime(2017, 5, 10, tzinfo=UTC))
WINDOW = 28
A_MESSAGE = 4
"""Cents; made up."""
EVERYBODY = "SELECT DISTINCT person FROM orders WHERE happened_at < $at AND person IS NOT NULL ORDER BY person"


def try_nothing() -> None:
    """Two rounds of a message never sent to half of all buyers, and one that left out a twentieth; a house with trials
    of its own is left alone. Killed in between, it goes on where it was."""
    if Trial.objects.exclude(key__startswith=OURS).exists():
        return
    with open_facts() as db:
        people = {at: db.execute(EVERYBODY, {"at": at.replace(tzinfo=None)}).fetchnumpy()["person"] for at in ROUNDS}
    if not len(people[ROUNDS[0]]):
        return
    for n, at in enumerate(ROUNDS, 1):
        title = f"A message never sent, round {n} (synthetic)"
        tried(key=f"{OURS}placebo-{n}", title=title, action="placebo", share=5000, people=people[at], at=at)
    title, last = "A holdout too small to see (synthetic)", ROUNDS[-1]
    tried(key=f"{OURS}small-holdout", title=title, action="", share=9500, people=people[last], at=last)


@transaction.atomic
def tried(*, key: str, title: str, action: str, share: int, people: np.ndarray, at: datetime) -> None:
    trial = trials.open_trial(
        key=key, title=title, action=action, arms={"message": share}, window=WINDOW, marketing=False, salt=key, by=BY,
        at=at,
    )  # fmt: skip
    if trial.closed_at:
        return
    reached = int((trials.assign(trial, people, at=at) > 0).sum())
    told = at + timedelta(days=1)
    trials.spend(trial, kind="messages", amount=A_MESSAGE * reached, note="made up", by=BY, at=told)
    trials.close(trial, by=BY, at=told)
