from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from loyalty.models import Programme, Unit
from members.models import Membership
from rewards.models.catalogue import Reward


class Occasion(models.Model):
    """A moment at which members get a reward without asking for it."""

    class Moment(models.TextChoices):
        JOINED = "JOINED", _("When somebody joins")
        BIRTHDAY = "BIRTHDAY", _("On a birthday")
        ANNIVERSARY = "ANNIVERSARY", _("Each year since joining")
        TIER_REACHED = "TIER_REACHED", _("When a tier is reached")
        POINTS_EARNED = "POINTS_EARNED", _("When so many points were earned in all")
        BALANCE_REACHED = "BALANCE_REACHED", _("When so many points can be spent")  # pays with them
        PURCHASES = "PURCHASES", _("After so many purchases")
        INACTIVE = "INACTIVE", _("After so many days without a visit")

    class Way(models.TextChoices):
        GIVE = "GIVE", _("Give it")
        CHOICE = "CHOICE", _("Let the member choose one")
        SURPRISE = "SURPRISE", _("A surprise, drawn by chance")

    class State(models.TextChoices):
        DRAFT = "DRAFT"
        LIVE = "LIVE"
        STOPPED = "STOPPED"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="occasions")
    key = models.SlugField(max_length=60)
    name_nl = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100)
    moment = models.CharField(max_length=20, choices=Moment.choices)
    params = models.JSONField(default=dict)  # {"points": 500}, {"tier": "gold"}, {"days": 60} …
    way = models.CharField(max_length=16, choices=Way.choices)
    valid_days = models.PositiveSmallIntegerField(default=30)  # to choose or to open it
    tiers = models.JSONField(default=list)  # whom it is for; empty: everybody
    segments = models.JSONField(default=list)
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("occasion")
        verbose_name_plural = _("occasions")
        constraints = [
            models.UniqueConstraint(fields=["programme", "key"], name="occasion_key_once"),
        ]

    def __str__(self) -> str:
        return self.name_nl if get_language() == "nl" else self.name_en


class OccasionReward(models.Model):
    """One of the rewards of an occasion; the weight is its chance in a surprise."""

    occasion = models.ForeignKey(Occasion, on_delete=models.CASCADE, related_name="choices")
    reward = models.ForeignKey(Reward, on_delete=models.PROTECT, related_name="occasions")
    weight = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["occasion", "reward"], name="occasion_reward_once"),
            models.CheckConstraint(condition=Q(weight__gt=0), name="occasion_weight_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.weight}"


class Grant(models.Model):
    """A reward that a member was given; taking it up makes a redemption that costs nothing.

    `key` is what it was given for, so that it is given once: occasion:birthday:2026,
    activity:<id>:<reward>, card:<key>:3.
    """

    class State(models.TextChoices):
        OPEN = "OPEN", _("Waits")  # to be chosen or opened
        TAKEN = "TAKEN", _("Taken")
        LAPSED = "LAPSED", _("Lapsed")
        WITHDRAWN = "WITHDRAWN", _("Withdrawn")  # what it was given for was undone

    id = models.UUIDField(primary_key=True)
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="grants")
    key = models.CharField(max_length=200)
    occasion = models.ForeignKey(
        Occasion, null=True, on_delete=models.PROTECT, related_name="grants"
    )
    reward = models.ForeignKey(  # null: still to be chosen
        Reward, null=True, on_delete=models.PROTECT, related_name="grants"
    )
    reason = models.JSONField(default=dict)  # words for the member: {"nl": …, "en": …}
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN)
    is_surprise = models.BooleanField(default=False)  # shown closed until it is opened
    granted_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("given reward")
        verbose_name_plural = _("given rewards")
        constraints = [
            models.UniqueConstraint(fields=["membership", "key"], name="grant_key_once"),
            models.CheckConstraint(
                condition=~Q(state="TAKEN") | Q(reward__isnull=False), name="grant_taken_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class StampCard(models.Model):
    """A card that is full after so many stamps; its stamps are a unit of the ledger.

    An earning rule, kept by this card alone, gives them; a full card pays for its reward with them,
    and the next card has begun.
    """

    class State(models.TextChoices):
        DRAFT = "DRAFT"
        LIVE = "LIVE"
        STOPPED = "STOPPED"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="stamp_cards")
    key = models.SlugField(max_length=40)
    name_nl = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100)
    unit = models.OneToOneField(Unit, on_delete=models.PROTECT, related_name="stamp_card")
    rule_key = models.SlugField(max_length=60)
    stamps = models.PositiveSmallIntegerField()  # to fill it
    collect = models.JSONField()  # by purchase, product or visit (rewards.stamps)
    reward = models.ForeignKey(Reward, on_delete=models.PROTECT, related_name="stamp_cards")
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)  # no stamps from then on

    class Meta:
        verbose_name = _("stamp card")
        verbose_name_plural = _("stamp cards")
        constraints = [
            models.UniqueConstraint(fields=["programme", "key"], name="stamp_card_key_once"),
            models.CheckConstraint(condition=Q(stamps__gte=2), name="stamp_card_has_stamps"),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True)
                | Q(starts_at__isnull=True)
                | Q(ends_at__gt=F("starts_at")),
                name="stamp_card_period_not_empty",
            ),
        ]

    def __str__(self) -> str:
        return self.name_nl if get_language() == "nl" else self.name_en
