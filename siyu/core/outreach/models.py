from functools import reduce
from operator import or_

from django.db import models
from django.db.models import F, Q

KINDS = ("transactional", "service", "social", "marketing")
STATES = ("queued", "sending", "sent", "failed", "stopped", "doubtful")
REASONS = (
    "allowed", "erased", "suppressed", "consent", "unreachable", "cap", "quiet", "control", "holdout", "budget",
)  # fmt: skip
RECEIPTS = ("delivered", "opened", "clicked", "replied", "bounced", "complained", "unsubscribed")
BLOCK = 16
"""People are kept in bitmaps of 65,536 identity numbers: `block` is number >> BLOCK."""


def in_one_of(states: tuple[str, ...]) -> Q:
    """Said one by one: for IN, SQLite builds a table anew for every row that it checks."""
    return reduce(or_, (Q(state=state) for state in states))


class Dispatch(models.Model):
    """One thing to say over one channel, whoever says it: a broadcast, a journey's step, an SOP, a program."""

    key = models.CharField(max_length=150, unique=True)
    title = models.CharField(max_length=200, blank=True)
    channel = models.CharField(max_length=30)
    kind = models.CharField(max_length=20)
    variants = models.JSONField()
    """[{"arm": "A", "template": a version's number or null, "text", "subject"}], by arm; one with no arm serves all."""
    trial = models.ForeignKey("insight.Trial", null=True, on_delete=models.PROTECT, related_name="+")
    campaign = models.CharField(max_length=100, blank=True)
    cost = models.BigIntegerField(default=0)
    """Minor units a message."""
    budget = models.BigIntegerField(null=True)
    """What all of them may cost: laid aside in the books."""
    quiet = models.CharField(max_length=10, default="defer")
    zone = models.CharField(max_length=10, default="brand")
    """Whose clock quiet hours are read on."""
    per_minute = models.PositiveIntegerField(null=True)
    state = models.CharField(max_length=10, default="open")
    """Paused: nothing is sent; stopped: nothing ever is; done: nobody more is let in, what is queued still goes out."""
    next_at = models.DateTimeField(null=True)
    """When the throttle lets the next ones go."""
    by = models.CharField(max_length=150)
    made_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="dispatch_kind"),
            models.CheckConstraint(condition=Q(state__in=("open", "paused", "stopped", "done")), name="dispatch_state"),
            models.CheckConstraint(condition=Q(quiet__in=("defer", "drop")), name="dispatch_quiet"),
            models.CheckConstraint(condition=Q(zone__in=("brand", "person")), name="dispatch_zone"),
            models.CheckConstraint(condition=Q(cost__gte=0), name="a_message_costs_nothing_or_more"),
            models.CheckConstraint(condition=Q(budget=None) | Q(budget__gte=0), name="dispatch_budget_not_below_zero"),
            models.CheckConstraint(condition=Q(per_minute=None) | Q(per_minute__gt=0), name="a_throttle_lets_some"),
            models.CheckConstraint(
                condition=Q(kind="marketing") | Q(trial=None, budget=None), name="only_marketing_is_tried"
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.key


class Outgoing(models.Model):
    """The outbox: a message to one person."""

    dispatch = models.ForeignKey(
        Dispatch, on_delete=models.PROTECT, related_name="messages", db_index=False, db_constraint=False
    )
    """Not checked row by row, which took PostgreSQL as long as all else: the gate reads it in the transaction that
    writes the row, and a dispatch is never deleted."""
    person = models.BigIntegerField()
    """The number of the person when it was decided."""
    channel = models.CharField(max_length=30)
    arm = models.SmallIntegerField(default=1)
    day = models.DateField()
    """The brand's day on which it is due: what caps count."""
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, default="queued")
    reason = models.CharField(max_length=40, blank=True)
    """Why it failed or was stopped."""
    attempts = models.SmallIntegerField(default=0)
    claim = models.SmallIntegerField(null=True)
    """Who sends it now: the place of a worker."""
    address = models.BigIntegerField(null=True)
    """The identity it was sent to."""
    sent_at = models.DateTimeField(null=True)
    reference = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "dispatch"], name="one_message_per_person"),
            models.CheckConstraint(condition=in_one_of(STATES), name="outgoing_state"),
            models.CheckConstraint(condition=Q(claim=None) | Q(state="sending"), name="claimed_while_sending"),
            models.CheckConstraint(condition=~Q(state="sent") | Q(sent_at__isnull=False), name="sent_at_some_time"),
        ]
        indexes = [
            # with the arm behind, so that figures of a million are counted in the index alone
            models.Index(
                fields=["dispatch", "due_at", "id", "arm"], condition=Q(state="queued"), name="messages_queued"
            ),
            models.Index(
                fields=["dispatch", "state", "arm"],
                condition=in_one_of(("failed", "stopped", "doubtful")),
                name="messages_that_went_wrong",
            ),
            models.Index(fields=["channel", "claim"], condition=Q(state="sending"), name="messages_being_sent"),
            models.Index(fields=["reference"], condition=~Q(reference=""), name="messages_by_reference"),
        ]


class Verdict(models.Model):
    """What the gate said of whom on a day: one reason, and the people it holds for. Everybody asked about is in one."""

    dispatch = models.ForeignKey(Dispatch, on_delete=models.CASCADE, related_name="verdicts", db_index=False)
    block = models.IntegerField(db_index=True)
    reason = models.CharField(max_length=20)
    day = models.DateField()
    at = models.DateTimeField()
    """The last moment at which somebody came into it."""
    people = models.BinaryField()
    """A roaring bitmap of identity numbers."""
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dispatch", "block", "reason", "day"], name="one_verdict_a_day"),
            models.CheckConstraint(condition=Q(reason__in=REASONS), name="verdict_reason"),
        ]


class Touched(models.Model):
    """Who is to get an nth marketing message in a brand's day or week, over a channel or over all of them (""). What
    caps are measured against; written with the messages, under the gate's lock."""

    period = models.CharField(max_length=5)
    begins = models.DateField()
    channel = models.CharField(max_length=30, blank=True)
    block = models.IntegerField()
    nth = models.SmallIntegerField()
    people = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["begins", "period", "channel", "block", "nth"], name="one_block_per_nth")
        ]


class Cap(models.Model):
    """At most so many marketing messages to a person in a brand's day, or week from Monday."""

    channel = models.CharField(max_length=30, blank=True)
    """Empty: over all channels."""
    period = models.CharField(max_length=5, choices=[("day", "day"), ("week", "week")])
    most = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "period"], name="one_cap_per_period"),
            models.CheckConstraint(condition=Q(period__in=("day", "week")), name="cap_period"),
        ]

    def __str__(self) -> str:
        return f"{self.channel or '*'} {self.most} / {self.period}"


class QuietHours(models.Model):
    """From when to when, on the clock, marketing is silent; over midnight where the end is before the beginning."""

    begins = models.TimeField()
    ends = models.TimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(begins=F("ends")), name="quiet_hours_end")]

    def __str__(self) -> str:
        return f"{self.begins:%H:%M}-{self.ends:%H:%M}"


class Suppression(models.Model):
    """An address that nothing is sent to, whatever it is. What is kept of it is a keyed hash."""

    namespace = models.CharField(max_length=50)
    digest = models.BinaryField(max_length=32)
    identity = models.BigIntegerField(null=True, db_index=True)
    """Who has that address; none: nobody, or somebody who was erased."""
    matched = models.BigIntegerField(default=0)
    """Identities up to this number were looked through for it."""
    reason = models.CharField(max_length=20)
    at = models.DateTimeField()
    by = models.CharField(max_length=150)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["namespace", "digest"], name="suppressed_once")]


class Receipt(models.Model):
    """What became of a message, once of each kind."""

    message = models.ForeignKey(Outgoing, on_delete=models.CASCADE, related_name="receipts", db_index=False)
    kind = models.CharField(max_length=15)
    at = models.DateTimeField()
    detail = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "kind"], name="one_receipt_of_a_kind"),
            models.CheckConstraint(condition=Q(kind__in=RECEIPTS), name="receipt_kind"),
        ]


class Tally(models.Model):
    """How many messages of an arm have a receipt of a kind: counted as they come, so that no page counts a million."""

    dispatch = models.ForeignKey(Dispatch, on_delete=models.CASCADE, related_name="tallies", db_index=False)
    arm = models.SmallIntegerField()
    kind = models.CharField(max_length=15)
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dispatch", "arm", "kind"], name="one_tally_of_a_kind")]


class Destination(models.Model):
    """How a channel does: a dead one is left alone for a while, and slows nobody."""

    channel = models.CharField(max_length=30, primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    """In a row."""
    failing_since = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    """Nothing is sent before; also what the provider's limit asks for."""
    error = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField(null=True)


from siyu.core.outreach.broadcasts.models import Broadcast, BroadcastPart  # noqa: E402
from siyu.core.outreach.by_hand.models import Errand  # noqa: E402
from siyu.core.outreach.inbox.models import InboxItem  # noqa: E402
from siyu.core.outreach.templates.models import Template, Version  # noqa: E402
from siyu.core.outreach.web_push.models import PushSubscription  # noqa: E402

__all__ = [
    "Broadcast", "BroadcastPart", "Cap", "Destination", "Dispatch", "Errand", "InboxItem", "Outgoing",
    "PushSubscription", "QuietHours", "Receipt", "Suppression", "Tally", "Template", "Touched", "Verdict", "Version",
]  # fmt: skip
