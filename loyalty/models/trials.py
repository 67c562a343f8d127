"""Rules tried on what really happened, before they go live."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from loyalty.models.programme import Programme


class BackTest(models.Model):
    """A draft judged over a past period; nothing of the books is touched.

    `draft` is a rule set's document; `figures` is what came of it beside what was really given.
    """

    class State(models.TextChoices):
        WAITING = "WAITING"
        RUNNING = "RUNNING"
        DONE = "DONE"
        FAILED = "FAILED"
        CANCELLED = "CANCELLED"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="back_tests")
    title = models.CharField(max_length=200)
    draft = models.JSONField()
    since = models.DateTimeField()
    until = models.DateTimeField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    done = models.BigIntegerField(default=0)  # activities judged so far
    total = models.BigIntegerField(default=0)
    figures = models.JSONField(default=dict)
    problem = models.TextField(blank=True)
    actor = models.CharField(max_length=100)
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("back-test")
        verbose_name_plural = _("back-tests")

    def __str__(self) -> str:
        return self.title
