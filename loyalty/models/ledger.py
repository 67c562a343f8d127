"""The books. Only the database function `ledger_post` writes these tables.

Points move from an account to an account, so the sum over all accounts is zero by construction.
Members' accounts keep a balance with a gapless version; what the programme itself gave out, took
in or let lapse is a sum over its accounts, never a row that every purchase would have to lock.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from loyalty.models.programme import Unit


class Account(models.Model):
    """One holder's place for one unit, or one of the programme's own."""

    class Kind(models.TextChoices):
        MEMBER = "MEMBER"
        ISSUANCE = "ISSUANCE"
        REDEEMED = "REDEEMED"
        EXPIRED = "EXPIRED"
        RETURNED = "RETURNED"
        OWED = "OWED"
        ADJUSTMENT = "ADJUSTMENT"

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="accounts")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    holder = models.UUIDField(null=True)
    balance = models.BigIntegerField(default=0)
    version = models.BigIntegerField(default=0)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    app_rights = "SELECT"

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        permissions = [("adjust_points", _("Can correct points"))]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "holder"], condition=Q(kind="MEMBER"), name="account_one_per_holder"
            ),
            models.UniqueConstraint(
                fields=["unit", "kind"], condition=~Q(kind="MEMBER"), name="account_one_per_kind"
            ),
            models.CheckConstraint(
                condition=Q(kind="MEMBER", holder__isnull=False)
                | (~Q(kind="MEMBER") & Q(holder__isnull=True, balance=0, version=0)),
                name="account_only_members_hold",
            ),
            models.CheckConstraint(condition=Q(balance__gte=0), name="account_never_below_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Transfer(models.Model):
    """One movement of points. Added, never changed: a mistake is put right by another.

    There are no foreign keys in the database on this table and on lots: each check would lock the
    account that all purchases share. The audit proves what the keys would have.
    """

    class Kind(models.TextChoices):
        EARN = "EARN"
        REDEEM = "REDEEM"
        EXPIRE = "EXPIRE"
        ADJUST = "ADJUST"

    debit_account = models.ForeignKey(
        Account, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    credit_account = models.ForeignKey(
        Account, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    points = models.BigIntegerField()
    kind = models.CharField(max_length=16, choices=Kind.choices)
    source = models.CharField(max_length=100)
    external_id = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    reasons = models.JSONField(default=list)
    actor = models.CharField(max_length=100)
    effective_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    debit_before = models.BigIntegerField(null=True)
    debit_version = models.BigIntegerField(null=True)
    credit_before = models.BigIntegerField(null=True)
    credit_version = models.BigIntegerField(null=True)

    app_rights = "SELECT"

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        constraints = [
            models.CheckConstraint(condition=Q(points__gt=0), name="transfer_moves_points"),
            models.CheckConstraint(
                condition=~Q(debit_account=F("credit_account")),
                name="transfer_between_two_accounts",
            ),
            models.UniqueConstraint(
                fields=["source", "external_id"], name="transfer_business_key_once"
            ),
            models.UniqueConstraint(
                fields=["debit_account", "debit_version"],
                condition=Q(debit_version__isnull=False),
                name="transfer_debit_version_once",
            ),
            models.UniqueConstraint(
                fields=["credit_account", "credit_version"],
                condition=Q(credit_version__isnull=False),
                name="transfer_credit_version_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.points} ({self.source}:{self.external_id})"


class Lot(models.Model):
    """Points earned together. Usable while available_from <= now < expires_at, whatever ran."""

    transfer = models.ForeignKey(
        Transfer, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    account = models.ForeignKey(
        Account, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    granted = models.BigIntegerField()
    remaining = models.BigIntegerField()
    available_from = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)

    app_rights = "SELECT"

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(granted__gt=0, remaining__gte=0, remaining__lte=F("granted")),
                name="lot_remaining_within_granted",
            ),
        ]
        indexes = [
            # what an account can spend, in the order in which it is spent
            models.Index(
                F("account"),
                F("expires_at").asc(nulls_last=True),
                F("id"),
                condition=Q(remaining__gt=0),
                name="lot_open_by_expiry",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.remaining}/{self.granted}"


class LotMove(models.Model):
    """Which lot paid for a transfer, and how much of it: taken below zero, given back above."""

    lot = models.ForeignKey(Lot, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    transfer = models.ForeignKey(
        Transfer, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    points = models.BigIntegerField()

    app_rights = "SELECT"

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(points=0), name="lotmove_moves_points"),
        ]

    def __str__(self) -> str:
        return f"{self.points:+}"
