from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from loyalty.models import Programme
from members.models.member import Membership


class Segment(models.Model):
    """Members who have something in common, by conditions or as a list.

    Who is in it is in SegmentMembership under its key. A DYNAMIC one follows its conditions; a
    STATIC one was drawn by them once; an UPLOADED one came as a list.
    """

    class Kind(models.TextChoices):
        DYNAMIC = "DYNAMIC", _("Follows its conditions")
        STATIC = "STATIC", _("Drawn once")
        UPLOADED = "UPLOADED", _("A list")

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        LIVE = "LIVE", _("Live")
        STOPPED = "STOPPED", _("Stopped")

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="segments")
    key = models.SlugField(max_length=80)
    name_nl = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100)
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.DYNAMIC)
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    version = models.PositiveIntegerField(default=0)  # the one in force; 0: none yet
    size = models.PositiveIntegerField(null=True)
    refreshed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        constraints = [
            models.UniqueConstraint(fields=["programme", "key"], name="segment_key_once"),
        ]

    def __str__(self) -> str:
        return self.name_nl if get_language() == "nl" else self.name_en


class SegmentVersion(models.Model):
    """A segment's conditions as saved once (members.segments.document, as JSON)."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    document = models.JSONField()
    saved_by = models.CharField(max_length=100)
    saved_at = models.DateTimeField()

    app_rights = "SELECT, INSERT"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["segment", "number"], name="segment_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.segment_id} version {self.number}"


class SegmentMembership(models.Model):
    """A member was in a segment from then until then (exclusive; empty: still is).

    Rules know it as a fact at the moment of an activity, so a stay is ended, never deleted.
    """

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="segments")
    segment = models.SlugField(max_length=80)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["membership", "segment"], name="segment_of_member"),
            models.Index(fields=["segment", "membership"], name="members_of_segment"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                name="segment_stay_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.segment
