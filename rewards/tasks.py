"""The work of this app that can wait; config/schedule.py says when."""

from celery import shared_task
from django.utils import timezone

from loyalty.models import Programme
from rewards.models import VoucherBatch
from rewards.services import anniversaries, batches, filling, giving
from rewards.services.guessing import forget_guesses
from rewards.services.redemption.expiring import BATCH, expire_redemptions
from rewards.services.reservations import forget_reservations
from rewards.services.short_codes import forget_short_codes


@shared_task
def free_unfinished(**_future: object) -> None:
    """Give back what was set aside and not paid in time; late or twice makes no difference."""
    at = timezone.now()
    while expire_redemptions(at=at) == BATCH:
        pass


@shared_task
def give_on_day(**_future: object) -> None:
    """Give what is due today, let lapse what nobody took, and fill the cards that stayed full."""
    at = timezone.now()
    for programme_id in Programme.objects.order_by("pk").values_list("pk", flat=True):
        anniversaries.give_on_day(programme_id=programme_id, at=at)
        anniversaries.redeem_on_day(programme_id=programme_id, at=at)
        filling.fill_waiting(programme_id=programme_id, at=at)
    while giving.lapse_grants(at=at) == giving.BATCH:
        pass


@shared_task
def make_batches(**_future: object) -> None:
    """Make the codes of batches that wait for them, piece by piece; a worker that dies loses none."""
    at = timezone.now()
    waiting = VoucherBatch.objects.filter(state=VoucherBatch.State.MAKING).order_by("pk")
    for batch_id in waiting.values_list("pk", flat=True):
        while batches.make_codes(batch_id=batch_id, at=at):
            pass


@shared_task
def forget_what_ended(**_future: object) -> None:
    """Forget one-time digits, baskets and wrong guesses of before yesterday."""
    at = timezone.now()
    forget_short_codes(at=at)
    forget_reservations(at=at)
    forget_guesses(at=at)
