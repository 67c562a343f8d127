from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from loyalty.models import Programme


class Reward(models.Model):
    """Something that points buy."""

    class State(models.TextChoices):
        DRAFT = "DRAFT"
        LIVE = "LIVE"
        STOPPED = "STOPPED"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="rewards")
    key = models.SlugField(max_length=60)
    name_nl = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100)
    description_nl = models.TextField(blank=True)
    description_en = models.TextField(blank=True)
    points = models.PositiveIntegerField(help_text="What it costs.")
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    available_from = models.DateTimeField(null=True, blank=True)
    available_until = models.DateTimeField(null=True, blank=True)
    voucher_valid_days = models.PositiveSmallIntegerField(default=90)
    limit_per_member = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("reward")
        verbose_name_plural = _("rewards")
        constraints = [
            models.UniqueConstraint(fields=["programme", "key"], name="reward_key_once"),
            models.CheckConstraint(condition=Q(points__gt=0), name="reward_costs_points"),
            models.CheckConstraint(
                condition=Q(available_until__isnull=True)
                | Q(available_from__isnull=True)
                | Q(available_until__gt=F("available_from")),
                name="reward_period_not_empty",
            ),
        ]

    def __str__(self) -> str:
        return self.name_nl


class Stock(models.Model):
    """How many of a reward there are. A reward without stock has no limit."""

    reward = models.OneToOneField(Reward, on_delete=models.CASCADE, related_name="stock")
    total = models.PositiveIntegerField()
    taken = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(taken__lte=F("total")), name="stock_never_oversold"),
        ]

    def __str__(self) -> str:
        return f"{self.taken}/{self.total}"
