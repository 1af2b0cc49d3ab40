"""Members of the sample brand who come back: check-ins, tasks, badges and levels.

The households and what they bought are real. That they are members, their phones, the days on which they check in, the
tasks, the badges and the scheme are made up and say so.
"""

from datetime import datetime, timedelta

from django.db import transaction

from siyu.core.eventlog.directory import Match
from siyu.core.people.graph.observing import observe
from siyu.core.people.members.joining import join
from siyu.core.people.models import Contact
from siyu.core.people.numbers import number
from siyu.features.loyalty.badges import actions as badges
from siyu.features.loyalty.checkin import actions as checkin
from siyu.features.loyalty.checkin import cards
from siyu.features.loyalty.levels import actions as levels
from siyu.features.loyalty.levels import judging
from siyu.features.loyalty.models import CheckInProgramme
from siyu.features.loyalty.tasks import actions as tasks
from siyu.sample.shop import BY, HOUSEHOLD, PHONE

MEMBERS = 16
DAYS = 12
SCHEME = {
    "dimensions": [
        {"name": "Spend", "metric": "spend", "window": {"kind": "lifetime"}, "points": 1, "per": 100},
        {"name": "Check-ins", "metric": "check_ins", "window": {"kind": "rolling", "days": 365}, "points": 5, "per": 1},
    ],
    "levels": [
        {"name": f"V{n}", "enter": enter, "keep": enter * 6 // 10, "gives": []}
        for n, enter in enumerate((1, 400, 1000, 2000, 4000), 1)
    ],
    "grace_days": 30,
    "falling": "one",
    "losing": "leave",
}


@transaction.atomic
def come_back(namespace: str, at: datetime) -> None:
    """A second time changes nothing."""
    if CheckInProgramme.objects.exists():
        return
    write_programmes(at)
    members = [becomes_member(namespace, n, at - timedelta(days=2 * DAYS)) for n in range(1, MEMBERS + 1)]
    for n, who in enumerate(members):
        for back in range(DAYS, -1, -1):
            if (back * 7 + n * 3) % (n + 2) and (
                back or n
            ):  # everybody leaves out other days; the first comes later today
                checkin.check_in(identity=who, at=at - timedelta(days=back))
    cards.grant(identity=members[0], cards=2, key="sample", because=BY, at=at)
    judging.judge_due(at)


def write_programmes(at: datetime) -> None:
    bird = badges.make(name="Early bird", text="Made up: seven days in a row", shape="star", colour="gold", symbol="7",
        by=BY, at=at)  # fmt: skip
    badges.make(
        name="Experience officer", text="Made up: by hand", shape="shield", colour="sea", symbol="E", by=BY, at=at
    )
    card = {"kind": "make_up_card", "terms": {"cards": 1}}
    steps = [{"days": 7, "gives": [{"kind": "badge", "terms": {"badge": bird.pk}}]},
             {"days": 5, "repeats": True, "gives": [card]}]  # fmt: skip
    checkin.write_programme(steps=steps, reaches_back=7, by=BY, at=at)
    for title, kind, parts in (
        ("Come by today", "daily", [{"event": "member.checked_in"}]),
        ("First order here", "once", [{"event": "order.placed"}]),
        ("Settle in", "series", [{"event": "member.checked_in", "count": 3}, {"event": "order.placed"}]),
    ):
        gives = [card] if kind != "daily" else []
        made = tasks.write(title=title, text="Made up.", kind=kind, steps=parts, gives=gives, by=BY, at=at)
        tasks.publish(task=made.pk, at=at)
    levels.publish(version=levels.write(body=SCHEME, by=BY, at=at).version, by=BY, at=at)


def becomes_member(namespace: str, household: int, at: datetime) -> int:
    """The household of that number signs in by a phone that it never had: nobody new."""
    made_up = PHONE if str(household) == HOUSEHOLD else f"139000{household:05}"
    phone, known_as = ("phone", made_up), (namespace, str(household))
    known = number({phone: at, known_as: at}, source=BY)
    there = Contact.objects.select_related("member").filter(identity=known[phone]).first()
    if there:
        return there.member.identity_id
    observe([Match(known[phone], known[known_as], "identify", at, BY)])
    return join(known[phone], via="phone", at=at, language="").identity_id
