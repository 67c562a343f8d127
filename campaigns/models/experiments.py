"""What campaigns caused: readings of their results, and tests of the dose of messages."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import Campaign
from loyalty.models import Programme


class Reading(models.Model):
    """A campaign's result as it was read once; the figures are never changed afterwards."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="readings")
    read_at = models.DateTimeField()
    is_final = models.BooleanField(default=False)  # on the day that was said beforehand
    figures = models.JSONField()
    actor = models.CharField(max_length=100)

    app_rights = "SELECT, INSERT"

    class Meta:
        verbose_name = _("what a campaign caused")
        verbose_name_plural = _("what campaigns caused")
        constraints = [
            models.UniqueConstraint(
                fields=["campaign"], condition=Q(is_final=True), name="reading_final_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.read_at:%Y-%m-%d}"


class DoseTest(models.Model):
    """The cap on messages itself drawn by lot: who hears from us how often, and what that does."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        LIVE = "LIVE", _("Live")
        ENDED = "ENDED", _("Ended")

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="dose_tests")
    name = models.CharField(max_length=100)
    doses = models.JSONField()  # caps in cap_days: [1, 2, 4]
    salt = models.CharField(max_length=32)
    share = models.PositiveSmallIntegerField(default=100)  # per cent of members who take part
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    starts_at = models.DateTimeField(null=True)
    reading_on = models.DateField()
    ended_at = models.DateTimeField(null=True)
    figures = models.JSONField(default=dict)  # the last reading
    read_at = models.DateTimeField(null=True)
    decision = models.TextField(blank=True)
    created_by = models.CharField(max_length=100)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("dose test")
        verbose_name_plural = _("dose tests")
        constraints = [
            models.UniqueConstraint(
                fields=["programme"], condition=Q(state="LIVE"), name="dose_test_one_live"
            ),
            models.CheckConstraint(condition=Q(share__lte=100), name="dose_test_share"),
        ]

    def __str__(self) -> str:
        return self.name
