"""Codes: issued to a member, made in a batch, claimed by whoever types them first, made void, expired."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q

from siyu.core.eventlog.announce import announce
from siyu.core.people.models import Identity
from siyu.events.benefits import CouponExpired, CouponIssued, CouponVoided
from siyu.features.loyalty.coupons.writing import locked
from siyu.features.loyalty.models import CouponBatch, CouponCode, CouponTemplate
from siyu.features.loyalty.who import known_by
from siyu.kit.refusals import KeyReused, Refused
from siyu.kit.rows import insert

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Nothing that is mistaken for something else."""
LENGTH = 12
"""Guessing one of a million codes takes 500 billion tries."""
BATCH = 100_000
EXPIRED_AT_ONCE = 500


class NotIssued(Refused):
    """It is a draft, closed, or over."""

    code = "coupon_not_issued"
    status = 409


class NoneLeft(Refused):
    code = "no_coupons_left"
    status = 409


class EnoughOfIt(Refused):
    code = "enough_coupons"
    status = 409


class NoSuchCode(Refused):
    """Also another member's: whoever guesses learns nothing."""

    code = "no_such_code"
    status = 404


class InUse(Refused):
    code = "coupon_in_use"
    status = 409


class NotAMember(Refused):
    code = "no_such_member"
    status = 422


@transaction.atomic
def issue(*, template: int, identity: int, key: str, because: str, at: datetime) -> CouponCode:
    """A code for a member, once per key; the same key for another wish is an error."""
    one = locked(template)
    if there := CouponCode.objects.filter(key=key).first():
        if (there.template_id, there.identity_id) != (template, identity):
            raise KeyReused("this key was used for another coupon")
        return there
    if not Identity.objects.filter(pk=identity, namespace="member").exists():
        raise NotAMember("a coupon is issued to a member")
    n = next_of(one, identity)
    begins_at, expires_at = lasts(one, at)
    count(one, 1)
    made = CouponCode.objects.create(
        template=one, text=new_text(), identity_id=identity, n=n, issued_at=at, begins_at=begins_at,
        expires_at=expires_at, key=key, because=because[:60],
    )  # fmt: skip
    announce(issued(made, at))
    return made


def issued(code: CouponCode, at: datetime) -> CouponIssued:
    return CouponIssued(
        at=at, identity=code.identity_id, code=code.pk, template=code.template_id, because=code.because,
        until=code.expires_at,
    )  # fmt: skip


def next_of(one: CouponTemplate, identity: int) -> int:
    """Which of the member's it will be; the template is locked by the caller."""
    theirs = CouponCode.objects.filter(template=one, identity__in=known_by(identity)).exclude(state="void")
    taken = list(theirs.values_list("identity", "n"))
    if len(taken) >= one.each:
        raise EnoughOfIt("a member has no more than that of it")
    return min(set(range(1, one.each + 1)) - {n for who, n in taken if who == identity})


def lasts(one: CouponTemplate, at: datetime) -> tuple[datetime, datetime]:
    """From when to when a code of it can be used that is issued at that moment."""
    if one.published_at is None or one.closed_at:
        raise NotIssued("it is not issued now")
    begins_at = max(at, one.begins_at or at)
    ends = [begins_at + timedelta(days=one.days)] if one.days else []
    expires_at = min([*ends, *([one.ends_at] if one.ends_at else [])])
    if expires_at <= begins_at:
        raise NotIssued("it is over")
    return begins_at, expires_at


def count(one: CouponTemplate, codes: int) -> None:
    """So many more of it are out: in one UPDATE, whoever else issues."""
    room = CouponTemplate.objects.filter(Q(count=None) | Q(count__gte=F("issued") + codes), pk=one.pk)
    if not room.update(issued=F("issued") + codes):
        raise NoneLeft("no code of it is left")


def new_text() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def plain(text: str) -> str:
    """As codes are kept, however somebody types one."""
    return text.replace("\0", "").strip().upper().replace(" ", "")[:40]


@transaction.atomic
def claim(*, identity: int, text: str, at: datetime) -> CouponCode:
    """Somebody types a code: of a batch, a word that everybody may type, or one that is theirs already."""
    said = plain(text)
    if word := CouponTemplate.objects.filter(word=said, published_at__isnull=False, closed_at=None).first():
        return by_word(word, identity, at)
    there = CouponCode.objects.filter(text=said).exclude(state="void").first()
    if there is None or there.identity_id not in (None, identity):
        raise NoSuchCode("there is no such code")
    return there if there.identity_id else from_batch(there, identity, at)


def by_word(template: CouponTemplate, identity: int, at: datetime) -> CouponCode:
    """One that they have not used yet, else a new one."""
    one = locked(template.pk)
    mine = CouponCode.objects.filter(template=one, identity=identity)
    if unused := mine.filter(state__in=["issued", "reserved"], expires_at__gt=at).order_by("pk").first():
        return unused
    key = f"word:{one.pk}:{identity}:{mine.count() + 1}"
    return issue(template=one.pk, identity=identity, key=key, because="word", at=at)


def from_batch(code: CouponCode, identity: int, at: datetime) -> CouponCode:
    """Whoever types it first has it. It was counted when it was made."""
    one = locked(code.template_id)
    begins_at, expires_at = lasts(one, at)
    n = next_of(one, identity)
    free = CouponCode.objects.filter(pk=code.pk, identity=None, state="issued", expires_at__gt=at)
    if not free.update(identity=identity, n=n, issued_at=at, begins_at=begins_at, expires_at=expires_at):
        raise NoSuchCode("somebody else has it")
    code.refresh_from_db()
    announce(issued(code, at))
    return code


@transaction.atomic
def generate(*, template: int, codes: int, key: str, by: str, at: datetime) -> CouponBatch:
    """So many codes that belong to nobody yet; once per key."""
    one = locked(template)
    if there := CouponBatch.objects.filter(key=key).first():
        if (there.template_id, there.count) != (template, codes):
            raise KeyReused("this key was used for another batch")
        return there
    if not 0 < codes <= BATCH:
        raise NoneLeft(f"a batch has 1 to {BATCH:,} codes", code="bad_batch")
    texts: set[str] = set()
    while len(texts) < codes:
        texts.add(new_text())
    return batch_of(one, sorted(texts), key=key, by=by, at=at)


def batch_of(one: CouponTemplate, texts: list[str], *, key: str, by: str, at: datetime) -> CouponBatch:
    """What nobody claims expires when the template ends; with days only, a year on."""
    begins_at, expires_at = lasts(one, at)
    unclaimed = one.ends_at or max(expires_at, at + timedelta(days=365))
    count(one, len(texts))
    batch = CouponBatch.objects.create(template=one, key=key, count=len(texts), made_at=at, by=by[:150])
    columns = ("template", "text", "state", "issued_at", "begins_at", "expires_at", "because", "batch", *ZEROS)
    because = f"batch:{batch.pk}"
    rows: Any = ((one.pk, text, "issued", at, begins_at, unclaimed, because, batch.pk, 0, 0, 0) for text in texts)
    insert(CouponCode, columns, rows)
    return batch


ZEROS = ("turn", "amount", "back")


@transaction.atomic
def void(*, code: int, at: datetime) -> CouponCode:
    """Take an unused code back. Twice is once; one that an order holds or used stays."""
    if CouponCode.objects.filter(pk=code, state="issued").update(state="void", ended_at=at):
        found = CouponCode.objects.get(pk=code)
        announce(CouponVoided(at=at, identity=found.identity_id, code=found.pk, template=found.template_id))
        return found
    there = CouponCode.objects.filter(pk=code).first()
    if there is None:
        raise NoSuchCode("there is no such code")
    if there.state != "void":
        raise InUse("an order holds or has used it, or it is over")
    return there


@transaction.atomic
def expire_due(at: datetime) -> int:
    """The worker's chore: some of the codes that nobody used in time; how many."""
    due = CouponCode.objects.filter(state="issued", expires_at__lte=at)
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(no_key=True, skip_locked=True)
    rows = list(due.order_by("expires_at", "pk").values_list("pk", "identity", "template")[:EXPIRED_AT_ONCE])
    CouponCode.objects.filter(pk__in=[pk for pk, *_ in rows]).update(state="expired", ended_at=at)
    announce(*(CouponExpired(at=at, identity=who, code=pk, template=template) for pk, who, template in rows if who))
    return len(rows)
