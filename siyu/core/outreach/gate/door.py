"""The second look, when a message is about to be sent: what may have changed since it was decided."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
from django.conf import settings
from django.db import connection

from siyu.core.outreach import suppressing
from siyu.core.outreach.channels import Channel
from siyu.core.outreach.channels import channel as channel_of
from siyu.core.outreach.decision import Decision, decided
from siyu.core.outreach.gate import caps
from siyu.core.outreach.gate.looking import zones_of
from siyu.core.outreach.gate.quiet import next_loud
from siyu.core.outreach.gate.sets import among, distinct
from siyu.core.outreach.models import Dispatch, Outgoing, QuietHours
from siyu.core.people import consent
from siyu.core.people.models import Contact, Identity
from siyu.kit import clock


class Letter(NamedTuple):
    """A message that is being sent, with the address that it goes to."""

    outgoing: int
    person: int
    """As they are known now."""
    arm: int
    key: str
    identity: int | None
    to: str


class Checked(NamedTuple):
    letters: list[tuple[Decision, Letter]]
    refused: dict[str, list[int]]
    """Messages that are not sent, by reason."""
    later: dict[datetime, list[int]]
    """Messages that wait until then."""


def check(dispatch: Dispatch, rows: Sequence[Outgoing], *, at: datetime) -> Checked:
    """In the transaction that claimed them, under the gate's lock."""
    channel, found = channel_of(dispatch.channel), Checked([], {}, {})
    person = dict(Identity.objects.filter(pk__in=[r.person for r in rows]).values_list("pk", "person"))
    persons = distinct(np.array([one for one in person.values() if one], dtype=np.int64))
    allow = consenting(persons.tolist(), channel, dispatch.kind)
    addresses = addresses_of(persons, channel)
    doubled = told_already(dispatch, rows, persons)
    waits, full = too_early(dispatch, persons, at), moved_to_today(dispatch, rows, person, at)
    for row in rows:
        who = person.get(row.person)
        identity, to = addresses.get(who or 0, (None, ""))
        reasons = {
            "erased": who is None,
            "again": row.pk in doubled,
            "suppressed": to == BARRED,
            "consent": who not in allow,
            "unreachable": not to,
            "cap": row.pk in full,
            "quiet": who in waits and dispatch.quiet == "drop",
        }
        if why := next((reason for reason, holds in reasons.items() if holds), None):
            found.refused.setdefault(why, []).append(row.pk)
        elif who in waits:
            found.later.setdefault(waits[who], []).append(row.pk)
        else:
            assert who
            yes = decided(channel=channel.code, kind=dispatch.kind, reason="allowed", outgoing=row.pk, now=True)
            found.letters.append((yes, Letter(row.pk, who, row.arm, f"out:{row.pk}", identity, to)))
    return found


def consenting(persons: Sequence[int], channel: Channel, kind: str) -> set[int]:
    return set(persons) if kind == "transactional" else consent.allowed(persons, channel.consent, kind)


BARRED = "\0"
"""Instead of an address: all that they have are suppressed."""


def addresses_of(persons: np.ndarray, channel: Channel) -> dict[int, tuple[int | None, str]]:
    """One they have shown to be theirs before others, then the oldest; none that is suppressed."""
    if channel.reach:
        return dict(channel.reach(persons))
    if not channel.namespaces:
        return {one: (one, str(one)) for one in persons.tolist()}
    known = Identity.objects.filter(person__in=persons.tolist(), namespace__in=channel.namespaces)
    rows = list(known.order_by("pk").values_list("pk", "person", "namespace", "value"))
    shown = set(Contact.objects.filter(identity__in=[row[0] for row in rows]).values_list("identity", flat=True))
    shut = suppressing.suppressed([(namespace, value) for _, _, namespace, value in rows])
    found: dict[int, tuple[int | None, str]] = {}
    for number, person, namespace, value in sorted(rows, key=lambda row: (row[0] not in shown, row[0])):
        assert person
        if (namespace, value) in shut:
            found.setdefault(person, (None, BARRED))
        elif found.get(person, (None, BARRED))[1] == BARRED:
            found[person] = number, value
    return found


def told_already(dispatch: Dispatch, rows: Sequence[Outgoing], persons: np.ndarray) -> set[int]:
    """Messages whose person gets this one under another number: they were two when it was decided."""
    some, listed = among(persons)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT o.id, i.person_id, o.state FROM people_identity i
            JOIN outreach_outgoing o ON o.dispatch_id = %s AND o.person = i.id WHERE i.person_id IN {some}""",
            [dispatch.pk, listed],
        )
        told = cursor.fetchall()
    first: dict[int, tuple[bool, int]] = {}
    for pk, person, state in told:
        if state not in ("failed", "stopped"):
            place = state not in ("sent", "doubtful"), pk
            first[person] = min(first.get(person, place), place)
    chosen = {pk for _, pk in first.values()}
    mine = {row.pk for row in rows}
    return {pk for pk, _, _ in told if pk in mine and pk not in chosen}


def too_early(dispatch: Dispatch, persons: np.ndarray, at: datetime) -> dict[int, datetime]:
    """For whom it is quiet now, and until when."""
    hours = QuietHours.objects.first() if dispatch.kind == "marketing" else None
    if hours is None:
        return {}
    everybody = {settings.SIYU.zone: np.arange(len(persons))}
    zones = zones_of(persons) if dispatch.zone == "person" else everybody
    ends = {zone: next_loud(at, hours, zone) for zone in zones}
    return {who: ends[zone] for zone, some in zones.items() if ends[zone] > at for who in persons[some].tolist()}


def moved_to_today(
    dispatch: Dispatch, rows: Sequence[Outgoing], person: Mapping[int, int | None], at: datetime
) -> set[int]:
    """What was to go out on another day counts today; for whom a cap is reached today."""
    today, full = clock.day_of(at, settings.SIYU.zone), set[int]()
    late = [row for row in rows if row.day != today and person.get(row.person)] if dispatch.kind == "marketing" else []
    for day in sorted({row.day for row in late}):
        some = sorted((row.person, row.pk) for row in late if row.day == day)
        numbers = np.array([who for who, _ in some], dtype=np.int64)
        caps.give_back(numbers, day, dispatch.channel)
        reached = caps.full_for(numbers, today, dispatch.channel)
        full |= {pk for (_, pk), no in zip(some, reached, strict=True) if no}
        caps.take(numbers, today, dispatch.channel)
    Outgoing.objects.filter(pk__in=[row.pk for row in late]).update(day=today)
    return full
