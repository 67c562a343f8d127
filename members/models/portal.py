from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.member import Membership
from members.models.user import User


class Message(models.Model):
    """Something told to a member in the message box of the portal; `key` makes it once."""

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="messages")
    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)  # "welcome", "expiry", "tier", "service", "offer"
    title_nl = models.CharField(max_length=120)
    title_en = models.CharField(max_length=120)
    text_nl = models.TextField()
    text_en = models.TextField()
    link = models.CharField(max_length=200, blank=True)  # a path in the portal
    sent_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["membership", "key"], name="message_once"),
        ]
        indexes = [models.Index(fields=["membership", "-sent_at"], name="message_of_member")]

    def __str__(self) -> str:
        return self.title_nl


class WalletPass(models.Model):
    """A member's card in the phone's wallet; the serial says nothing about who it is."""

    class Wallet(models.TextChoices):
        APPLE = "APPLE", "Apple Wallet"
        GOOGLE = "GOOGLE", "Google Wallet"

    serial = models.UUIDField(primary_key=True)
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="passes")
    wallet = models.CharField(max_length=16, choices=Wallet.choices)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True)
    notice = models.TextField(default="", blank=True)  # the last that was told on it
    noticed_at = ArrayField(models.DateTimeField(), default=list, blank=True)  # the last three

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["membership", "wallet"], name="wallet_pass_once"),
        ]

    def __str__(self) -> str:
        return str(self.serial)


class WalletDevice(models.Model):
    """A device that asked to be told when a pass changes (Apple's registration)."""

    card = models.ForeignKey(WalletPass, on_delete=models.CASCADE, related_name="devices")
    device = models.CharField(max_length=100)
    push_token = models.CharField(max_length=200)
    registered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["card", "device"], name="wallet_device_once"),
        ]

    def __str__(self) -> str:
        return self.device


class SavedFilter(models.Model):
    """A colleague's own view of a list in the console: its address behind the question mark."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_filters")
    page = models.CharField(max_length=60)  # "members_member"
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1_000)
    is_shared = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        constraints = [
            models.UniqueConstraint(fields=["user", "page", "name"], name="saved_filter_once"),
        ]

    def __str__(self) -> str:
        return self.name
