"""Who is there, who is whom, and what is known of them."""

from typing import Any

from siyu.events.base import Event


class PersonAppeared(Event, frozen=True, kw_only=True):
    """An identity was seen for the first time; it is a person of its own until something links it."""

    name = "person.appeared"
    namespace: str
    source: str


class IdentityMatched(Event, frozen=True, kw_only=True):
    """Something, or an operator, says that two identities are one person. Said again with an earlier time, that one
    counts. `evidence` is the message that said so."""

    name = "identity.matched"
    about = "other"
    other: int
    rule: str
    source: str
    evidence: int | None = None
    by: str = ""


class IdentityUnmatched(Event, frozen=True, kw_only=True):
    """That evidence counts no more."""

    name = "identity.unmatched"
    about = "other"
    other: int
    rule: str
    by: str


class IdentitySeparated(Event, frozen=True, kw_only=True):
    """An operator said that two identities are not one person, whatever the evidence."""

    name = "identity.separated"
    about = "other"
    other: int
    by: str


class IdentityReconciled(Event, frozen=True, kw_only=True):
    """That word was taken back: evidence counts again."""

    name = "identity.reconciled"
    about = "other"
    other: int
    by: str


class IdentityLinked(Event, frozen=True, kw_only=True):
    """An identity belongs to a person from now on, by a rule; back to itself where it is one of its own again.

    A person's number is that of its first identity. The newest of these events is the map.
    """

    name = "identity.linked"
    about = "person"
    person: int
    rule: str


class AccountJoined(Event, frozen=True, kw_only=True):
    """An operator made one member account part of another of the same person: what it held is the other's."""

    name = "account.joined"
    about = "joined"
    joined: int


class AccountParted(Event, frozen=True, kw_only=True):
    """That was taken back: each has its own again."""

    name = "account.parted"
    about = "joined"
    joined: int


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


class MemberJoined(Event, frozen=True, kw_only=True):
    """Somebody signed in for the first time and has an account. `via`: what they showed to be theirs."""

    name = "member.joined"
    via: str


class MemberSignedIn(Event, frozen=True, kw_only=True):
    name = "member.signed_in"
    via: str


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


class VisitorExcluded(Event, frozen=True, kw_only=True):
    """What this identity does is no person's behaviour: it counts in no figure, also of the past. Orders count.

    `rule` says what found it: a rule's name, or `operator`.
    """

    name = "visitor.excluded"
    rule: str
    reason: str
    by: str


class VisitorReadmitted(Event, frozen=True, kw_only=True):
    """That was taken back: what the identity does counts again, also of the past."""

    name = "visitor.readmitted"
    rule: str
    reason: str
    by: str


class PersonErased(Event, frozen=True, kw_only=True):
    """The person behind this number wished to be forgotten: it names nobody any more; sums keep their amounts."""

    name = "person.erased"
    erasure: int
