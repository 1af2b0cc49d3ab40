"""What members see and change of themselves."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from siyu.core.eventlog.models import Source
from siyu.core.people import consent, erasure, export
from siyu.core.people.accounts import accounts_of
from siyu.core.people.actions import describe
from siyu.core.people.graph.standing import STANDING
from siyu.core.people.members.joining import SOURCE
from siyu.core.people.members.sessions import Me
from siyu.core.people.models import Contact, Edge, Erasure, Identity, Member
from siyu.kit.refusals import Refused

LONGEST_NAME = 50


class BadName(Refused):
    code = "bad_member_name"
    status = 422


@dataclass(frozen=True)
class Shown:
    """A contact, in full: the page masks it."""

    namespace: str
    value: str
    verified_at: datetime


@dataclass(frozen=True)
class Account:
    code: str
    name: str
    joined_at: datetime
    contacts: list[Shown]
    consents: list[consent.Standing]
    sessions: int


def account(me: Me, *, at: datetime) -> Account:
    """All that the member's own page shows."""
    open_ = Q(sessions__ended_at=None, sessions__expires_at__gt=at)
    found = Member.objects.select_related("identity").annotate(signed_in=Count("sessions", filter=open_))
    member = found.get(pk=me.member)
    shown = Contact.objects.filter(member__identity__in=accounts_of(me.identity)).order_by("verified_at", "pk")
    rows = shown.values_list("identity__namespace", "identity__value", "verified_at")
    standing = consent.standing(member.identity_id)
    return Account(
        member.identity.value, member.name, member.joined_at, [Shown(*row) for row in rows], standing, member.signed_in
    )


@transaction.atomic
def rename(*, me: Me, name: str, at: datetime) -> None:
    """What they want to be called; it becomes a trait like any other name."""
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise BadName(f"a name has 1 to {LONGEST_NAME} characters")
    Member.objects.filter(pk=me.member).update(name=name)
    describe(identity=me.identity, traits={}, private={"name": name}, source=SOURCE, at=at)


def speak(*, me: Me, language: str) -> None:
    Member.objects.filter(pk=me.member).update(language=language)


def allow(*, me: Me, channel: str, purpose: str, granted: bool, at: datetime) -> None:
    say = consent.give if granted else consent.withdraw
    say(person=me.identity, channel=channel, purpose=purpose, source=SOURCE, at=at)


def packed(*, me: Me, at: datetime) -> bytes:
    """All that is known of them, as a ZIP."""
    return export.packed(me.identity, at=at, only=proven(me.identity))


def leave(*, me: Me, at: datetime) -> Erasure:
    """They wish to be forgotten: all sessions end with it. The worker completes the receipt."""
    return erasure.request(person=me.identity, by=SOURCE, at=at, only=proven(me.identity))


def proven(identity: int) -> tuple[int, ...]:
    """The identities of the person that are surely the member's own, so that nobody sees or erases another's data by
    claiming a phone through a door that is open to everybody: what ties them came from the member, the brand's files
    or its operators. A device counts too, since nobody guesses its id, but nothing that only a device leads to."""
    closed = STANDING.filter(refused="").exclude(source__in=Source.objects.values("name"))
    mine, edge = {identity}, {identity}
    while edge:
        edge = beside(closed, edge) - mine
        mine |= edge
    devices = Identity.objects.filter(pk__in=beside(STANDING.filter(refused=""), mine), namespace="device")
    mine |= set(devices.values_list("pk", flat=True))
    person = Identity.objects.filter(pk__in=mine, person__identities=identity)
    return tuple(person.order_by("pk").values_list("pk", flat=True))


def beside(ties: QuerySet[Edge], some: set[int]) -> set[int]:
    pairs = ties.filter(Q(a__in=some) | Q(b__in=some)).values_list("a", "b")
    return {one for pair in pairs for one in pair}
