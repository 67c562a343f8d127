from datetime import datetime
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
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

    def visible(self, *, at: datetime) -> Self:
        """Those that the catalogue shows at that moment, whether or not they can be had.

        What says nothing else is shown as long as it can be had.
        """
        return self.alias(
            shown_from=Coalesce("visible_from", "available_from"),
            shown_until=Coalesce("visible_until", "available_until"),
        ).filter(
            Q(shown_from=None) | Q(shown_from__lte=at),
            Q(shown_until=None) | Q(shown_until__gt=at),
            state=Reward.State.LIVE,
            is_listed=True,
        )


class RewardCategory(models.Model):
    """A shelf of the catalogue, as members filter it."""

    programme = models.ForeignKey(
        Programme, on_delete=models.PROTECT, related_name="reward_categories"
    )
    key = models.SlugField(max_length=60)
    name_nl = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("reward category")
        verbose_name_plural = _("reward categories")
        ordering = ["position", "key"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "key"], name="reward_category_key_once"),
        ]

    def __str__(self) -> str:
        return self.name_nl if get_language() == "nl" else self.name_en


class Reward(models.Model):
    """Something that members get: for points, for points and money, or given on an occasion.

    `kind` says what it is, `terms` what it is exactly: the document of that kind (rewards.kinds).
    """

    class State(models.TextChoices):
        DRAFT = "DRAFT"
        LIVE = "LIVE"
        STOPPED = "STOPPED"

    class Kind(models.TextChoices):
        DISCOUNT = "DISCOUNT", _("Discount")
        PRODUCT = "PRODUCT", _("Free product")
        GIFT = "GIFT", _("Gift")
        DELIVERY = "DELIVERY", _("Delivery option")
        SERVICE = "SERVICE", _("Service")
        SAMPLES = "SAMPLES", _("Free samples")
        EXPERIENCE = "EXPERIENCE", _("Experience or event")
        EARLY_ACCESS = "EARLY_ACCESS", _("Early access")
        DONATION = "DONATION", _("Donation")
        PARTNER = "PARTNER", _("Voucher of a partner")
        TENDER = "TENDER", _("Pay with points")
        MULTIPLIER = "MULTIPLIER", _("More points for a while")
        CASH_CARD = "CASH_CARD", _("Gift card")

    class Stacking(models.TextChoices):
        """With which other vouchers in one basket."""

        FREELY = "FREELY", _("With any other")
        ONE_OF_GROUP = "ONE_OF_GROUP", _("One of its group")
        ALONE = "ALONE", _("With no other")

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="rewards")
    key = models.SlugField(max_length=60)
    kind = models.CharField(
        max_length=16, choices=Kind.choices, default=Kind.GIFT, db_default="GIFT"
    )
    terms = models.JSONField(default=dict, blank=True, db_default={})
    category = models.ForeignKey(
        RewardCategory, null=True, blank=True, on_delete=models.SET_NULL, related_name="rewards"
    )
    position = models.SmallIntegerField(default=0, db_default=0)
    name_nl = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100)
    description_nl = models.TextField(blank=True)
    description_en = models.TextField(blank=True)
    small_print_nl = models.TextField(blank=True, default="", db_default="")
    small_print_en = models.TextField(blank=True, default="", db_default="")
    # What it costs the member: points, and money on top of them; fewer points by tier (key: points).
    points = models.PositiveIntegerField(help_text="What it costs.")
    money = models.DecimalField(max_digits=10, decimal_places=2, default=0, db_default=0)
    tier_points = models.JSONField(default=dict, blank=True, db_default={})
    # What it costs us, each; and how much of that there may be in all.
    cost = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    budget = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    is_listed = models.BooleanField(default=True, db_default=True)  # else: on occasions only
    visible_from = models.DateTimeField(null=True, blank=True)
    visible_until = models.DateTimeField(null=True, blank=True)
    available_from = models.DateTimeField(null=True, blank=True)
    available_until = models.DateTimeField(null=True, blank=True)
    voucher_valid_days = models.PositiveSmallIntegerField(default=90)
    limit_per_member = models.PositiveSmallIntegerField(null=True, blank=True)
    limit_days = models.PositiveSmallIntegerField(null=True, blank=True)  # empty: for ever
    # Who may have it, and where; an empty list is everybody, everywhere.
    tiers = ArrayField(models.SlugField(max_length=60), default=list, blank=True, db_default=[])
    segments = ArrayField(models.SlugField(max_length=60), default=list, blank=True, db_default=[])
    channels = ArrayField(models.CharField(max_length=40), default=list, blank=True, db_default=[])
    locations = ArrayField(
        models.CharField(max_length=100), default=list, blank=True, db_default=[]
    )
    # How its voucher behaves.
    is_bearer = models.BooleanField(default=True, db_default=True)  # else: its member's alone
    is_offline = models.BooleanField(default=False, db_default=False)  # also as a signed ticket
    stacking = models.CharField(
        max_length=16, choices=Stacking.choices, default=Stacking.FREELY, db_default="FREELY"
    )
    stacking_group = models.SlugField(max_length=60, blank=True, default="", db_default="")
    undo_minutes = models.PositiveSmallIntegerField(default=15, db_default=15)

    objects = RewardQuerySet.as_manager()

    class Meta:
        verbose_name = _("reward")
        verbose_name_plural = _("rewards")
        constraints = [
            models.UniqueConstraint(fields=["programme", "key"], name="reward_key_once"),
            models.CheckConstraint(
                condition=Q(points__gt=0) | Q(is_listed=False) | Q(kind="TENDER"),
                name="reward_listed_costs_points",
            ),
            models.CheckConstraint(
                condition=Q(available_until__isnull=True)
                | Q(available_from__isnull=True)
                | Q(available_until__gt=F("available_from")),
                name="reward_period_not_empty",
            ),
            models.CheckConstraint(
                condition=Q(visible_until__isnull=True)
                | Q(visible_from__isnull=True)
                | Q(visible_until__gt=F("visible_from")),
                name="reward_visible_not_empty",
            ),
            models.CheckConstraint(
                condition=Q(money__gte=0)
                & (Q(cost__isnull=True) | Q(cost__gte=0))
                & (Q(budget__isnull=True) | Q(budget__gte=0, cost__gt=0)),
                name="reward_money_not_negative",
            ),
            models.CheckConstraint(
                condition=~Q(stacking="ONE_OF_GROUP") | ~Q(stacking_group=""),
                name="reward_stacking_names_group",
            ),
        ]

    def __str__(self) -> str:
        return self.name_nl if get_language() == "nl" else self.name_en

    def is_available(self, *, at: datetime) -> bool:
        """Whether it can be had at that moment; the same as the queryset's `available`."""
        has_begun = self.available_from is None or self.available_from <= at
        has_ended = self.available_until is not None and self.available_until <= at
        return self.state == self.State.LIVE and has_begun and not has_ended

    def points_for(self, tier: str) -> int:
        """What it costs a member of that tier; an empty one is no tier."""
        asked: dict[str, Any] = self.tier_points
        return int(asked.get(tier, self.points))


class RewardPicture(models.Model):
    """A reward's picture, drawn again from what was uploaded, with its words for who cannot see it."""

    reward = models.OneToOneField(Reward, on_delete=models.CASCADE, related_name="picture")
    content = models.BinaryField()  # WebP, 1200 by 900 at most
    digest = models.CharField(max_length=16)
    alt_nl = models.CharField(max_length=150, blank=True)
    alt_en = models.CharField(max_length=150, blank=True)

    def __str__(self) -> str:
        return self.digest


class Stock(models.Model):
    """How many of a reward there are, those taken included. A reward without has no limit.

    What is left stands spread over shelves, so that many members can take at once; what was taken
    is the total less what is left, and as many redemptions as say `is_from_stock`. The total is what
    staff `counted`, or as many as the reward's budget pays for when that is less.
    """

    reward = models.OneToOneField(Reward, on_delete=models.CASCADE, related_name="stock")
    total = models.PositiveIntegerField()
    counted = models.PositiveIntegerField(null=True)  # empty: what the budget pays for

    def __str__(self) -> str:
        return str(self.total)


class Shelf(models.Model):
    """A part of what is left of a reward's stock; rows are taken from, never deleted."""

    stock = models.ForeignKey(Stock, on_delete=models.CASCADE, related_name="shelves")
    place = models.PositiveSmallIntegerField()
    left = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stock", "place"], name="shelf_place_once"),
            models.CheckConstraint(condition=Q(left__gte=0), name="shelf_never_oversold"),
        ]

    def __str__(self) -> str:
        return f"{self.place}: {self.left}"
