from django.db import models
from django.utils.translation import gettext_lazy as _

from loyalty.models import Programme


class BulkDeed(models.Model):
    """Something done for many members at once, chosen by a filter and counted before.

    Members are taken in the order of their ids; `after` is the last one done, so that a worker
    that died is followed by one that goes on there. What is given has a key for each member.
    """

    class Deed(models.TextChoices):
        POINTS = "POINTS", _("Give points")
        NOTE = "NOTE", _("Write a note")

    class State(models.TextChoices):
        WAITING = "WAITING", _("Waiting")
        RUNNING = "RUNNING", _("Running")
        DONE = "DONE", _("Done")

    id = models.UUIDField(primary_key=True)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="bulk_deeds")
    deed = models.CharField(max_length=16, choices=Deed.choices)
    asked = models.JSONField()  # members.services.member_search.Chosen
    points = models.BigIntegerField(default=0)
    text = models.CharField(max_length=2_000)  # the reason, or the note
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    after = models.UUIDField(null=True)
    last = models.UUIDField(null=True)  # who joined after it was asked is not meant
    actor = models.CharField(max_length=100)
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("deed for many members")
        verbose_name_plural = _("deeds for many members")

    def __str__(self) -> str:
        return f"{self.deed} {self.done}/{self.total}"
