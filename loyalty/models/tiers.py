"""Tiers: what members work towards, and where each of them stands."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from loyalty.models.ledger import Account
from loyalty.models.programme import Programme


class TierSet(models.Model):
    """A ladder of tiers and how it is climbed; a programme may have several side by side.

    `policy` is the document of loyalty.earning.tiers: measure, period, downgrade, grace, and the
    tiers with their thresholds, lowest first.
    """

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="tier_sets")
    key = models.SlugField(max_length=60)
    name_nl = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100)
    policy = models.JSONField()
    is_live = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("tier set")
        verbose_name_plural = _("tier sets")
        constraints = [
            models.UniqueConstraint(fields=["programme", "key"], name="tierset_key_once"),
        ]

    def __str__(self) -> str:
        return self.name_nl if get_language() == "nl" else self.name_en


class Standing(models.Model):
    """What the engine knows of a holder: counts, limits used, tiers, what tiers are judged by.

    The fold of their activities in the order in which they happened (loyalty.earning.standing);
    `sequence` goes up with each change, so that nothing is judged by a standing that has moved on.
    `account` is the holder's points account.
    """

    account = models.OneToOneField(
        Account,
        primary_key=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="standing",
    )
    sequence = models.BigIntegerField(default=0)
    last_at = models.DateTimeField(null=True)  # the latest moment that it knows of
    document = models.JSONField(default=dict)

    app_rights = "SELECT"  # members_record_activities and loyalty_set_standing write it

    def __str__(self) -> str:
        return f"{self.account_id} at {self.sequence}"


class TierAssignment(models.Model):
    """A tier given by hand: until a moment, or for life; ended by hand or by time."""

    account = models.ForeignKey(
        Account, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    tier_set = models.ForeignKey(TierSet, on_delete=models.PROTECT, related_name="assignments")
    tier = models.SlugField(max_length=60)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)  # empty: for life
    ended_at = models.DateTimeField(null=True)  # by hand, before its end
    reason = models.CharField(max_length=500)
    actor = models.CharField(max_length=100)

    app_rights = "SELECT, INSERT, UPDATE"

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="tierassignment_period_not_empty",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tier} {self.account_id}"


class TierMove(models.Model):
    """A change of tier as it was found: when it took effect, from what to what, and why."""

    account = models.ForeignKey(
        Account, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    tier_set = models.ForeignKey(TierSet, on_delete=models.PROTECT, related_name="moves")
    before = models.SlugField(max_length=60, blank=True)
    after = models.SlugField(max_length=60, blank=True)
    cause = models.CharField(max_length=40)
    effective_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    app_rights = "SELECT, INSERT"

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "tier_set", "effective_at", "before", "after"],
                name="tiermove_once",
            ),
        ]
        indexes = [models.Index(fields=["account", "-effective_at"], name="tiermove_of_account")]

    def __str__(self) -> str:
        return f"{self.before} to {self.after}"
