"""What the running of the house itself has to remember."""

from datetime import datetime

from django.db import models


class Heartbeat(models.Model):
    """When a part of the house last showed that it works; one row for each part."""

    class Part(models.TextChoices):
        WORKER = "WORKER"  # beat asked, the broker carried, a worker did
        AUDIT = "AUDIT"  # the books were derived again and compared

    part = models.CharField(max_length=16, choices=Part.choices, primary_key=True)
    at = models.DateTimeField()
    problems = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.part} {self.at:%Y-%m-%d %H:%M:%S}"


def note_heartbeat(part: Heartbeat.Part, *, at: datetime, problems: int = 0) -> None:
    """Remember that this part worked `at` this moment; the newest one is kept."""
    Heartbeat.objects.update_or_create(part=part, defaults={"at": at, "problems": problems})
