from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members.models.member import Member


class Merge(models.Model):
    """Two records of one person made one; `moved` is what it takes to part them again.

    `moved` holds the ids of what went over, by kind of belonging (members.belongings).
    """

    id = models.UUIDField(primary_key=True)
    kept = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="merges")
    absorbed = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="merged")
    reason = models.CharField(max_length=300)
    actor = models.CharField(max_length=100)
    merged_at = models.DateTimeField()
    moved = models.JSONField(default=dict)
    parted_at = models.DateTimeField(null=True)
    parted_by = models.CharField(max_length=100, blank=True)
    parted_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        constraints = [
            models.CheckConstraint(condition=~Q(kept=F("absorbed")), name="merge_of_two"),
            models.UniqueConstraint(
                fields=["absorbed"],
                condition=Q(parted_at__isnull=True),
                name="merge_absorbs_once",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class DuplicateCandidate(models.Model):
    """Two members who may be one person, for somebody to decide; `first` is the older record."""

    class State(models.TextChoices):
        OPEN = "OPEN", _("Open")
        MERGED = "MERGED", _("Merged")
        DISMISSED = "DISMISSED", _("Two people")

    first = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    score = models.PositiveSmallIntegerField()  # of 100: how sure
    reasons = models.JSONField(default=list)  # codes of what is alike: "same_name", "close_email" …
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN)
    found_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=100, blank=True)

    class Meta:
        verbose_name = _("possible duplicate")
        verbose_name_plural = _("possible duplicates")
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="duplicate_pair_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="duplicate_in_order"),
            models.CheckConstraint(
                condition=Q(score__gte=0, score__lte=100), name="duplicate_score_of_100"
            ),
        ]
        indexes = [models.Index(fields=["state", "-score"], name="duplicate_to_decide")]

    def __str__(self) -> str:
        return f"{self.first_id} {self.second_id}"
