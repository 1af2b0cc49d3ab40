"""/api/people/…/consents, …/export, …/erasure and /api/erasures: what people allow, what is known of them, the end."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from siyu.core.people import consent, erasure, export
from siyu.core.people.codes import number_of
from siyu.core.people.models import Person
from siyu.core.team import trail
from siyu.interfaces.api.desk import Desk, signature
from siyu.interfaces.api.shapes import Label, Moment
from siyu.kit import clock

desk = Desk(tags=["privacy"])
Channel = Annotated[str, Field(max_length=30, examples=["sms"], description=", ".join(consent.CHANNELS))]
Purpose = Annotated[str, Field(max_length=30, examples=["marketing"], description=", ".join(consent.PURPOSES))]


class Consent(Schema):
    channel: str
    purpose: str
    granted: bool
    source: str
    at: Moment


class Consents(Schema):
    standing: Annotated[list[Consent], Field(description="What holds; silence is a no")]
    history: Annotated[list[Consent], Field(description="How it came to be, the newest first")]


class Word(Schema):
    channel: Channel
    purpose: Purpose = "marketing"
    granted: bool
    source: Label
    at: Annotated[Moment, Field(description="When it was said; the newest word counts whatever the order of arrival")]


class Words(Schema):
    changed: Annotated[int, Field(description="Words that were not known as fresh before")]


class Export(Schema):
    person: str
    files: Annotated[
        dict[str, list[dict[str, Any]]], Field(description="{kind: rows} of everybody who holds something")
    ]


class Wish(Schema):
    reason: Annotated[str, Field(max_length=200)] = ""


class Receipt(Schema):
    code: str
    person: str
    requested_at: Moment
    requested_by: str
    reason: str
    finished_at: Annotated[Moment | None, Field(description="null: not everybody has answered yet")]
    holdings: Annotated[dict[str, Any], Field(description="Who erased how much, kept what, and by which law")]
    backups: str


@desk.reads("/people/{person}/consents", scope="people:read", gives=Consents)
def get_consents(request: HttpRequest, person: str) -> Any:
    """What a person allows, per channel and purpose, and how that came to be."""
    number = number_of(person)
    return {"standing": consent.standing(number), "history": consent.history(number)}


@desk.writes("PUT", "/people/{person}/consents", scope="people:write", gives=Words)
def say_consent(request: HttpRequest, person: str, body: Word) -> Any:
    """A person says yes or no. No is always possible."""
    say = consent.give if body.granted else consent.withdraw
    changed = say(person=number_of(person), channel=body.channel, purpose=body.purpose, source=body.source, at=body.at)
    return {"changed": changed}


@desk.reads("/people/{person}/export", scope="people:export", gives=Export)
def export_person(request: HttpRequest, person: str) -> Any:
    """All that is known of a person, from database and lake alike."""
    number = number_of(person)
    files = export.gather(number)
    trail.note(Person(pk=number), "exported", code=person, through=signature(request))
    return {"person": person, "files": files}


@desk.writes("POST", "/people/{person}/erasure", scope="erasures:write", gives=Receipt)
def erase_person(request: HttpRequest, person: str, body: Wish) -> Any:
    """Forget a person. Nobody has the code from now on; the worker does the rest and completes the receipt."""
    wish = erasure.request(person=number_of(person), reason=body.reason, by=signature(request), at=clock.now())
    trail.note(wish, "erased", code=person, through=signature(request))
    return erasure.receipt(wish)


@desk.reads("/erasures/{erasure_code}", scope="erasures:read", gives=Receipt)
def get_erasure(request: HttpRequest, erasure_code: str) -> Any:
    """The receipt of an erasure; it names nobody."""
    return erasure.receipt(erasure.found(erasure_code))
