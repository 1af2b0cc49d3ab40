"""Making, awarding and revoking badges; issuing and revoking certificates."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from siyu.core.eventlog.announce import announce
from siyu.core.eventlog.locks import one_at_a_time
from siyu.core.people.models import Member
from siyu.events.loyalty import BadgeAwarded, BadgeRevoked, CertificateIssued, CertificateRevoked
from siyu.features.loyalty.badges.drawing import COLOURS, SHAPES
from siyu.features.loyalty.models import Badge, BadgeAward, Certificate, Task
from siyu.features.loyalty.tasks import actions as tasks
from siyu.features.loyalty.who import known_member
from siyu.kit import codes
from siyu.kit.refusals import Refused


class BadBadge(Refused):
    code = "bad_badge"
    status = 422


class BadgeExists(Refused):
    code = "badge_exists"
    status = 409


class NoSuchBadge(Refused):
    code = "no_such_badge"
    status = 404


class AlreadyWorn(Refused):
    code = "badge_already_worn"
    status = 409


class NotWorn(Refused):
    code = "badge_not_worn"
    status = 409


class NoSuchCertificate(Refused):
    code = "no_such_certificate"
    status = 404


class AlreadyCertified(Refused):
    code = "already_certified"
    status = 409


class ReasonMissing(Refused):
    code = "reason_missing"
    status = 422


@transaction.atomic
def make(*, name: str, text: str, shape: str, colour: str, symbol: str, by: str, at: datetime) -> Badge:
    name, symbol = " ".join(name.split()), symbol.strip()
    if not 0 < len(name) <= 50 or len(text) > 200:
        raise BadBadge("a badge has a name of 1 to 50 characters, and a text of at most 200")
    if shape not in SHAPES or colour not in COLOURS or not 0 < len(symbol) <= 2 or not symbol.isprintable():
        raise BadBadge("a badge has a shape, a colour, and a symbol of one or two characters")
    one_at_a_time("badges")
    if Badge.objects.filter(name=name).exists():
        raise BadgeExists("there is a badge of that name already")
    return Badge.objects.create(name=name, text=text, shape=shape, colour=colour, symbol=symbol, made_at=at, by=by)


@transaction.atomic
def retire(*, badge: int, at: datetime) -> None:
    """Nobody gets it any more; who wears it keeps it. Its rules end."""
    found = badge_numbered(badge)
    Badge.objects.filter(pk=found.pk, retired_at=None).update(retired_at=at)
    for rule in rules_of(found):
        tasks.close(task=rule.pk, at=at)


@transaction.atomic
def follow(*, badge: int, steps: Any, by: str, at: datetime) -> Task:
    """From now on, whoever does this is awarded the badge."""
    found = badge_numbered(badge)
    gives = [{"kind": "badge", "terms": {"badge": found.pk}}]
    kind = "series" if isinstance(steps, list) and len(steps) > 1 else "once"
    rule = tasks.write(title=found.name, kind=kind, steps=steps, gives=gives, by=by, at=at, hidden=True)
    return tasks.publish(task=rule.pk, at=at)


def rules_of(badge: Badge) -> list[Task]:
    gives = [{"kind": "badge", "terms": {"badge": badge.pk}}]
    return [task for task in Task.objects.filter(hidden=True, closed_at=None).order_by("pk") if task.gives == gives]


@transaction.atomic
def award(*, badge: int, identity: int, key: str, because: str, at: datetime, by: str = "") -> BadgeAward:
    """Once for a key, and worn once: who wears it already is refused."""
    known_member(identity)
    one_at_a_time(f"badges of {identity}")
    if there := BadgeAward.objects.filter(key=key[-200:]).first():
        return there
    found = badge_numbered(badge)
    if found.retired_at:
        raise NoSuchBadge("that badge is retired")
    if BadgeAward.objects.filter(badge=found, identity=identity, revoked_at=None).exists():
        raise AlreadyWorn("this member wears the badge already")
    made = BadgeAward.objects.create(
        badge=found, identity_id=identity, key=key[-200:], because=because[:200], by=by, at=at
    )
    announce(BadgeAwarded(at=at, identity=identity, badge=found.pk, award=made.pk, because=because))
    return made


@transaction.atomic
def revoke(*, award: int, because: str, at: datetime, by: str = "") -> BadgeAward:
    """It is worn no more, and a certificate of it is valid no more."""
    if not because.strip():
        raise ReasonMissing("say why")
    found = BadgeAward.objects.select_for_update(no_key=True).filter(pk=award).first()
    if found is None or found.revoked_at:
        raise NotWorn("that badge is not worn")
    found.revoked_at, found.revoked_because, found.revoked_by = at, because[:200], by
    found.save(update_fields=["revoked_at", "revoked_because", "revoked_by"])
    announce(
        BadgeRevoked(at=at, identity=found.identity_id, badge=found.badge_id, award=found.pk, because=because[:200])
    )
    for certificate in Certificate.objects.filter(award=found, revoked_at=None):
        revoke_certificate(certificate=certificate.pk, because=because, at=at)
    return found


@transaction.atomic
def take_back(*, badge: int, identity: int, because: str, at: datetime, by: str = "") -> BadgeAward:
    """Revoke what the member wears of it."""
    worn = (
        BadgeAward.objects.filter(badge=badge, identity=identity, revoked_at=None).values_list("pk", flat=True).first()
    )
    return revoke(award=worn or 0, because=because, at=at, by=by)


@transaction.atomic
def issue(*, award: int, title: str, by: str, at: datetime) -> Certificate:
    """A document that the badge was awarded. It shows the first letter of the holder, until they say otherwise."""
    title = " ".join(title.split())
    if not 0 < len(title) <= 100:
        raise BadBadge("a certificate has a title of 1 to 100 characters")
    found = BadgeAward.objects.select_for_update(no_key=True).filter(pk=award, revoked_at=None).first()
    if found is None:
        raise NotWorn("that badge is not worn")
    if Certificate.objects.filter(award=found).exists():
        raise AlreadyCertified("there is a certificate of it already")
    holder = Member.objects.filter(identity=found.identity_id).values_list("name", flat=True).first() or ""
    made = Certificate.objects.create(award=found, title=title, holder=holder, issued_at=at, by=by)
    announce(CertificateIssued(at=at, identity=found.identity_id, certificate=made.pk, badge=found.badge_id))
    return made


@transaction.atomic
def revoke_certificate(*, certificate: int, because: str, at: datetime) -> Certificate:
    if not because.strip():
        raise ReasonMissing("say why")
    found = Certificate.objects.select_for_update(no_key=True, of=("self",)).filter(pk=certificate).first()
    if found is None or found.revoked_at:
        raise NoSuchCertificate("there is no such valid certificate")
    found.revoked_at, found.revoked_because = at, because[:200]
    found.save(update_fields=["revoked_at", "revoked_because"])
    whose = BadgeAward.objects.get(pk=found.award_id)
    announce(
        CertificateRevoked(
            at=at, identity=whose.identity_id, certificate=found.pk, badge=whose.badge_id, because=because[:200]
        )
    )
    return found


def show_holder(*, identity: int, certificate: int, shows: str) -> None:
    """What of the holder's name the certificate shows: their own choice."""
    if shows not in dict(Certificate.SHOWS):
        raise BadBadge("a certificate shows the name, its first letter, or nobody")
    mine = Certificate.objects.filter(pk=certificate, award__identity=identity)
    if not mine.update(shows=shows):
        raise NoSuchCertificate("there is no such certificate of yours")


def badge_numbered(number: int) -> Badge:
    found = Badge.objects.filter(pk=number).first()
    if found is None:
        raise NoSuchBadge("there is no such badge")
    return found


def code_of(certificate: int) -> str:
    """What stands in the public address: it tells no neighbour and no count."""
    return codes.encode("crt", certificate, settings.SECRET_KEY)
