from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from loyalty.models.programme import Programme


class EarningRule(models.Model):
    """What earns points. What it says is in its versions; this is its name and its state."""

    class State(models.TextChoices):
        DRAFT = "DRAFT"
        LIVE = "LIVE"
        STOPPED = "STOPPED"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="earning_rules")
    key = models.SlugField(max_length=60)
    name_nl = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100)
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    source = models.CharField(max_length=100, default="console")

    class Meta:
        verbose_name = _("earning rule")
        verbose_name_plural = _("earning rules")
        constraints = [
            models.UniqueConstraint(fields=["programme", "key"], name="earningrule_key_once"),
        ]

    def __str__(self) -> str:
        return self.name_nl if get_language() == "nl" else self.name_en


class EarningRuleVersion(models.Model):
    """What a rule says from one moment on: a document that never changes once published."""

    rule = models.ForeignKey(EarningRule, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    document = models.JSONField()
    priority = models.IntegerField(default=0)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)
    actor = models.CharField(max_length=100)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule", "number"], name="ruleversion_number_once"),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True)
                | Q(starts_at__isnull=True)
                | Q(ends_at__gt=models.F("starts_at")),
                name="ruleversion_period_not_empty",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule.key} v{self.number}"
