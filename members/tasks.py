"""The work of this app that can wait; config/schedule.py says when."""

from celery import shared_task
from django.utils import timezone

from loyalty.models import Programme
from loyalty.services.tier_moves import book_tier_moves
from members.services import standings


@shared_task
def recount_standings(**_future: object) -> None:
    """Count for new tiers what members did before, and announce the tiers that they have by it."""
    for programme_id in Programme.objects.order_by("pk").values_list("pk", flat=True):
        after: int | None = 0
        while after is not None:
            done = standings.recount_standings(programme_id=programme_id, after=after)
            after = done.last_account
        after = 0
        while after is not None:
            moved = book_tier_moves(programme_id=programme_id, at=timezone.now(), after=after)
            after = moved.last_account
