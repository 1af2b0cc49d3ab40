"""Words, members and messages for tests of what is said."""

from typing import Any

from siyu.core.outreach.models import Dispatch, Outgoing, Version
from siyu.core.outreach.templates import writing
from siyu.core.people.learning import Description, describe_many
from siyu.core.people.members.joining import join
from siyu.core.people.models import Identity, Member
from tests.core.outreach.people import NOON, known

HELLO = {
    "en": {"subject": "For you", "text": "Dear {name|friend}, see https://shop.example/spring"},
    "zh-hans": {"subject": "给你", "text": "{name|朋友}，看 https://shop.example/spring"},
}


def write(code: str = "hello", **more: Any) -> Version:
    said: dict[str, Any] = {"title": "Hello", "kind": "marketing", "bodies": HELLO} | more
    return writing.write(code=code, by="lin", at=NOON, **said)


def member(phone: str, *, name: str = "", language: str = "") -> Member:
    made = join(known("phone", phone), via="phone", at=NOON, language=language)
    Member.objects.filter(pk=made.pk).update(name=name)
    return made


def person(made: Member) -> int:
    return Identity.objects.values_list("person", flat=True).get(pk=made.identity_id)


def told(identity: int, **traits: Any) -> None:
    describe_many([Description(identity, NOON, traits)], source="test")


def message(dispatch: Dispatch, person: int, **more: Any) -> Outgoing:
    said = {"channel": dispatch.channel, "day": NOON.date(), "due_at": NOON, "state": "sent", "sent_at": NOON} | more
    return Outgoing.objects.create(dispatch=dispatch, person=person, **said)
