from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class OutboxEvent(models.Model):
    """What happened, said once, in the transaction in which it happened.

    `subject` is whom it is about, as an opaque id: a holder, or a member. `place` is where it stands
    in the feed, given when it is handed on: a higher one is never seen before a lower one.
    `programmes` are those that may know of it, settled at that moment too.
    """

    name = models.CharField(max_length=100)
    subject = models.UUIDField(null=True)
    payload = models.JSONField()
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    dispatched_at = models.DateTimeField(null=True)
    place = models.BigIntegerField(null=True, unique=True)
    programmes = ArrayField(models.BigIntegerField(), default=list, db_default=[])

    app_rights = "SELECT, INSERT, UPDATE"

    class Meta:
        indexes = [
            models.Index(
                fields=["id"], condition=Q(dispatched_at__isnull=True), name="outboxevent_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.name}"


class EventFailure(models.Model):
    """An event that one subscriber could not take; tried again later, then parked."""

    event = models.ForeignKey(OutboxEvent, on_delete=models.CASCADE, related_name="failures")
    subscriber = models.CharField(max_length=200)
    attempts = models.PositiveSmallIntegerField(default=1)
    next_attempt_at = models.DateTimeField(null=True)  # empty: parked for good
    error = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "subscriber"], name="eventfailure_once"),
        ]

    def __str__(self) -> str:
        return f"{self.subscriber}: {self.event_id}"
