"""The keys that segments are known by."""

from loyalty.admin.fields import unused_key
from members.models import Segment


def free_key(name: str, programme_id: int) -> str:
    """A key for a new segment that no other of the programme has."""
    taken = Segment.objects.filter(programme=programme_id).values_list("key", flat=True)
    return unused_key(name, set(taken), otherwise="segment")
