from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models import Membership
from rewards.models.catalogue import Reward


class Redemption(models.Model):
    """A member took a reward; the ledger's hold and transfer carry the key (redemption, id).

    AUTHORISED: points and stock are set aside until `expires_at`. CAPTURED: paid; the voucher is
    out, or somebody has to deliver. FULFILLED: had. The other states are ends: what was taken is
    back with the member, and the reward with the shop.
    """

    class State(models.TextChoices):
        AUTHORISED = "AUTHORISED", _("Set aside")
        CAPTURED = "CAPTURED", _("Paid")
        FULFILLED = "FULFILLED", _("Received")
        CANCELLED = "CANCELLED", _("Cancelled")
        EXPIRED = "EXPIRED", _("Not finished in time")
        RETURNED = "RETURNED", _("Returned")

    id = models.UUIDField(primary_key=True)
    # Without a constraint: each redemption of a hot reward would lock its row; the audit looks.
    # Both are found by the indexes below, which begin with them.
    reward = models.ForeignKey(
        Reward,
        on_delete=models.PROTECT,
        related_name="redemptions",
        db_constraint=False,
        db_index=False,
    )
    membership = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="redemptions", db_index=False
    )
    grant = models.OneToOneField(
        "rewards.Grant", null=True, on_delete=models.PROTECT, related_name="redemption"
    )
    state = models.CharField(
        max_length=16, choices=State.choices, default=State.CAPTURED, db_default="CAPTURED"
    )
    unit = models.SlugField(default="points", db_default="points")  # what was paid with
    points = models.PositiveIntegerField()
    money = models.DecimalField(max_digits=10, decimal_places=2, default=0, db_default=0)
    # What it is worth where it is handed in: the tender's money, a gift card's value.
    worth = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    hold = models.BigIntegerField(null=True)  # of the ledger, when it was authorised first
    balance_after = models.BigIntegerField(null=True)  # once it is captured
    is_from_stock = models.BooleanField(default=False)  # and has not gone back to it
    request_key = models.CharField(max_length=300, unique=True)
    fingerprint = models.CharField(max_length=64)
    channel = models.CharField(max_length=40)
    location = models.CharField(max_length=100, blank=True, default="", db_default="")
    order = models.CharField(max_length=100, blank=True, default="", db_default="")  # the shop's
    choice = models.JSONField(default=dict, blank=True, db_default={})  # colours, a slot, a size
    actor = models.CharField(max_length=100)
    redeemed_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)  # of the hold
    undo_until = models.DateTimeField(null=True)  # until then the member may change their mind
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("redemption")
        verbose_name_plural = _("redemptions")
        permissions = [
            ("fulfil_redemption", _("Can deliver what members took")),
            ("cancel_redemption", _("Can cancel what members took")),
        ]
        indexes = [
            models.Index(fields=["membership", "-redeemed_at"], name="redemption_of_member"),
            models.Index(fields=["reward", "membership"], name="redemption_of_reward"),
            models.Index(
                fields=["expires_at"],
                condition=Q(state="AUTHORISED"),
                name="redemption_set_aside",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="AUTHORISED") | Q(expires_at__isnull=False),
                name="redemption_set_aside_has_term",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["AUTHORISED", "CANCELLED", "EXPIRED"])
                | Q(points=0)
                | Q(balance_after__isnull=False),
                name="redemption_paid_has_balance",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["CANCELLED", "EXPIRED", "RETURNED"], ended_at__isnull=False)
                | Q(state__in=["AUTHORISED", "CAPTURED", "FULFILLED"], ended_at__isnull=True),
                name="redemption_end_has_a_moment",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class RedemptionStep(models.Model):
    """One step of a redemption, as it is told to the member; never changed."""

    app_rights = "SELECT, INSERT"

    redemption = models.ForeignKey(Redemption, on_delete=models.PROTECT, related_name="steps")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=20)  # a state, or SHIPPED, BOOKED, HANDED_OVER, UNDONE …
    params = models.JSONField(default=dict)  # tracking, moment, place; no personal data
    actor = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["redemption", "number"], name="step_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.name}"


class Fulfilment(models.Model):
    """What staff have to do so that a member gets what they took."""

    class Way(models.TextChoices):
        SHIP = "SHIP", _("Send")
        COLLECT = "COLLECT", _("Hand over in the shop")
        BOOK = "BOOK", _("Book and do")

    class State(models.TextChoices):
        TO_DO = "TO_DO", _("To do")
        READY = "READY", _("Ready")  # packed, laid aside, booked
        DONE = "DONE", _("Done")
        DROPPED = "DROPPED", _("Dropped")  # the redemption was cancelled

    redemption = models.OneToOneField(
        Redemption, on_delete=models.PROTECT, related_name="fulfilment"
    )
    way = models.CharField(max_length=16, choices=Way.choices)
    state = models.CharField(max_length=16, choices=State.choices, default=State.TO_DO)
    location = models.CharField(max_length=100, blank=True)  # where it is collected or done
    # Where it is sent to; personal data, which erasure and retention take away.
    recipient = models.CharField(max_length=100, blank=True)
    street = models.CharField(max_length=100, blank=True)
    postal_code = models.CharField(max_length=12, blank=True)
    town = models.CharField(max_length=60, blank=True)
    country = models.CharField(max_length=2, blank=True)
    carrier = models.CharField(max_length=40, blank=True)
    tracking = models.CharField(max_length=80, blank=True)
    booked_for = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by = models.CharField(max_length=100, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        indexes = [
            models.Index(
                fields=["asked_at"],
                condition=Q(state__in=["TO_DO", "READY"]),
                name="fulfilment_to_do",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="DONE", done_at__isnull=False)
                | (~Q(state="DONE") & Q(done_at__isnull=True)),
                name="fulfilment_done_has_a_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.way} {self.redemption_id}"
