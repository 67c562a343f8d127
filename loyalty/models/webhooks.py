"""What is sent to others when something happened."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from loyalty.models.outbox import OutboxEvent
from loyalty.models.programme import Programme


class WebhookEndpoint(models.Model):
    """Where a programme's events go; without names all of them do.

    `paused_until` is what the receiver asked for: nothing leaves for it before.
    """

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="endpoints")
    url = models.URLField(_("address"), max_length=500)
    description = models.CharField(_("description"), max_length=200, blank=True)
    event_names = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    is_active = models.BooleanField(default=True)
    stopped_because = models.CharField(max_length=200, blank=True)
    paused_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        constraints = [
            models.UniqueConstraint(fields=["programme", "url"], name="webhookendpoint_url_once"),
        ]

    def __str__(self) -> str:
        return self.description or self.url


class WebhookSecret(models.Model):
    """What an endpoint's messages are signed with, sealed; after a rotation the older one too."""

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="secrets")
    sealed = models.TextField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"secret {self.pk}"


class WebhookDelivery(models.Model):
    """One event on its way to one endpoint.

    While it is tried, `next_attempt_at` is when somebody else may: a killed sender loses nothing.
    `attempts` are those that began. Without an event it is a test.
    """

    class State(models.TextChoices):
        WAITING = "WAITING"
        DELIVERED = "DELIVERED"
        FAILED = "FAILED"

    endpoint = models.ForeignKey(
        WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries"
    )
    event = models.ForeignKey(OutboxEvent, on_delete=models.CASCADE, null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_index=True)
    delivered_at = models.DateTimeField(null=True)
    last_status = models.PositiveSmallIntegerField(null=True)
    last_error = models.CharField(max_length=300, blank=True)
    last_ms = models.PositiveIntegerField(null=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "event"], name="webhookdelivery_once"),
            models.CheckConstraint(
                condition=Q(state="WAITING") ^ Q(next_attempt_at__isnull=True),
                name="webhookdelivery_waits_for_a_moment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "next_attempt_at"],
                condition=Q(state="WAITING"),
                name="webhookdelivery_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} to {self.endpoint_id}"
