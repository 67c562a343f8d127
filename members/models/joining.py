from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loyalty.models import Programme
from members.models.member import Member, Membership


class JoinLink(models.Model):
    """An address to join by, on a poster, in an advert or a push: it says where and through what.

    Its page is /j/<key>/; whoever joins through it has its touchpoint, location and campaign.
    """

    class Touchpoint(models.TextChoices):
        POSTER = "poster", _("Poster")
        ADVERT = "advert", _("Advert")
        PUSH = "push", _("Push message")
        RECEIPT = "receipt", _("Receipt")
        SITE = "site", _("Website")
        APP = "app", _("App")
        TILL = "till", _("Till")

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="join_links")
    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    touchpoint = models.CharField(max_length=40, choices=Touchpoint.choices)
    location = models.CharField(max_length=100, blank=True)
    campaign = models.CharField(max_length=60, blank=True)
    is_live = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    seen = models.PositiveIntegerField(default=0)  # how often its page was opened

    class Meta:
        verbose_name = _("way to join")
        verbose_name_plural = _("ways to join")

    def __str__(self) -> str:
        return self.name


class Visitor(models.Model):
    """Somebody who is no member yet and agreed to be remembered; the id is in their browser.

    Their events become the member's once they join or sign in.
    """

    id = models.UUIDField(primary_key=True)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    agreed_at = models.DateTimeField()
    text_version = models.CharField(max_length=40)
    member = models.ForeignKey(
        Member, null=True, blank=True, on_delete=models.CASCADE, related_name="visitors"
    )
    known_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.pk)


class VisitorEvent(models.Model):
    """What a visitor did: the activity as it will be recorded once we know whose it is."""

    visitor = models.ForeignKey(Visitor, on_delete=models.CASCADE, related_name="events")
    source = models.CharField(max_length=60)
    external_id = models.CharField(max_length=120)
    submission = models.JSONField()
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["visitor", "source", "external_id"], name="visitor_event_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source}:{self.external_id}"


class GuestSale(models.Model):
    """A purchase at which nobody said who they are, to be claimed later by who holds the receipt.

    `fingerprint` is a keyed hash over receipt number and amount; the first to claim has it. What
    comes back of it meanwhile waits beside it, and names it by `original`.
    """

    id = models.UUIDField(primary_key=True)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=60)
    external_id = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)  # of the submission: the same again is the same sale
    submission = models.JSONField()
    fingerprint = models.CharField(max_length=64)
    original = models.CharField(max_length=200, blank=True, default="", db_default="")
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    claimable_until = models.DateTimeField()
    claimed_by = models.ForeignKey(
        Membership, null=True, blank=True, on_delete=models.PROTECT, related_name="claims"
    )
    claimed_at = models.DateTimeField(null=True)
    activity = models.UUIDField(null=True)  # what it became

    class Meta:
        verbose_name = _("sale without a member")
        verbose_name_plural = _("sales without a member")
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "source", "external_id"], name="guest_sale_once"
            ),
            models.CheckConstraint(
                condition=Q(claimed_by__isnull=True, claimed_at__isnull=True)
                | Q(claimed_by__isnull=False, claimed_at__isnull=False),
                name="guest_sale_claimed_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["programme", "fingerprint"], name="guest_sale_to_claim"),
            models.Index(
                fields=["programme", "original"],
                condition=~Q(original=""),
                name="guest_sale_return_of",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source}:{self.external_id}"


class ClaimAttempt(models.Model):
    """Somebody tried to claim a sale; so many may fail in a day, per member and per address."""

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    address = models.CharField(max_length=64)  # a keyed hash of the network address
    attempted_at = models.DateTimeField()
    is_success = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["membership", "-attempted_at"], name="claim_attempt_of_member"),
            models.Index(fields=["address", "-attempted_at"], name="claim_attempt_from"),
        ]

    def __str__(self) -> str:
        return f"{self.attempted_at:%Y-%m-%d %H:%M}"
