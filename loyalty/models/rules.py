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


class RuleSet(models.Model):
    """All by which a programme judges, from one moment on: rules, tiers, units and policies.

    Made whenever one of them changes, never changed itself; `document` is complete, so that what
    was judged under it can be judged again anywhere and for ever (loyalty.earning.ruleset).
    """

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="rule_sets")
    number = models.PositiveIntegerField()
    document = models.JSONField()
    since = models.DateTimeField()
    actor = models.CharField(max_length=100)

    app_rights = "SELECT, INSERT"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="ruleset_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.programme_id} rule set {self.number}"


class Budget(models.Model):
    """What rules may give out together; the engine trims to what is left of it."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="budgets")
    key = models.SlugField(max_length=60)
    name_nl = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100)
    points = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["programme", "key"], name="budget_key_once"),
        ]

    def __str__(self) -> str:
        return self.key


class LimitUse(models.Model):
    """How much of a limit that members share (a budget, a rule's, a location's) is used."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=300)
    used = models.BigIntegerField(default=0)

    app_rights = "SELECT"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["programme", "key"], name="limituse_key_once"),
            models.CheckConstraint(condition=Q(used__gte=0), name="limituse_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.used}"
