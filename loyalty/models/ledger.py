"""The books. Only the database's `ledger_…` functions write these tables.

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
        ADJUSTMENT = "ADJUSTMENT"
        DONATED = "DONATED"
        OWED = "OWED"  # one per holder: what a return of spent points left to be earned back

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="accounts")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    holder = models.UUIDField(null=True)
    balance = models.BigIntegerField(default=0)
    owed = models.BigIntegerField(default=0, db_default=0)  # taken off what can be spent
    lapses_at = models.DateTimeField(null=True)  # when its sliding lots end, unless used before
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
                fields=["unit", "holder", "kind"],
                condition=Q(kind="OWED"),
                name="account_one_debt_per_holder",
            ),
            models.UniqueConstraint(
                fields=["unit", "kind"],
                condition=~Q(kind__in=["MEMBER", "OWED"]),
                name="account_one_per_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind="MEMBER", holder__isnull=False)
                | Q(kind="OWED", holder__isnull=False, balance=0, version=0)
                | (~Q(kind__in=["MEMBER", "OWED"]) & Q(holder__isnull=True, balance=0, version=0)),
                name="account_only_members_hold",
            ),
            models.CheckConstraint(
                condition=Q(balance__gte=0, owed__gte=0), name="account_never_below_zero"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Transfer(models.Model):
    """One movement of points. Added, never changed: a mistake is put right by another.

    There are no foreign keys in the database on this table and on lots: each check would lock the
    account that all purchases share. The audit proves what the keys would have.
    """

    class Kind(models.TextChoices):
        EARN = "EARN"  # issuance to member
        REDEEM = "REDEEM"  # member to redeemed
        EXPIRE = "EXPIRE"  # member to expired
        ADJUST = "ADJUST"  # adjustment to member, or back
        RETURN = "RETURN"  # member to returned: what was earned on goods that came back
        CANCEL = "CANCEL"  # member to returned: pending points that never became active
        RESTORE = "RESTORE"  # redeemed to member: spent points back, to the lots that paid
        OWE = "OWE"  # owed to returned: what a return could not take
        REPAY = "REPAY"  # member to owed
        FORGIVE = "FORGIVE"  # returned to owed
        MOVE = "MOVE"  # member to member, a pool included; lots keep their dates
        DONATE = "DONATE"  # member to donated

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
    reverses = models.BigIntegerField(null=True)  # the transfer that this one takes back
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
    """Points earned together. Usable while available_from <= now < expires_at, whatever ran.

    Without `available_from` they wait for the event named in `awaits`; with both, for whichever
    comes first. The lots of one transfer that is a MOVE are several: each keeps its dates. Of a
    sliding lot the end is its account's `lapses_at`. What is granted never changes, the dates only
    through a LotChange.
    """

    transfer = models.ForeignKey(
        Transfer, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    account = models.ForeignKey(
        Account, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    granted = models.BigIntegerField()
    remaining = models.BigIntegerField()
    available_from = models.DateTimeField(null=True)
    awaits = models.CharField(max_length=40, blank=True, default="", db_default="")
    expires_at = models.DateTimeField(null=True)
    is_sliding = models.BooleanField(default=False, db_default=False)
    # the lot of another account that it was, before its holder was merged with this one
    origin = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    # the expiry policy it was granted under (loyalty.earning.terms), to date it once it is active
    expiry = models.CharField(max_length=200, blank=True, default="", db_default="")

    app_rights = "SELECT"

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(granted__gt=0, remaining__gte=0, remaining__lte=F("granted")),
                name="lot_remaining_within_granted",
            ),
            models.CheckConstraint(
                condition=Q(available_from__isnull=False) | ~Q(awaits=""),
                name="lot_waits_for_a_time_or_an_event",
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


class LotChange(models.Model):
    """New dates for a lot, by a named deed: the only way in which a lot's dates change."""

    class Deed(models.TextChoices):
        ACTIVATE = "ACTIVATE"  # what it waited for has happened
        EXTEND = "EXTEND"
        REINSTATE = "REINSTATE"  # lapsed points made good again; the lot itself is a new one
        CANCEL = "CANCEL"

    lot = models.ForeignKey(Lot, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    deed = models.CharField(max_length=16, choices=Deed.choices)
    available_before = models.DateTimeField(null=True)
    available_from = models.DateTimeField(null=True)
    expires_before = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    source = models.CharField(max_length=100)
    external_id = models.CharField(max_length=200)
    reason = models.CharField(max_length=500, blank=True)
    actor = models.CharField(max_length=100)
    recorded_at = models.DateTimeField()

    app_rights = "SELECT"

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lot", "source", "external_id"], name="lotchange_key_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deed} {self.lot_id}"


class Slide(models.Model):
    """An activity that moved the end of an account's sliding lots further on."""

    account = models.ForeignKey(
        Account, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    lapses_at = models.DateTimeField()
    effective_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    app_rights = "SELECT"

    def __str__(self) -> str:
        return f"{self.account_id} until {self.lapses_at:%Y-%m-%d}"


class Hold(models.Model):
    """Points set aside before payment: captured up to the amount, voided, or run out by itself.

    A live hold (not ended, `expires_at` ahead) is taken off what can be spent. The lots are chosen
    when it is captured, as if it were the moment of `authorised_at`.
    """

    class End(models.TextChoices):
        CAPTURED = "CAPTURED"
        VOIDED = "VOIDED"

    account = models.ForeignKey(
        Account, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    points = models.BigIntegerField()
    source = models.CharField(max_length=100)
    external_id = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    actor = models.CharField(max_length=100)
    authorised_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    end = models.CharField(max_length=16, choices=End.choices, blank=True, default="")
    captured = models.BigIntegerField(default=0)
    transfer = models.BigIntegerField(null=True)

    app_rights = "SELECT"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="hold_key_once"),
            models.CheckConstraint(
                condition=Q(points__gt=0, captured__gte=0, captured__lte=F("points")),
                name="hold_captured_within_points",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end="", captured=0, transfer__isnull=True)
                | Q(ended_at__isnull=False, end="VOIDED", captured=0, transfer__isnull=True)
                | Q(
                    ended_at__isnull=False,
                    end="CAPTURED",
                    captured__gt=0,
                    transfer__isnull=False,
                ),
                name="hold_ends_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["account", "expires_at"],
                condition=Q(ended_at__isnull=True),
                name="hold_live_of_account",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.points} until {self.expires_at:%Y-%m-%d %H:%M}"


class HolderMerge(models.Model):
    """Two holders found to be one (MERGE), or parted again; added, never changed.

    While they are one, all that the absorbed one had is the kept one's, and its accounts are closed.
    """

    class Deed(models.TextChoices):
        MERGE = "MERGE"
        PART = "PART"

    kept = models.UUIDField(db_index=True)
    absorbed = models.UUIDField(db_index=True)
    merge = models.UUIDField()  # what it is called by those who know whom the holders are
    deed = models.CharField(max_length=16, choices=Deed.choices)
    actor = models.CharField(max_length=100)
    recorded_at = models.DateTimeField()

    app_rights = "SELECT"  # ledger_merge_holders writes it

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merge", "absorbed", "deed"], name="holdermerge_deed_once"
            ),
            models.CheckConstraint(
                condition=~Q(kept=F("absorbed")), name="holdermerge_of_two_holders"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deed} {self.absorbed} {self.kept}"


class Seal(models.Model):
    """A day's books closed with a hash over them and over the seal before: the chain's link."""

    programme = models.ForeignKey("loyalty.Programme", on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    last_transfer = models.BigIntegerField()
    transfers = models.BigIntegerField()
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    app_rights = "SELECT, INSERT"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["programme", "day"], name="seal_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.digest[:12]}"
