from django.db import models
from django.db.models import F, Q

UNITS = [("points", "points"), ("growth", "growth"), ("money", "money")]
"""Money is minor units of the base currency. A transfer never mixes two."""


class Account(models.Model):
    unit = models.CharField(max_length=20, choices=UNITS)
    kind = models.CharField(max_length=20)
    owner = models.BigIntegerField(null=True)
    """An identity number; none: the house."""
    name = models.CharField(max_length=80, blank=True)
    """Which of the house's."""
    share = models.PositiveSmallIntegerField(default=0)
    """An account of the house on which everybody draws is kept in several parts, so that nobody waits."""
    open = models.BooleanField(default=False)
    """It may go below zero: where value comes from."""
    balance = models.BigIntegerField(default=0)
    version = models.BigIntegerField(default=0)
    """How many entries it has."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "unit", "kind"], condition=Q(owner__isnull=False), name="one_account_per_owner"
            ),
            models.UniqueConstraint(
                fields=["name", "unit", "kind", "share"], condition=Q(owner=None), name="one_account_per_name"
            ),
            models.CheckConstraint(condition=Q(open=True) | Q(balance__gte=0), name="nothing_below_zero"),
            models.CheckConstraint(condition=Q(owner=None) ^ Q(name=""), name="an_account_is_somebodys"),
            models.CheckConstraint(condition=Q(unit__in=[unit for unit, _ in UNITS]), name="units_are_known"),
        ]
        indexes = [models.Index(fields=["unit", "kind"])]


class Transfer(models.Model):
    """`amount` left `source` and came to `target`. `at` is when what it stands for happened; the order of the books is
    that of the numbers. That its accounts are there is asked by a guard, of all rows of a statement at once."""

    key = models.CharField(max_length=150)
    digest = models.CharField(max_length=32)
    """Of what was asked: the same key with another wish is an error."""
    source = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    target = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    amount = models.BigIntegerField()
    reason = models.CharField(max_length=40)
    about = models.CharField(max_length=80, blank=True)
    """What it was for: `order:17`, `check_in:4`."""
    at = models.DateTimeField()
    by = models.CharField(max_length=150, blank=True)
    """An operator; empty: a rule."""
    memo = models.CharField(max_length=200, blank=True)
    """An operator's words; they may name somebody, so an erasure blanks them."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], name="a_key_counts_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="a_transfer_moves_something"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="a_transfer_goes_elsewhere"),
        ]
        indexes = [models.Index(fields=["about"], condition=~Q(about=""), name="transfers_about")]


class Entry(models.Model):
    """One side of a transfer, as a guard sees to; `balance` is what it left on the account."""

    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="entries", db_constraint=False)
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    version = models.BigIntegerField()
    amount = models.BigIntegerField()
    balance = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "version"], name="one_entry_per_version")]


PLACES = ("pending", "available", "held", "spent", "expired", "reversed")
"""Where points of a lot can be; each is also a kind of account of its owner, so that the two prove each other."""


class Lot(models.Model):
    """What was earned at once. Every unit of it is in one place; `settled`: it paid a debt."""

    owner = models.BigIntegerField()
    unit = models.CharField(max_length=20, choices=UNITS)
    origin = models.OneToOneField(Transfer, on_delete=models.PROTECT, related_name="lot")
    about = models.CharField(max_length=80, blank=True)
    earned_at = models.DateTimeField()
    matures_at = models.DateTimeField(null=True)
    """When pending becomes available; none: nobody knows yet."""
    expires_at = models.DateTimeField(null=True)
    amount = models.BigIntegerField()
    pending = models.BigIntegerField(default=0)
    available = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0)
    spent = models.BigIntegerField(default=0)
    expired = models.BigIntegerField(default=0)
    reversed = models.BigIntegerField(default=0)
    settled = models.BigIntegerField(default=0)
    owed = models.BigIntegerField(default=0)
    """Of what is held or spent: claimed back, and not paid yet."""
    covered = models.BigIntegerField(default=0)
    """Of what is held or spent: claimed back, and paid by other lots."""

    class Meta:
        constraints = [
            *(models.CheckConstraint(condition=Q(**{f"{p}__gte": 0}), name=f"lot_{p}_not_below_zero")
                for p in (*PLACES, "settled", "owed", "covered")),
            models.CheckConstraint(
                condition=Q(amount=sum((F(p) for p in PLACES), F("settled"))), name="every_unit_of_a_lot_is_somewhere"
            ),
            models.CheckConstraint(
                condition=Q(held__gte=F("owed") + F("covered") - F("spent")), name="only_what_is_gone_is_owed"
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["owner", "unit"],
                condition=Q(pending__gt=0) | Q(available__gt=0) | Q(owed__gt=0),
                name="open_lots",
            ),
            models.Index(fields=["matures_at"], condition=Q(pending__gt=0), name="lots_to_mature"),
            models.Index(fields=["expires_at"], condition=Q(available__gt=0), name="lots_to_expire"),
        ]


class LotMove(models.Model):
    """How much a transfer moved of which lot."""

    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="moves", db_index=False)
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="moves")
    amount = models.BigIntegerField()
    returned = models.BigIntegerField(default=0)
    """Of it, what went back or on since."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["transfer", "lot"], name="one_move_per_lot"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, returned__gte=0, returned__lte=F("amount")), name="no_more_back_than_moved"
            ),
        ]


class Settlement(models.Model):
    """A lot paid what another owed; taken back when what that had been spent on is refunded."""

    debtor = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="+", db_index=False)
    payer = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="+")
    amount = models.BigIntegerField()
    """What of it still stands."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["debtor", "payer"], name="one_settlement_per_pair"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="a_settlement_is_not_below_zero"),
        ]


class Proof(models.Model):
    """That the books were proved, and what did not hold."""

    at = models.DateTimeField(db_index=True)
    transfers = models.BigIntegerField()
    findings = models.JSONField(default=list)
    """[{rule, what, found}]; empty: all holds."""


class Rate(models.Model):
    """What one unit of a currency was worth in the base currency on a day, and until a later day says otherwise."""

    currency = models.CharField(max_length=3)
    day = models.DateField()
    rate = models.DecimalField(max_digits=20, decimal_places=10)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["currency", "day"], name="one_rate_a_day"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="a_rate_is_positive"),
        ]
