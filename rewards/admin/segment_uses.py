"""Which rewards and occasions ask for a segment, for the page of that segment."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.utils.translation import gettext as _

from members.admin.segment_uses import Use, page, register_uses
from members.models import Segment
from rewards.models import Occasion, Reward


def _uses(request: HttpRequest, segment: Segment) -> Iterable[Use]:
    rewards = Reward.objects.filter(
        programme=segment.programme_id, segments__contains=[segment.key]
    ).exclude(state=Reward.State.STOPPED)
    for reward in rewards.order_by("pk"):
        yield Use(_("Reward"), str(reward), page(request, reward))
    occasions = Occasion.objects.filter(
        programme=segment.programme_id, segments__contains=[segment.key]
    ).exclude(state=Occasion.State.STOPPED)
    for occasion in occasions.order_by("pk"):
        yield Use(_("Occasion"), str(occasion), page(request, occasion))


register_uses(_uses)
