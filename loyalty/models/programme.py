from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loyalty.types import Rounding


class Programme(models.Model):
    """A loyalty scheme and its policies."""

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
    points_valid_months = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="Points lapse at the end of the day, this many months on. Empty: never.",
    )
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


class Unit(models.Model):
    """What is saved in a programme: points, later also tier credits and stamps."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="units")
    code = models.SlugField(default="points")
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
