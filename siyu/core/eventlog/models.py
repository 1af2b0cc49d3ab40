from typing import Any

from django.db import connections, models
from django.db.models import F, Func, Q


class TransactionId(Func):
    """The number of the writing transaction, or of the last one that ended where that is higher.

    So what is said under a lock stands behind all that was said under it before, also by a transaction that began
    later. Readers wait for it all the same: it is never below the writer's own number, and never above what has begun.
    SQLite has one writer, so there positions already commit in order.
    """

    output_field = models.BigIntegerField()
    arity = 0

    def as_sql(self, *args: Any, **kwargs: Any) -> Any:
        return "0", []

    def as_postgresql(self, *args: Any, **kwargs: Any) -> Any:
        own, ended = "pg_current_xact_id()::text::bigint", "pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1"
        return f"(greatest({own}, {ended}))", []


class PositionedQuerySet(models.QuerySet):
    """Readers go by (xid, position) below the oldest running transaction, so that late commits are never skipped.

    They ask again and again, so a question must begin at the place in the index, not at the beginning of the log: on
    SQLite every `xid` is 0 and goes without saying, on PostgreSQL the outer bound is said beside the exact one.
    """

    def after(self, xid: int, position: int) -> "PositionedQuerySet":
        if connections[self.db].vendor == "sqlite":
            return self.filter(xid=0, pk__gt=position)
        return self.filter(Q(xid__gt=xid) | Q(pk__gt=position), xid__gte=xid)

    def upto(self, xid: int, position: int) -> "PositionedQuerySet":
        if connections[self.db].vendor == "sqlite":
            return self.filter(xid=0, pk__lte=position)
        return self.filter(Q(xid__lt=xid) | Q(pk__lte=position), xid__lte=xid)

    def settled(self) -> "PositionedQuerySet":
        """Only rows that no running transaction can still slip in front of."""
        return self.filter(xid__lt=OldestRunning()).order_by("xid", "pk")


class OldestRunning(Func):
    output_field = models.BigIntegerField()
    arity = 0

    def as_sql(self, *args: Any, **kwargs: Any) -> Any:
        return "1", []

    def as_postgresql(self, *args: Any, **kwargs: Any) -> Any:
        return "(pg_snapshot_xmin(pg_current_snapshot())::text::bigint)", []


class Entry(models.Model):
    """An event in the log. Never edited."""

    position = models.BigAutoField(primary_key=True)
    xid = models.BigIntegerField(db_default=TransactionId())
    name = models.CharField(max_length=100)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    identity = models.BigIntegerField(null=True)
    source = models.CharField(max_length=100)
    message = models.CharField(max_length=100, null=True)
    imported = models.BooleanField(default=False)
    depth = models.PositiveSmallIntegerField(default=0)
    body = models.TextField()

    objects = PositionedQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["xid", "position"]),
            models.Index(fields=["identity", "at"]),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "message"], name="one_entry_per_message", condition=Q(message__isnull=False)
            )
        ]


class Batch(models.Model):
    """Behaviour as it came in: one compressed row, committed before the answer."""

    lands = True

    id = models.BigAutoField(primary_key=True)
    xid = models.BigIntegerField(db_default=TransactionId())
    source = models.CharField(max_length=100)
    dialect = models.CharField(max_length=20)
    received_at = models.DateTimeField()
    imported = models.BooleanField(default=False)
    count = models.PositiveIntegerField()
    retries = models.PositiveIntegerField(default=0)
    """How often the sender says that it had to try."""
    head = models.JSONField(default=dict)
    """What the sender said once for all messages: when it sent them, their context."""
    body = models.BinaryField()

    objects = PositionedQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["xid", "id"]),
            models.Index(fields=["source", "id"]),
            models.Index(fields=["source", "retries"], condition=Q(retries__gt=0), name="retried_batches"),
        ]


class Source(models.Model):
    """Where behaviour comes from: an app, a site, a mini-program. Its key stands in every SDK that speaks for it."""

    name = models.CharField(max_length=100, unique=True)
    protocol = models.CharField(max_length=20)
    key = models.CharField(max_length=64, unique=True)
    namespace = models.CharField(max_length=50)
    """What kind of number its user ids are."""
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class FailedMessage(models.Model):
    """A message that could not be taken: kept as it came, to be seen, mended and replayed."""

    lands = True

    source = models.CharField(max_length=100)
    dialect = models.CharField(max_length=20)
    batch = models.BigIntegerField(null=True)
    """None: the door already refused it."""
    ordinal = models.PositiveIntegerField()
    received_at = models.DateTimeField()
    code = models.CharField(max_length=50)
    reason = models.TextField()
    head = models.JSONField(default=dict)
    body = models.TextField()
    replayed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "ordinal"], name="a_message_fails_once"),
        ]
        indexes = [models.Index(fields=["source", "-received_at"])]


class Sighting(models.Model):
    """The tracking plan as it is lived: an event, or one of its properties, as a source sends it."""

    source = models.CharField(max_length=100)
    event = models.CharField(max_length=200, blank=True)
    """Empty: all that the source sends."""
    property = models.CharField(max_length=200, blank=True)
    """Empty: the event itself."""
    type = models.CharField(max_length=20, blank=True)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    volume = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "event", "property", "type"], name="one_sighting_per_type")
        ]


class Expectation(models.Model):
    """The tracking plan as it is meant: what an event's properties must look like, as JSON Schema."""

    event = models.CharField(max_length=200, unique=True)
    schema = models.JSONField()
    by = models.CharField(max_length=150)
    at = models.DateTimeField()


class Violation(models.Model):
    """What came otherwise than expected, counted."""

    source = models.CharField(max_length=100)
    event = models.CharField(max_length=200)
    property = models.CharField(max_length=200, blank=True)
    fault = models.CharField(max_length=200)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    volume = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "event", "property", "fault"], name="one_violation_per_fault")
        ]


class Drain(models.Model):
    """One step into the lake: decided before it is written, so that a repetition writes the very same rows."""

    number = models.BigAutoField(primary_key=True)
    log_xid = models.BigIntegerField()
    log_position = models.BigIntegerField()
    batch_xid = models.BigIntegerField()
    batch_position = models.BigIntegerField()
    planned_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    entries = models.BigIntegerField(default=0)
    messages = models.BigIntegerField(default=0)
    """What went in: of the log, and of the landing."""
    rows = models.BigIntegerField(default=0)
    repeats = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)
    """What became of it; together that is what went in."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["log_xid", "log_position", "batch_xid", "batch_position"], name="one_drain_per_stretch"
            ),
            models.UniqueConstraint(
                models.ExpressionWrapper(Q(done_at__isnull=True), models.BooleanField()),
                condition=Q(done_at__isnull=True),
                name="one_drain_at_a_time",
            ),
        ]


class Repeat(models.Model):
    """A row of the lake that repeats another's message: found, counted as such, and on its way out."""

    position = models.BigIntegerField(primary_key=True)


class Cursor(models.Model):
    """How far a reaction has come."""

    reaction = models.CharField(max_length=200, primary_key=True)
    xid = models.BigIntegerField(default=0)
    position = models.BigIntegerField(default=0)


class Failure(models.Model):
    """An entry that a reaction could not take. It holds up only itself."""

    reaction = models.CharField(max_length=200)
    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="+")
    attempts = models.PositiveSmallIntegerField(default=1)
    error = models.TextField()
    due_at = models.DateTimeField(null=True)
    """When to try again; none: given up, waits for an operator."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reaction", "entry"], name="one_failure_per_reaction_and_entry")]

    def __str__(self) -> str:
        return f"{self.reaction} {self.entry_id}"


class Upload(models.Model):
    """A file that a browser sent: the worker judges it, and takes it in when somebody who saw the outcome says so."""

    kind = models.CharField(max_length=20)
    source = models.CharField(max_length=100)
    currency = models.CharField(max_length=3, blank=True)
    preset = models.CharField(max_length=30, blank=True)
    file = models.CharField(max_length=100)
    folder = models.CharField(max_length=32, unique=True)
    """Where the file waits, below the folder of imports; gone when it is over."""
    sent_at = models.DateTimeField()
    by = models.CharField(max_length=150)
    judged_at = models.DateTimeField(null=True)
    preview = models.JSONField(default=dict)
    """What would become of the rows."""
    wanted_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    """How often a worker began what it has not finished."""
    progress = models.JSONField(default=dict)
    """{"what": …, "done": n, "total": n}"""
    taken_at = models.DateTimeField(null=True)
    run = models.ForeignKey("eventlog.ImportRun", null=True, on_delete=models.SET_NULL, related_name="+")
    refused_at = models.DateTimeField(null=True)
    code = models.CharField(max_length=50, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["sent_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(wanted_at__isnull=True) | Q(judged_at__isnull=False), name="nobody_wants_a_file_unseen"
            ),
            models.CheckConstraint(
                condition=Q(taken_at__isnull=True) | Q(wanted_at__isnull=False), name="only_a_wanted_file_is_taken"
            ),
        ]

    def __str__(self) -> str:
        return self.file


class ImportRun(models.Model):
    """A file on its way in: what it is, how far it has come, what became of its rows."""

    kind = models.CharField(max_length=20)
    source = models.CharField(max_length=100)
    file = models.CharField(max_length=300)
    digest = models.CharField(max_length=64)
    options = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    rows = models.BigIntegerField(default=0)
    progress = models.BigIntegerField(default=0)
    """How many orders, people or lines of the judged file are committed; where a killed run goes on."""
    taken = models.BigIntegerField(default=0)
    mended = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    reasons = models.JSONField(default=dict)
    """{code: rows} of what was refused or mended."""
    counts = models.JSONField(default=dict)
    """What the rows made: {"orders": n, "refunds": n, …}."""
    unread = models.JSONField(default=list)
    """Columns of the file that say nothing we know."""
    refused_file = models.CharField(max_length=300, blank=True)
    error = models.TextField(blank=True)
    by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.CheckConstraint(condition=Q(progress__gte=0), name="import_progress_is_not_negative"),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | Q(finished_at__gte=F("started_at")),
                name="import_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return self.file
