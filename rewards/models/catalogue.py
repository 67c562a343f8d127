from datetime import datetime
from typing import Self

from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from loyalty.models import Programme


class RewardQuerySet(models.QuerySet["Reward"]):
    """Rewards by what can be done with them."""

    def available(self, *, at: datetime) -> Self:
        """Those that can be had at that moment: live and within their period, end exclusive."""
        return self.filter(
            Q(available_from=None) | Q(available_from__lte=at),
            Q(available_until=None) | Q(available_until__gt=at),
            state=Reward.State.LIVE,
        )


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

    objects = RewardQuerySet.as_manager()

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
        return self.name_nl if get_language() == "nl" else self.name_en

    def is_available(self, *, at: datetime) -> bool:
        """Whether it can be had at that moment; the same as the queryset's `available`."""
        has_begun = self.available_from is None or self.available_from <= at
        has_ended = self.available_until is not None and self.available_until <= at
        return self.state == self.State.LIVE and has_begun and not has_ended

    @property
    def left_in_stock(self) -> int | None:
        """How many are left, as last read; None when there is no limit."""
        try:
            return self.stock.total - self.stock.taken
        except ObjectDoesNotExist:
            return None


class Stock(models.Model):
    """How many of a reward there are, those taken included. A reward without has no limit.

    The row stays as long as the reward, so that `taken` is always what redemptions took from it.
    """

    reward = models.OneToOneField(Reward, on_delete=models.CASCADE, related_name="stock")
    total = models.PositiveIntegerField()
    taken = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(taken__lte=F("total")), name="stock_never_oversold"),
        ]

    def __str__(self) -> str:
        return f"{self.taken}/{self.total}"
