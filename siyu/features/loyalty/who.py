"""Whose it is: all of loyalty hangs on the identity of a member."""

from django.db.models import Case, IntegerField, QuerySet, Value, When

from siyu.core.people.accounts import account_of, joined
from siyu.core.people.models import Identity, Member
from siyu.kit.refusals import Refused


class NoSuchMember(Refused):
    code = "no_such_member"
    status = 404


def member_of(identity: int | None) -> int | None:
    """The member that an identity belongs to, whatever it is of them: their account, their phone, a shop's buyer."""
    if identity is None:
        return None
    person = Identity.objects.filter(pk=identity).values("person")
    found = Member.objects.filter(identity__person__in=person).exclude(identity__in=joined())
    itself = Case(When(identity=identity, then=Value(0)), default=Value(1), output_field=IntegerField())
    return found.order_by(itself, "pk").values_list("identity", flat=True).first()


def known_member(identity: int) -> int:
    """The same number, where it is a member's; of an account that is part of another one, that one's."""
    if not Member.objects.filter(identity=identity).exists():
        raise NoSuchMember("there is no such member")
    return account_of(identity)


def known_by(identity: int | None) -> QuerySet[Identity]:
    """All that their person is known by, accounts that became part of theirs among it: for a query."""
    return Identity.objects.filter(person__identities=identity)
