"""Codes for many members at once: those of an audience, or of a list. Worked off part by part, each a transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import batched
from typing import Any

from django.db import transaction
from django.db.models import F

from siyu.core.eventlog.announce import announce
from siyu.core.insight import audiences
from siyu.core.people import namespaces
from siyu.core.people.accounts import joined
from siyu.core.people.models import Identity, Member
from siyu.events.benefits import CouponIssued
from siyu.features.loyalty.coupons.issuing import NotIssued, lasts, new_text
from siyu.features.loyalty.coupons.writing import locked
from siyu.features.loyalty.models import CouponCode, CouponHandout, CouponTemplate, HandoutPart
from siyu.kit.refusals import KeyReused, Refused
from siyu.kit.rows import insert

PART = 500
LOOKED_UP = 2_000
NAMED_BY = ("member", "phone", "email")
LONGEST_LIST = 100_000


class NobodyToGive(Refused):
    code = "nobody_to_give"
    status = 422


def to_audience(*, template: int, definition: Any, title: str, key: str, by: str, at: datetime) -> CouponHandout:
    """Everybody who is in it now and is a member."""
    people = [int(one) for one in audiences.members(definition)]
    return planned(template, members_of(people), asked=len(people), title=title, key=key, by=by, at=at)


def to_list(*, template: int, lines: Iterable[str], key: str, by: str, at: datetime) -> CouponHandout:
    """Members by what each line says: a phone, an e-mail, or a member's number."""
    said = sorted({line.strip() for line in lines if line.strip()})
    if len(said) > LONGEST_LIST:
        raise NobodyToGive(f"a list has at most {LONGEST_LIST:,} lines")
    return planned(template, named(said), asked=len(said), title="", key=key, by=by, at=at)


def members_of(people: Sequence[int]) -> list[int]:
    found: set[int] = set()
    for some in batched(people, LOOKED_UP):
        theirs = Member.objects.filter(identity__person__in=some).exclude(identity__in=joined())
        found.update(theirs.values_list("identity", flat=True))
    return sorted(found)


def named(said: Sequence[str]) -> list[int]:
    """Members of the persons whom the lines name, however a number is spaced."""
    found: set[int] = set()
    for namespace in NAMED_BY:
        values = {value for text in said if (value := namespaces.normal(namespace, text))}
        for some in batched(sorted(values), LOOKED_UP):
            people = Identity.objects.filter(namespace=namespace, value__in=some, person__isnull=False)
            found.update(people.values_list("person", flat=True))
    return members_of(sorted(found))


@transaction.atomic
def planned(
    template: int, identities: Sequence[int], *, asked: int, title: str, key: str, by: str, at: datetime
) -> CouponHandout:
    """Written down at once and worked off later; the same key again is the same one."""
    one = locked(template)
    if there := CouponHandout.objects.filter(key=key).first():
        if there.template_id != template:
            raise KeyReused("this key was used for another coupon")
        return there
    lasts(one, at)
    if not identities:
        raise NobodyToGive("nobody of these is a member")
    made = CouponHandout.objects.create(
        template=one, key=key, title=title[:120], wanted_at=at, by=by[:150], asked=asked, members=len(identities)
    )
    parts = [HandoutPart(handout=made, ordinal=n, identities=some) for n, some in enumerate(batched(identities, PART))]
    HandoutPart.objects.bulk_create(parts, batch_size=100)
    return made


@transaction.atomic
def work_off(at: datetime) -> int:
    """The worker's chore: one part; how many codes were given."""
    part = HandoutPart.objects.select_related("handout").filter(done_at=None).order_by("pk").first()
    if part is None:
        return 0
    one = locked(part.handout.template_id)
    if not HandoutPart.objects.filter(pk=part.pk, done_at=None).update(done_at=at):
        return 0
    given = hand_out(one, part.handout, part.identities, at)
    rest = HandoutPart.objects.filter(handout=part.handout, done_at=None).exists()
    CouponHandout.objects.filter(pk=part.handout_id).update(
        given=F("given") + given, passed=F("passed") + len(part.identities) - given, done_at=None if rest else at
    )
    return max(given, 1)


def hand_out(one: CouponTemplate, handout: CouponHandout, identities: Sequence[int], at: datetime) -> int:
    """To each the next that they may have, as long as there are any; the template is locked by the caller."""
    try:
        begins_at, expires_at = lasts(one, at)
    except NotIssued:
        return 0
    room = len(identities) if one.count is None else max(0, one.count - one.issued)
    places = list(free_places(one, identities))[:room]
    because = f"handout:{handout.pk}"
    rows = [
        (one.pk, new_text(), who, n, "issued", at, begins_at, expires_at, f"{because}:{who}", because, 0, 0, 0)
        for who, n in places
    ]
    insert(CouponCode, COLUMNS, rows)
    CouponTemplate.objects.filter(pk=one.pk).update(issued=F("issued") + len(rows))
    made = CouponCode.objects.filter(key__in=[row[8] for row in rows]).order_by("pk").values_list("pk", "identity")
    announce(
        *(
            CouponIssued(at=at, identity=who, code=pk, template=one.pk, because=because, until=expires_at)
            for pk, who in made
        )
    )
    return len(rows)


COLUMNS = (
    "template", "text", "identity", "n", "state", "issued_at", "begins_at", "expires_at", "key", "because", "turn",
    "amount", "back",
)  # fmt: skip


def free_places(one: CouponTemplate, identities: Sequence[int]) -> Iterable[tuple[int, int]]:
    taken: dict[int, set[int]] = {}
    codes = CouponCode.objects.filter(template=one, identity__in=identities).exclude(state="void")
    for code in codes.order_by("pk").only("identity", "n"):
        taken.setdefault(code.identity_id or 0, set()).add(code.n or 0)
    for who in identities:
        left = set(range(1, one.each + 1)) - taken.get(who, set())
        if left:
            yield who, min(left)
