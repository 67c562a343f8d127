from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loyalty.types import Rounding


class Programme(models.Model):
    """A loyalty scheme and its policies."""

    class ReturnPolicy(models.TextChoices):
        OWED = "OWED"  # take what is there; the rest is earned back first
        WITHIN_BALANCE = "WITHIN_BALANCE"  # take what is there; the rest is forgiven
        WRITE_OFF = "WRITE_OFF"  # take what is left of those very points; the rest is forgiven

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=100)
    currency = models.CharField(max_length=3, default="EUR")
    time_zone = models.CharField(max_length=64, default="Europe/Amsterdam")
    rounding = models.CharField(
        max_length=16, choices=[(r.value, r.value) for r in Rounding], default=Rounding.FLOOR.value
    )
    point_worth = models.DecimalField(
        max_digits=8, decimal_places=4, default=0, help_text="What one point is worth in money."
    )
    # The earning base: what of a purchase counts. After discount always; these on top of it.
    earns_on_points_tender = models.BooleanField(default=False)
    earns_on_gift_cards = models.BooleanField(default=False)
    earns_on_delivery = models.BooleanField(default=False)
    return_policy = models.CharField(
        max_length=16,
        choices=ReturnPolicy.choices,
        default=ReturnPolicy.OWED,
        help_text="What happens when returned goods earned points that are spent.",
    )
    goodwill_days = models.PositiveSmallIntegerField(
        default=14, help_text="How long spent points that lapsed meanwhile are good again."
    )
    transfer_limit = models.PositiveIntegerField(
        null=True, blank=True, help_text="Points a member may give away in a month. Empty: any."
    )
    claim_days = models.PositiveSmallIntegerField(
        default=30, help_text="How long a receipt without a member can be claimed."
    )
    help_email = models.EmailField(blank=True, default="")
    help_phone = models.CharField(max_length=30, blank=True, default="")
    help_hours = models.CharField(max_length=100, blank=True, default="")
    privacy_page = models.URLField(blank=True, default="")
    logo = models.BinaryField(null=True, blank=True)  # PNG, drawn again from what was uploaded
    brand_colour = models.CharField(max_length=7, default="#1f5f4a")
    accent_colour = models.CharField(max_length=7, default="#c8553d")

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")
        constraints = [
            models.CheckConstraint(
                condition=Q(point_worth__gte=0), name="programme_point_worth_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(brand_colour__regex="^#[0-9a-fA-F]{6}$")
                & Q(accent_colour__regex="^#[0-9a-fA-F]{6}$"),
                name="programme_colours_are_hex",
            ),
        ]

    def __str__(self) -> str:
        return self.name


def never() -> dict[str, str]:
    """The expiry policy of what does not lapse."""
    return {"kind": "never"}


class Unit(models.Model):
    """What is saved in a programme: points, tier credits, the stamps of a card, a club's wallet."""

    class Kind(models.TextChoices):
        POINTS = "POINTS"
        CREDITS = "CREDITS"  # counts towards a tier, never spent
        STAMPS = "STAMPS"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="units")
    code = models.SlugField(default="points")
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.POINTS)
    expiry = models.JSONField(default=never)  # a policy of loyalty.earning.terms
    is_shareable = models.BooleanField(default=True)  # may be given away, pooled, donated
    name_nl = models.CharField(max_length=40, default="punten")
    name_en = models.CharField(max_length=40, default="points")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["programme", "code"], name="unit_code_once"),
        ]

    def __str__(self) -> str:
        return f"{self.programme.slug}:{self.code}"


class Configuration(models.Model):
    """One row whose version goes up with every change of rules, policies or keys.

    Every process may keep what it has read for as long as this version has not moved.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    version = models.BigIntegerField(default=1)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="configuration_one_row")]

    def __str__(self) -> str:
        return f"version {self.version}"
