"""Signing in with a code; who does it for the first time becomes a member."""

import secrets
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.directory import Claim, Match
from siyu.core.eventlog.models import Source
from siyu.core.people.accounts import account_of
from siyu.core.people.graph.observing import observe
from siyu.core.people.members.contacts import claim, sealed
from siyu.core.people.members.sessions import begin
from siyu.core.people.models import Contact, Edge, Identity, Member, Person, SignInCode
from siyu.core.people.numbers import number
from siyu.core.team.signin import Door, take
from siyu.events.people import MemberJoined, MemberSignedIn
from siyu.kit import codes
from siyu.kit.refusals import Refused

TRIES = 5
SOURCE = "pages"
VERIFIED = "verified"


class WrongCode(Refused):
    """Wrong, too old, used, or tried too often: whoever guesses learns nothing from which."""

    code = "wrong_code"
    status = 403


class SignedIn(NamedTuple):
    token: str
    """For the browser; nowhere kept in clear."""
    identity: int
    language: str
    joined: bool


def sign_in(*, contact: str, code: str, address: str, at: datetime, language: str = "", device: str = "") -> SignedIn:
    """Use the code up and open a session; the first time, make the member. `device` is what the browser was known by.

    Every try is paid for before the code is looked at, in a transaction of its own, so that a hundred guesses at once
    are no more than five. Hence never call it inside a transaction that a refusal rolls back.
    """
    who = claim(contact)
    take(Door(sealed("sign in", address), free=60), at)
    live = SignInCode.objects.filter(contact=sealed(*who), used_at=None, expires_at__gt=at)
    if not live.filter(tries__lt=TRIES).update(tries=F("tries") + 1):
        raise WrongCode("that code is wrong or too old: ask for a new one")
    return enter(who, code.strip(), at, language, device)


@transaction.atomic
def enter(who: Claim, code: str, at: datetime, language: str, device: str = "") -> SignedIn:
    mine = SignInCode.objects.filter(contact=sealed(*who), digest=sealed(*who, code))
    if not mine.filter(used_at=None, expires_at__gt=at).update(used_at=at):
        raise WrongCode("that code is wrong or too old: ask for a new one")
    contact = number({who: at}, source=SOURCE)[who]
    known = Contact.objects.select_related("member").filter(identity=contact).first()
    member = kept(known.member if known else join(contact, via=who[0], at=at, language=language))
    if device:
        known_by = number({("device", device): at}, source=SOURCE)
        observe([Match(member.identity_id, one, "login", at, SOURCE) for one in known_by.values()])
    announce(MemberSignedIn(at=at, identity=member.identity_id, via=who[0]))
    return SignedIn(begin(member, at), member.identity_id, member.language, joined=known is None)


def kept(member: Member) -> Member:
    """Whose account this one is part of by now; a card that nobody has signed in with becomes one."""
    identity = account_of(member.identity_id)
    if identity == member.identity_id:
        return member
    as_before = {"joined_at": member.joined_at, "name": member.name, "language": member.language}
    return Member.objects.get_or_create(identity_id=identity, defaults=as_before)[0]


def join(contact: int, *, via: str, at: datetime, language: str) -> Member:
    """Only whoever used the contact's code up comes here, and one at a time; the constraints are the last word."""
    identity = waiting_for(contact) or fresh(at)
    known = Person.objects.filter(identities=identity).values_list("name", flat=True).first()
    member = Member.objects.create(identity_id=identity, joined_at=at, name=(known or "")[:50], language=language)
    Contact.objects.create(member=member, identity_id=contact, verified_at=at)
    observe([Match(identity, contact, VERIFIED, at, SOURCE)])
    announce(MemberJoined(at=at, identity=identity, via=via))
    return member


def fresh(at: datetime) -> int:
    """A code that tells no neighbour and no count."""
    mine = ("member", codes.encode("mem", secrets.randbits(60), settings.SECRET_KEY))
    return number({mine: at}, source=SOURCE)[mine]


def waiting_for(contact: int) -> int | None:
    """A membership that the brand's own files give to this phone or e-mail, and that nobody has signed in to."""
    ties = Edge.objects.filter(Q(a=contact) | Q(b=contact), withdrawn_at=None, refused="")
    ends = ties.exclude(source__in=Source.objects.values("name")).values_list("a", "b")
    numbers = {end for pair in ends for end in pair}
    cards = Identity.objects.filter(pk__in=numbers, namespace="member").exclude(
        pk__in=Member.objects.values("identity")
    )
    found = list(cards.order_by("pk").values_list("pk", flat=True)[:2])
    return found[0] if len(found) == 1 else None
