"""Each member's story, told from the outbox."""

from collections.abc import Sequence

from django.db.models.functions import Coalesce

from loyalty.models import OutboxEvent
from members.models import Member, Membership, TimelineEntry


def add_to_timeline(*, events: Sequence[OutboxEvent]) -> None:
    """Add the events to the timelines of those whom they are about. The same event counts once.

    An event is about a holder, or about the member whatever the programme.
    """
    subjects = {event.subject for event in events if event.subject}
    # of who was merged it is the kept one's story
    kept = Coalesce("member__merged_into", "member")
    known = dict(Membership.objects.filter(holder__in=subjects).values_list("holder", kept))
    members = Member.objects.filter(pk__in=subjects)
    known |= dict(members.values_list("pk", Coalesce("merged_into", "pk")))
    TimelineEntry.objects.bulk_create(
        [
            TimelineEntry(
                member_id=known[event.subject],
                event_id=event.pk,
                name=event.name,
                payload=event.payload,
                occurred_at=event.occurred_at,
            )
            for event in events
            if event.subject in known
        ],
        ignore_conflicts=True,
    )
