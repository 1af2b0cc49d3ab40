"""What is scarce about signing in: a code, and the one membership of a contact."""

from collections.abc import Iterator, Sequence
from typing import Any

from siyu.core.people.members.asking import ask_code
from siyu.core.people.members.joining import sign_in
from siyu.core.people.models import Contact, MemberSession
from tests.features.shop.brand import NOW
from tests.scarcity.race import expect, won


class SignInCode:
    """The right code, sixteen times from sixteen addresses."""

    def open(self) -> None: ...

    def stage(self, trial: int) -> tuple[str, str]:
        phone = f"138{trial:08}"
        return phone, ask_code(contact=phone, address=phone, at=NOW).code

    def attempt(self, thing: tuple[str, str], client: int) -> Any:
        phone, code = thing
        return sign_in(contact=phone, code=code, address=f"{phone} {client}", at=NOW)

    def broken(self, thing: tuple[str, str], got: Sequence[Any]) -> Iterator[str]:
        yield from expect("signed in", [one.joined for one in won(got)], [True])
        members = Contact.objects.filter(identity__value__endswith=thing[0]).values_list("member", flat=True)
        yield from expect("members", len(members), 1)
        yield from expect("sessions", MemberSession.objects.filter(member__in=list(members)).count(), 1)


RESOURCES = {"sign-in code": SignInCode()}
