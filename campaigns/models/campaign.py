"""Campaigns: what is done for whom when something happens, and what it was for."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from loyalty.models import Programme
from members.models import Membership, Purpose

HOLDOUT = "holdout"  # the campaign's own random part that gets nothing
UNIVERSAL = "universal"  # the programme's random part that no campaign reaches


class Campaign(models.Model):
    """One campaign: when it begins for a member, its steps, and what it is measured by.

    What it does is in its versions, which never change. `salt` draws the arms: whoever knows it
    can compute anybody's arm again (campaigns.experiments.allocation). Budgets are counted here,
    under the lock of this row.
    """

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        REVIEW = "REVIEW", _("Waits for approval")
        APPROVED = "APPROVED", _("Approved")
        LIVE = "LIVE", _("Live")
        PAUSED = "PAUSED", _("Paused")
        ENDED = "ENDED", _("Ended")

    class Goal(models.TextChoices):
        SPEND = "SPEND", _("What members spend")
        PURCHASED = "PURCHASED", _("Whether members buy")
        PURCHASES = "PURCHASES", _("How often members buy")
        REDEEMED = "REDEEMED", _("Whether members redeem")

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="campaigns")
    key = models.SlugField(max_length=60)
    name_nl = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100)
    purpose = models.CharField(max_length=16, choices=Purpose.choices, default=Purpose.OFFERS)
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    version = models.PositiveIntegerField(default=0)  # the one in force; 0: none yet
    salt = models.CharField(max_length=32)
    holdout = models.PositiveSmallIntegerField(default=10)  # per cent
    exclusion_group = models.SlugField(max_length=60, blank=True)
    priority = models.PositiveSmallIntegerField(default=50)  # of its messages, 0 to 100
    goal = models.CharField(max_length=16, choices=Goal.choices, default=Goal.SPEND)
    goal_days = models.PositiveSmallIntegerField(default=28)  # after a member entered
    reading_on = models.DateField(null=True, blank=True)  # the day it is judged, said beforehand
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    budget_points = models.PositiveBigIntegerField(null=True, blank=True)
    budget_money = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    spent_points = models.PositiveBigIntegerField(default=0)
    spent_money = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    created_by = models.CharField(max_length=100)
    created_at = models.DateTimeField()
    asked_by = models.CharField(max_length=100, blank=True)  # who asked for approval
    approved_by = models.CharField(max_length=100, blank=True)
    approved_at = models.DateTimeField(null=True)
    launched_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    stop_reason = models.CharField(max_length=200, blank=True)  # a code: "budget", "killed", "over"
    # The moment of its schedule that members come in for, and after which membership; null: all did.
    planned_for = models.DateTimeField(null=True)
    planned_after = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        permissions = [
            ("approve_campaign", _("Can approve campaigns of others")),
            ("stop_campaign", _("Can stop campaigns at once")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["programme", "key"], name="campaign_key_once"),
            models.CheckConstraint(condition=Q(holdout__lte=90), name="campaign_holdout_part"),
            models.CheckConstraint(condition=Q(priority__lte=100), name="campaign_priority"),
            models.CheckConstraint(
                condition=Q(approved_by="") | ~Q(approved_by=F("asked_by")),
                name="campaign_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(budget_points=None) | Q(spent_points__lte=F("budget_points")),
                name="campaign_points_within_budget",
            ),
            models.CheckConstraint(
                condition=Q(budget_money=None) | Q(spent_money__lte=F("budget_money")),
                name="campaign_money_within_budget",
            ),
        ]

    def __str__(self) -> str:
        return self.name_nl if get_language() == "nl" else self.name_en


class CampaignVersion(models.Model):
    """What a campaign does, as saved once: trigger, audience, variants, steps (as JSON)."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    document = models.JSONField()
    saved_by = models.CharField(max_length=100)
    saved_at = models.DateTimeField()

    app_rights = "SELECT, INSERT"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "number"], name="campaign_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} version {self.number}"


class CampaignNote(models.Model):
    """What people made of a result, and what they decided; kept beside it, never changed."""

    class Kind(models.TextChoices):
        NOTE = "NOTE", _("Note")
        DECISION = "DECISION", _("Decision")

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="notes")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    text = models.TextField()
    actor = models.CharField(max_length=100)
    written_at = models.DateTimeField()

    app_rights = "SELECT, INSERT"

    def __str__(self) -> str:
        return self.text[:60]


class Participant(models.Model):
    """A member in a campaign, once per `key` (the event or the day that brought them in).

    The arm is drawn before anything is done and never changes. Who is held out has no steps.
    `place` is the path of the step that comes next in the version's document.
    """

    class State(models.TextChoices):
        ACTIVE = "ACTIVE"
        DONE = "DONE"
        HELD_OUT = "HELD_OUT"
        STOPPED = "STOPPED"  # with the campaign, or for they were erased or left

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="participants")
    membership = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="participations"
    )
    key = models.CharField(max_length=120)
    version = models.PositiveIntegerField()
    arm = models.CharField(max_length=40)  # a variant's key, HOLDOUT or UNIVERSAL
    state = models.CharField(max_length=16, choices=State.choices)
    place = models.CharField(max_length=100, blank=True)
    wake_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    context = models.JSONField(default=dict)  # of the event: ids and numbers, nothing personal
    entered_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "membership", "key"], name="participant_once"
            ),
            models.CheckConstraint(
                condition=~Q(arm__in=[HOLDOUT, UNIVERSAL]) | ~Q(state__in=["ACTIVE", "DONE"]),
                name="participant_held_out_does_nothing",
            ),
        ]
        indexes = [
            models.Index(
                fields=["wake_at", "id"], condition=Q(state="ACTIVE"), name="participant_next"
            ),
            models.Index(fields=["membership", "-entered_at"], name="participant_of_member"),
        ]

    def __str__(self) -> str:
        return self.key


class StepTaken(models.Model):
    """What became of one step for one participant."""

    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="steps")
    place = models.CharField(max_length=100)
    kind = models.CharField(max_length=20)  # "message", "points" …
    outcome = models.CharField(max_length=40)  # "done", "yes", "no", "refused:no_budget" …
    params = models.JSONField(default=dict)
    taken_at = models.DateTimeField()

    app_rights = "SELECT, INSERT, DELETE"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["participant", "place"], name="step_taken_once"),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.outcome}"
