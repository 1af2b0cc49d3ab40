"""Who is there, who is whom, and what is known of them."""

from typing import Any

from siyu.events.base import Event


class PersonAppeared(Event, frozen=True, kw_only=True):
    """An identity was seen for the first time; it is a person of its own until something links it."""

    name = "person.appeared"
    namespace: str
    source: str


class IdentityLinked(Event, frozen=True, kw_only=True):
    """An identity belongs to a person, by a rule. A person's number is that of its first identity."""

    name = "identity.linked"
    about = "person"
    person: int
    rule: str


class PersonDescribed(Event, frozen=True, kw_only=True):
    """Traits were learnt. `private` are those that say who somebody is: name, phone, address."""

    name = "person.described"
    personal = ("private",)
    traits: dict[str, Any]
    private: dict[str, Any] = {}
    source: str


class PersonTagged(Event, frozen=True, kw_only=True):
    name = "person.tagged"
    about = "tag_id"
    tag_id: int
    tag: str
    group: str
    by: str


class PersonUntagged(Event, frozen=True, kw_only=True):
    name = "person.untagged"
    about = "tag_id"
    tag_id: int
    tag: str
    group: str
    by: str


class TagRenamed(Event, frozen=True, kw_only=True):
    """A tag is called otherwise from now on, for all who carry it."""

    name = "tag.renamed"
    about = "tag_id"
    tag_id: int
    tag: str
    group: str


class ConsentGiven(Event, frozen=True, kw_only=True):
    """Somebody said yes to a channel and purpose."""

    name = "consent.given"
    channel: str
    purpose: str
    source: str


class ConsentWithdrawn(Event, frozen=True, kw_only=True):
    """Somebody said no to a channel and purpose, or took the yes back."""

    name = "consent.withdrawn"
    channel: str
    purpose: str
    source: str


class PersonErased(Event, frozen=True, kw_only=True):
    """The person behind this number wished to be forgotten: it names nobody any more; sums keep their amounts."""

    name = "person.erased"
    erasure: int
