"""The work of this app that can wait; config/schedule.py says when."""

from celery import shared_task
from django.utils import timezone

from campaigns.services import by_hand, campaigns, gate, planning, walking
from campaigns.services.results import read_due

MOST_TURNS = 20  # of 1,000 messages: other workers want their turn too


@shared_task
def read_results(**_future: object) -> None:
    """Judge the campaigns whose day has come, whether or not anybody looks."""
    read_due(timezone.now())


@shared_task
def walk_campaigns(**_future: object) -> None:
    """Let members in campaigns go on as far as they come; late or twice makes no difference.

    What they are told need not wait until the beat looks.
    """
    if walking.walk(at=timezone.now()):
        work_off_messages.delay()


@shared_task
def put_in_segments(*, campaign_id: int, segments: list[str], key: str, **_future: object) -> None:
    """Put all members of some segments into a campaign; again changes nothing."""
    at = timezone.now()
    by_hand.put_in_segments(campaign_id=campaign_id, segments=segments, key=key, at=at)
    walking.walk(at=at)


@shared_task
def start_scheduled(**_future: object) -> None:
    """Let in whom a moment brings into campaigns, and end the campaigns that are over."""
    at = timezone.now()
    planning.plan_due(at=at, chunks=20)
    walking.walk(at=at)
    campaigns.end_over(at=at)


@shared_task
def work_off_messages(**_future: object) -> None:
    """Decide on messages that are due and send what may go, until nothing is due or time is up."""
    for _turn in range(MOST_TURNS):
        if not gate.work_off(at=timezone.now()):
            return
