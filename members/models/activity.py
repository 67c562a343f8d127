from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loyalty.models import Programme, RuleSet
from members.models.member import Member, Membership


class Activity(models.Model):
    """What a member did, as received, with the engine's answer to it.

    (programme, source, external_id) is the business key: whatever comes again under it is the same
    activity, for ever. `award` is what it was given when it was recorded, `facts` what was known of
    the member; with the rule set they judge it again, to the point. What later changed (a return,
    an earlier activity that came in late) is in its revisions. A return names its sale by `original`,
    which may still have to come. No foreign keys on the rows of the hot path; the audit proves what
    they would have.
    """

    id = models.UUIDField(primary_key=True)
    programme = models.ForeignKey(
        Programme, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    membership = models.ForeignKey(
        Membership,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="activities",
    )
    type = models.CharField(max_length=40)
    source = models.CharField(max_length=60)
    external_id = models.CharField(max_length=120)
    fingerprint = models.CharField(max_length=64)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    channel = models.CharField(max_length=40, blank=True)
    location = models.CharField(max_length=100, blank=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    points = models.BigIntegerField()
    balance_after = models.BigIntegerField()
    points_paid = models.BigIntegerField(default=0, db_default=0)  # points that paid for part of it
    tender = models.DecimalField(  # and the money they stood for
        max_digits=14, decimal_places=2, default=0, db_default=0
    )
    original = models.CharField(max_length=200, blank=True, default="", db_default="")
    attributes = models.JSONField(default=dict, db_default={})
    rule_set = models.ForeignKey(
        RuleSet,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        null=True,
        related_name="+",
    )
    facts = models.JSONField(default=dict, db_default={})
    award = models.JSONField()

    app_rights = "SELECT"  # members_record_activities writes it

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "source", "external_id"], name="activity_key_once"
            ),
            models.CheckConstraint(
                condition=Q(points__gte=0) | Q(type="return"), name="activity_points_not_negative"
            ),
        ]
        indexes = [
            models.Index(  # with what segments ask about purchases, who are all asked at once
                fields=["membership", "-occurred_at"],
                include=["programme", "type", "amount", "channel", "location", "id"],
                name="activity_of_member_told",
            ),
            models.Index(
                fields=["programme", "original"],
                condition=~Q(original=""),
                name="activity_return_of",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.source}:{self.external_id}"


class ActivityLine(models.Model):
    """One line of the basket, and the points it earned."""

    pk = models.CompositePrimaryKey("activity_id", "number")
    activity = models.ForeignKey(
        Activity,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="lines",
    )
    number = models.SmallIntegerField()
    product = models.CharField(max_length=100)
    category = models.CharField(max_length=60, blank=True)
    brand = models.CharField(max_length=60, blank=True)
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    points = models.BigIntegerField()
    kind = models.CharField(max_length=16, default="GOODS", db_default="GOODS")
    of_line = models.SmallIntegerField(null=True)  # of a return: the sale's line

    app_rights = "SELECT"  # members_record_activities writes it

    def __str__(self) -> str:
        return f"{self.number}: {self.product}"


class ActivityRevision(models.Model):
    """What an activity is worth from now on, and which other activity made it so.

    The first is number 1; `award` is as the activity's own, over what was kept of the basket.
    """

    pk = models.CompositePrimaryKey("activity_id", "number")
    activity = models.ForeignKey(
        Activity,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="revisions",
    )
    number = models.SmallIntegerField()
    cause = models.UUIDField()  # the return, or the activity that came in late
    facts = models.JSONField()
    award = models.JSONField()
    points = models.BigIntegerField()
    recorded_at = models.DateTimeField()

    app_rights = "SELECT"  # members_record_activities writes it

    class Meta:
        indexes = [models.Index(fields=["cause"], name="revision_by_cause")]

    def __str__(self) -> str:
        return f"{self.activity_id} revision {self.number}"


class TimelineEntry(models.Model):
    """One event in a member's story, as the outbox told it."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="timeline")
    event_id = models.BigIntegerField(unique=True)
    name = models.CharField(max_length=100)
    payload = models.JSONField()
    occurred_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["member", "-occurred_at", "-id"], name="timeline_of_member")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.occurred_at:%Y-%m-%d %H:%M}"
