from django.db import models
from django.db.models import Q

from loyalty.models.programme import Unit


class Pool(models.Model):
    """A household's shared account: its holder is the pool, its contributors are named."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="pools")
    holder = models.UUIDField(unique=True)
    name = models.CharField(max_length=100, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    app_rights = "SELECT, INSERT, UPDATE"

    def __str__(self) -> str:
        return self.name or str(self.holder)


class Contributor(models.Model):
    """A holder who may put points into a pool and spend from it."""

    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="contributors")
    holder = models.UUIDField(db_index=True)
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    app_rights = "SELECT, INSERT, UPDATE"

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pool", "holder"],
                condition=Q(left_at__isnull=True),
                name="contributor_once_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.holder} in {self.pool_id}"
