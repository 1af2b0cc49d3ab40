from django.db import models
from django.db.models import Q


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
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="identities")
    source = models.CharField(max_length=100)
    seen_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "identities"
        constraints = [
            models.UniqueConstraint(fields=["namespace", "value"], name="one_identity_per_value"),
            models.CheckConstraint(condition=~Q(value=""), name="identity_has_a_value"),
        ]
        indexes = [models.Index(fields=["value"])]


class Trait(models.Model):
    """What is known of an identity, since when and from whom. The newest wins, whatever the order of arrival."""

    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="traits")
    name = models.CharField(max_length=100)
    value = models.JSONField()
    source = models.CharField(max_length=100)
    at = models.DateTimeField()
    private = models.BooleanField(default=False)
    """It says who somebody is, and stays out of the lake's open part."""

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
