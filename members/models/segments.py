from django.db import models
from django.db.models import F, Q

from members.models.member import Membership


class SegmentMembership(models.Model):
    """A member was in a segment from then until then (exclusive; empty: still is).

    Rules know it as a fact at the moment of an activity, so a stay is ended, never deleted.
    """

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="segments")
    segment = models.SlugField(max_length=80)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["membership", "segment"], name="segment_of_member")]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                name="segment_stay_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.segment
