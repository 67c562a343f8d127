"""Offers: what could interest a member, chosen for each."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import Campaign
from loyalty.models import Programme
from members.models import Membership
from rewards.models import Reward


class Offer(models.Model):
    """Something to draw a member's eye to, with what it is about, by which it is chosen."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        LIVE = "LIVE", _("Live")
        STOPPED = "STOPPED", _("Stopped")

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="offers")
    key = models.SlugField(max_length=60)
    title_nl = models.CharField(max_length=100)
    title_en = models.CharField(max_length=100)
    text_nl = models.CharField(max_length=300)
    text_en = models.CharField(max_length=300)
    reward = models.ForeignKey(  # what it leads to; or a rule; or a page
        Reward, null=True, blank=True, on_delete=models.PROTECT, related_name="offers"
    )
    rule = models.CharField(max_length=80, blank=True)  # an earning rule's key
    link = models.CharField(max_length=200, blank=True)
    categories = models.JSONField(default=list)  # what it is about
    brands = models.JSONField(default=list)
    locations = models.JSONField(default=list)
    tiers = models.JSONField(default=list)  # whom it is for; empty: everybody
    segments = models.JSONField(default=list)
    campaign = models.ForeignKey(  # only for those whom this campaign gives it to
        Campaign, null=True, blank=True, on_delete=models.PROTECT, related_name="offers"
    )
    weight = models.PositiveSmallIntegerField(default=50)  # the shop's own wish, 0 to 100
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        constraints = [
            models.UniqueConstraint(fields=["programme", "key"], name="offer_key_once"),
            models.CheckConstraint(condition=Q(weight__lte=100), name="offer_weight"),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(starts_at=None) | Q(ends_at__gt=F("starts_at")),
                name="offer_period_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.title_nl if get_language() == "nl" else self.title_en


class OfferContact(models.Model):
    """What a member has seen of an offer, on which day first, and what they thought of it."""

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="offers")
    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="contacts")
    first_shown_on = models.DateField()
    days_shown = models.PositiveIntegerField(default=1)
    last_shown_on = models.DateField()
    followed_at = models.DateTimeField(null=True)
    dismissed_at = models.DateTimeField(null=True)  # "not interesting"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["membership", "offer"], name="offer_contact_once"),
        ]

    def __str__(self) -> str:
        return f"{self.offer_id}"
