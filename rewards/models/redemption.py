from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models import Membership
from rewards.models.catalogue import Reward


class Redemption(models.Model):
    """A member took a reward for points; the ledger's transfer is (redemption, id)."""

    id = models.UUIDField(primary_key=True)
    reward = models.ForeignKey(Reward, on_delete=models.PROTECT, related_name="redemptions")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="redemptions")
    points = models.PositiveIntegerField()
    balance_after = models.BigIntegerField()
    is_from_stock = models.BooleanField(default=False)  # a reward's `taken` is the count of these
    request_key = models.CharField(max_length=300, unique=True)
    fingerprint = models.CharField(max_length=64)
    channel = models.CharField(max_length=40)
    actor = models.CharField(max_length=100)
    redeemed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("redemption")
        verbose_name_plural = _("redemptions")
        indexes = [
            models.Index(fields=["membership", "-redeemed_at"], name="redemption_of_member"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Voucher(models.Model):
    """What the member shows. Its code is made from its id and never stored (rewards.codes)."""

    class State(models.TextChoices):
        ISSUED = "ISSUED"
        USED = "USED"

    id = models.UUIDField(primary_key=True)
    redemption = models.OneToOneField(Redemption, on_delete=models.PROTECT, related_name="voucher")
    digest = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.ISSUED)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    used_by = models.CharField(max_length=100, blank=True)
    used_location = models.CharField(max_length=100, blank=True)
    used_key = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="USED", used_at__isnull=False)
                | Q(state="ISSUED", used_at__isnull=True),
                name="voucher_used_has_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True) | Q(used_at__lt=models.F("expires_at")),
                name="voucher_never_used_late",
            ),
            models.UniqueConstraint(
                fields=["used_key"], condition=~Q(used_key=""), name="voucher_used_key_once"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
