from django.db import models
from django.db.models import F, Q


class Audience(models.Model):
    """A saved definition in the audience language: a question, not a list."""

    name = models.CharField(max_length=100, unique=True)
    definition = models.JSONField()
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    by = models.CharField(max_length=150)
    archived_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Snapshot(models.Model):
    """Who was in an audience at a moment; the members are a Parquet file of person numbers."""

    audience = models.ForeignKey(Audience, on_delete=models.CASCADE, related_name="snapshots")
    definition = models.JSONField()
    taken_at = models.DateTimeField()
    people = models.BigIntegerField()
    file = models.CharField(max_length=200)
    by = models.CharField(max_length=150)


class TagRule(models.Model):
    """A tag that follows a definition: set on who comes in, taken from who goes out."""

    tag = models.OneToOneField("people.Tag", on_delete=models.CASCADE, related_name="+")
    definition = models.JSONField()
    by = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)


class Round(models.Model):
    """A month's screening of old users for seed users, in one category or in all, kept for comparison."""

    month = models.DateField()
    category = models.CharField(max_length=100, blank=True)
    as_of = models.DateTimeField()
    run_at = models.DateTimeField()
    by = models.CharField(max_length=150, blank=True)
    weights = models.JSONField(default=dict)
    people = models.BigIntegerField(default=0)
    """How many were looked at."""

    class Meta:
        ordering = ["-month", "category"]
        constraints = [models.UniqueConstraint(fields=["month", "category"], name="one_round_per_month_and_category")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.category}".strip()


class Candidate(models.Model):
    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="candidates")
    person = models.BigIntegerField()
    rank = models.PositiveIntegerField()
    score = models.PositiveIntegerField()
    """Of 1,000."""
    reasons = models.JSONField()
    """[{code, points, value, ...}]: what the score is made of, largest first."""
    accepted_at = models.DateTimeField(null=True)
    rejected_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=150, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(fields=["round", "person"], name="candidate_once_per_round"),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(rejected_at__isnull=True), name="candidate_decided_one_way"
            ),
        ]


class Ruling(models.Model):
    """What is a bot: rules that find visitors whose behaviour counts in no figure. The newest row is in force."""

    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    listed = models.BooleanField(default=True)
    """Whether user agents of our own list are bots."""
    words = models.JSONField(default=list)
    """Pieces of user agents that the operators added."""
    pace = models.PositiveIntegerField()
    """More events in a minute than a person makes; 0: nobody looks."""
    applied_at = models.DateTimeField(null=True)
    """When it had been held against everything; none: the worker still has to."""
    position = models.BigIntegerField(default=0)
    """How far in the lake it has been looked."""
    overlap = models.BigIntegerField(default=0)
    """How far at the look before."""


class Exclusion(models.Model):
    """A visitor whose behaviour does not count, or one whom an operator let in again and no rule may touch."""

    identity = models.BigIntegerField(primary_key=True)
    rule = models.CharField(max_length=20)
    reason = models.CharField(max_length=200)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()
    readmitted_at = models.DateTimeField(null=True)
    readmitted_by = models.CharField(max_length=150, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-at", "-identity"], condition=Q(readmitted_at=None), name="excluded")]


class Controls(models.Model):
    """How large the global control group is and how long one stays in it. The newest row holds for the next."""

    share = models.PositiveIntegerField()
    """Basis points of everybody."""
    days = models.PositiveIntegerField()
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(share__lte=500), name="global_control_is_small"),
            models.CheckConstraint(condition=Q(days__gte=1), name="global_control_lasts_a_day"),
        ]


class Rotation(models.Model):
    """Who is in the global control group for a while: whose draw with the salt falls on the `share` from `start` on,
    both basis points of a circle. The next begins where this one ends, so nobody is in it twice in a row."""

    salt = models.CharField(max_length=40)
    start = models.PositiveIntegerField()
    share = models.PositiveIntegerField()
    begins_at = models.DateTimeField(unique=True)
    ends_at = models.DateTimeField()
    brief = models.JSONField(null=True)
    """What all marketing together did against them, as last reckoned."""
    reckoned_at = models.DateTimeField(null=True)
    lake = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(start__lt=10_000), name="rotation_on_the_circle"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("begins_at")), name="rotation_lasts"),
        ]


class Trial(models.Model):
    """Something that is done to some and, by lot, not to others. Nothing of the lot ever changes."""

    UNITS = ("person", "group", "place")

    key = models.CharField(max_length=150, unique=True)
    title = models.CharField(max_length=150, blank=True)
    action = models.CharField(max_length=100, blank=True, db_index=True)
    """Trials of one action are judged together; nothing: this one stands alone."""
    unit = models.CharField(max_length=10, default="person")
    arms = models.JSONField()
    """{arm: basis points}; what is left of 10,000 is kept out."""
    salt = models.CharField(max_length=40)
    rotation = models.ForeignKey(Rotation, null=True, on_delete=models.PROTECT, related_name="+")
    """Whose global control group stays out of it; none: it binds everybody, or units are no persons."""
    goal = models.CharField(max_length=20, default="orders")
    """The outcome that the verdict is about."""
    window = models.PositiveIntegerField()
    """Days after entering in which an outcome counts."""
    opened_at = models.DateTimeField()
    horizon_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    by = models.CharField(max_length=150)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(unit__in=("person", "group", "place")), name="trial_unit"),
            models.CheckConstraint(condition=Q(window__gte=1), name="trial_counts_a_day"),
            models.CheckConstraint(condition=Q(horizon_at__gt=F("opened_at")), name="trial_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return self.title or self.key


class Entry(models.Model):
    """People who entered an arm at one moment, as a roaring bitmap of identity numbers."""

    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, related_name="entries")
    arm = models.SmallIntegerField()
    """0 was kept out, 1 … the arms by name, −1 the global control group."""
    unit = models.BigIntegerField(default=-1)
    """The group or place that was drawn; −1: they were drawn themselves."""
    part = models.IntegerField()
    """person >> 16, so that adding some reads few; −1: people of a unit, all in one."""
    at = models.DateTimeField()
    people = models.BinaryField()
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["trial", "part", "unit", "arm", "at"], name="one_block_per_moment"),
            models.CheckConstraint(condition=Q(count__gte=1), name="block_of_somebody"),
        ]
        indexes = [models.Index(fields=["part"])]


class TrialCost(models.Model):
    """What was spent for a trial: messages, coupons, points, or something else."""

    KINDS = ("messages", "coupons", "points", "other")

    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, related_name="costs")
    key = models.CharField(max_length=150)
    """The same cost told twice counts once; told anew with another amount, the new one holds."""
    kind = models.CharField(max_length=20)
    amount = models.BigIntegerField()
    """Minor units of the base currency, so far."""
    note = models.CharField(max_length=200, blank=True)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["trial", "key"], name="one_cost_per_key"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="cost_is_not_negative"),
            models.CheckConstraint(condition=Q(kind__in=("messages", "coupons", "points", "other")), name="cost_kind"),
        ]


class Finding(models.Model):
    """What a trial has shown, as it was last reckoned; drawn anew when the lake has changed."""

    trial = models.OneToOneField(Trial, on_delete=models.CASCADE, related_name="finding")
    at = models.DateTimeField()
    lake = models.BigIntegerField()
    brief = models.JSONField(default=dict)
    """What lists say of it, small enough to be read of every trial."""
    body = models.JSONField()


class Cycle(models.Model):
    """A round of plan, do, check, act."""

    GOALS = ("orders", "gmv", "contribution")

    key = models.CharField(max_length=150, null=True, unique=True)
    title = models.CharField(max_length=200)
    goal = models.CharField(max_length=20)
    target = models.PositiveIntegerField(null=True)
    """So much more of the goal than those who were kept out, in basis points."""
    audience = models.ForeignKey(Audience, null=True, on_delete=models.SET_NULL, related_name="+")
    screening = models.OneToOneField(Round, null=True, on_delete=models.CASCADE, related_name="cycle")
    actions = models.TextField(blank=True)
    budget = models.BigIntegerField(default=0)
    """Minor units of the base currency; 0: none is set."""
    begins_on = models.DateField()
    ends_on = models.DateField()
    state = models.CharField(max_length=10, default="planned")
    by = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)
    decision = models.CharField(max_length=10, blank=True)
    note = models.CharField(max_length=1000, blank=True)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=("planned", "doing", "decided")), name="cycle_state"),
            models.CheckConstraint(condition=Q(goal__in=("orders", "gmv", "contribution")), name="cycle_goal"),
            models.CheckConstraint(condition=Q(begins_on__lte=models.F("ends_on")), name="cycle_ends_after_it_begins"),
            models.CheckConstraint(
                condition=~Q(state="decided") | Q(decision__in=("adopt", "adapt", "drop"), decided_at__isnull=False),
                name="decided_one_way",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class CycleTrial(models.Model):
    """What was done in a round and measured."""

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="trials")
    trial = models.ForeignKey(Trial, on_delete=models.PROTECT, related_name="cycles")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["trial"], name="a_trial_is_of_one_round")]
