from typing import Any

from django.db import models
from django.db.models import Lookup, Q


class Person(models.Model):
    id = models.BigIntegerField(primary_key=True)
    """The number of its first identity."""
    since = models.DateTimeField()
    name = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-since", "-id"]), models.Index(fields=["name"])]


class Identity(models.Model):
    """One way somebody is known, as it was sent: a phone, a member number, a buyer of a shop."""

    namespace = models.CharField(max_length=50)
    value = models.CharField(max_length=200)
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="identities", db_index=False)
    source = models.CharField(max_length=100)
    seen_at = models.DateTimeField()
    cluster = models.BigIntegerField(null=True, db_index=True)
    """All that any evidence ties together, guards or not: what is projected anew when one edge changes. None: alone."""

    class Meta:
        verbose_name_plural = "identities"
        constraints = [
            models.UniqueConstraint(fields=["namespace", "value"], name="one_identity_per_value"),
            models.CheckConstraint(condition=~Q(value=""), name="identity_has_a_value"),
        ]
        indexes = [
            models.Index(fields=["value"]),
            models.Index(fields=["person", "namespace"], name="identities_of_a_person"),
        ]


class Member(models.Model):
    """Who can sign in. Everything of theirs hangs on the identity, which is of the namespace `member`."""

    identity = models.OneToOneField(Identity, on_delete=models.PROTECT, related_name="+")
    joined_at = models.DateTimeField(db_index=True)
    name = models.CharField(max_length=50, blank=True)
    language = models.CharField(max_length=10, blank=True)


class Contact(models.Model):
    """A phone or e-mail that a member has shown to be theirs. It alone opens the account: what files and messages say
    of who is whom does not."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="contacts")
    identity = models.OneToOneField(Identity, on_delete=models.CASCADE, related_name="+")
    verified_at = models.DateTimeField()


class SignInCode(models.Model):
    """The last code that was sent to a contact. Neither the contact nor the code can be read from it."""

    contact = models.CharField(max_length=64, primary_key=True)
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    tries = models.PositiveIntegerField(default=0)
    used_at = models.DateTimeField(null=True)


class MemberSession(models.Model):
    """A browser that a member has signed in on."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="sessions")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True)


class Decision(models.Model):
    """An operator joined two persons, or split one: what that made goes with it when it is taken back."""

    kind = models.CharField(max_length=10, choices=[("join", "join"), ("split", "split")])
    person = models.BigIntegerField()
    other = models.BigIntegerField()
    """An identity number of each side, as they were told apart or brought together."""
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=150, blank=True)


UNREVIEWED = Q(reviewed_at=None, withdrawn_at=None, decision=None)


class Edge(models.Model):
    """Evidence that two identities are one person. The map of persons is a projection of all edges that stand."""

    a = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    b = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    rule = models.CharField(max_length=30)
    """What ties them: identify, login, order, import, manual …"""
    at = models.DateTimeField()
    """When it was first seen; a later sighting changes nothing."""
    source = models.CharField(max_length=100)
    message = models.BigIntegerField(null=True)
    """The message that said so, as the lake numbers it."""
    decision = models.ForeignKey(Decision, null=True, on_delete=models.CASCADE, related_name="edges", db_index=False)
    """None: it was seen, and not said by an operator."""
    refused = models.CharField(max_length=30, blank=True)
    """The guard that keeps the two apart all the same; written by the projection."""
    reviewed_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["a", "b", "rule"], name="one_edge_per_rule", condition=Q(decision=None)),
            models.UniqueConstraint(
                fields=["decision", "a", "b"], name="one_edge_per_decision", condition=Q(decision__isnull=False)
            ),
            models.CheckConstraint(condition=Q(a__lt=models.F("b")), name="edge_from_lower_to_higher"),
        ]
        indexes = [
            # a till loses ties by the hundred thousand to the crowd: without them the review queue stays quick
            models.Index(
                fields=["-at", "-id"],
                condition=~Q(refused__in=("", "crowded", "separated")) & UNREVIEWED,
                name="contested_ties",
            ),
        ]


@Edge._meta.get_field("refused").register_lookup
class Contested(Lookup):
    """The guard leaves something to ask: it is no crowd, and no operator's separation. In literals, since with
    parameters SQLite would not know that the index of contested ties answers the question."""

    lookup_name = "contested"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple]:
        refused, values = self.process_lhs(compiler, connection)
        return f"NOT ({refused} IN ('', 'crowded', 'separated'))", tuple(values)


class Separation(models.Model):
    """An operator said that these two are not one person; no evidence joins them again."""

    a = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    b = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="separations")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["a", "b", "decision"], name="separated_once"),
            models.CheckConstraint(condition=Q(a__lt=models.F("b")), name="separation_from_lower_to_higher"),
        ]


class AccountJoin(models.Model):
    """Two member accounts of one person: what one held is the other's, until that is taken back."""

    decision = models.OneToOneField(Decision, on_delete=models.CASCADE, related_name="accounts")
    kept = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    joined = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    split = models.ForeignKey(Decision, null=True, on_delete=models.SET_NULL, related_name="accounts_split")
    """What ended it, where that was no taking back of the join: taken back itself, the two are one again."""
    carried = models.JSONField(default=dict)
    """{carrier: what it needs to give back}"""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["joined"], condition=Q(ended_at=None), name="an_account_is_joined_once"),
            models.CheckConstraint(condition=~Q(kept=models.F("joined")), name="an_account_joins_another"),
        ]


class Consent(models.Model):
    """What somebody allowed or forbade last, per channel and purpose. How it came to be stands in the log."""

    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(max_length=30)
    purpose = models.CharField(max_length=30)
    granted = models.BooleanField()
    source = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["identity", "channel", "purpose"], name="one_consent_per_purpose")
        ]
        indexes = [models.Index(fields=["channel", "purpose", "identity", "granted"], name="words_of_a_purpose")]


class Erasure(models.Model):
    """A person's wish to be forgotten, and the receipt of what was done; it names nobody."""

    person = models.BigIntegerField()
    requested_at = models.DateTimeField()
    by = models.CharField(max_length=150)
    reason = models.CharField(max_length=200, blank=True)
    finished_at = models.DateTimeField(null=True)
    receipt = models.JSONField(default=dict)
    """{holding: what it erased, what it kept and by which law}; whoever stands in it has answered."""
    subject = models.JSONField(default=dict)
    """Numbers and values that are looked for; empty as soon as all have answered."""

    class Meta:
        ordering = ["-requested_at"]


class Tombstone(models.Model):
    """A keyed hash of an erased identity, so that old events and imports do not bring the person back."""

    digest = models.BinaryField(max_length=32, unique=True)
    erased_at = models.DateTimeField()


class Trait(models.Model):
    """What is known of an identity, since when and from whom. The newest wins, whatever the order of arrival.

    A null marks what is known no more, so that a late word does not bring it back; the name "" marks that all was.
    """

    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="traits")
    name = models.CharField(max_length=100)
    value = models.JSONField()
    source = models.CharField(max_length=100)
    at = models.DateTimeField()
    private = models.BooleanField(default=False)
    """It says who somebody is, and stays out of the lake's open part."""
    settled_at = models.DateTimeField(null=True)
    """The newest word that replaced it, where that is older than `at`; what is older is too late."""
    once_at = models.DateTimeField(null=True)
    """It is held by a set_once of that moment: an earlier one beats it, and so does any set."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["identity", "name"], name="one_trait_per_name")]
        indexes = [models.Index(fields=["name"])]


class TagGroup(models.Model):
    name = models.CharField(max_length=50, unique=True)
    exclusive = models.BooleanField(default=False)
    """A person carries at most one tag of the group."""

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    group = models.ForeignKey(TagGroup, on_delete=models.PROTECT, related_name="tags")
    name = models.CharField(max_length=50)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "name"], name="one_tag_per_name")]

    def __str__(self) -> str:
        return self.name


class Tagging(models.Model):
    """Who set the tag, and when. `by` is an operator's name, or the rule that did it."""

    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="taggings")
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="taggings")
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tag", "identity"], name="tagged_once")]
