"""What breaks again and again is put aside, so that nobody waits for it, until somebody looks.

A message that could not be decided on or made has not left: it may be tried again. One that was
handed to its channel may have left, and never comes here.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from campaigns.errors import CampaignStateWrong
from campaigns.models import Campaign, Dispatch, Participant

MOST_TRIES = 5
BROKE = "broke"
Fate = Dispatch.Fate
State = Participant.State


@transaction.atomic
def put_back(dispatch_ids: Iterable[UUID], *, of: Collection[Fate], at: datetime) -> None:
    """Have messages that broke tried later, each time later; the fifth time is the last.

    Those that are of another fate than `of` by now are somebody else's, and stay as they are.
    """
    rows = Dispatch.objects.filter(pk__in=list(dispatch_ids), fate__in=of)
    broken = list(rows.order_by("pk").select_for_update())
    for row in broken:
        row.attempts += 1
        is_last = row.attempts >= MOST_TRIES
        row.fate, row.reason = Fate.FAILED if is_last else Fate.DELAYED, BROKE
        row.not_before = at + timedelta(minutes=2**row.attempts)
        row.decided_at, row.cap, row.cap_days = at, None, None
    written = ["attempts", "fate", "reason", "not_before", "decided_at", "cap", "cap_days"]
    Dispatch.objects.bulk_update(broken, written)


@transaction.atomic
def try_later(participant_id: int, *, at: datetime) -> None:
    """Have a participant whose step broke try later, each time later; the fifth time is the last."""
    broken = Participant.objects.select_for_update().get(pk=participant_id)
    broken.attempts += 1
    broken.wake_at = at + timedelta(minutes=2**broken.attempts)
    if broken.attempts >= MOST_TRIES:
        broken.state, broken.wake_at, broken.finished_at = State.STOPPED, None, at
    broken.save(update_fields=["attempts", "wake_at", "state", "finished_at"])


class Parked(NamedTuple):
    """How many participants were put aside at a step, and how many messages."""

    people: int
    messages: int

    def __bool__(self) -> bool:
        return bool(self.people or self.messages)


def parked_of(campaign_id: int) -> Parked:
    """What of a campaign was put aside and waits for somebody to look."""
    return Parked(_parked(campaign_id).count(), _unmade(campaign_id).count())


@transaction.atomic
def try_again(*, campaign_id: int, actor: str, at: datetime) -> int:
    """Let everybody and every message of a campaign that was put aside begin anew; how many.

    A message that waited longer than it is worth is dropped by the gate all the same. Raises
    CampaignStateWrong when the campaign is over.
    """
    del actor  # who did it stands in the console's history
    campaign = Campaign.objects.select_for_update().get(pk=campaign_id)
    if campaign.state == Campaign.State.ENDED:
        raise CampaignStateWrong("It is over: nobody in it takes another step.")
    people = _parked(campaign_id).update(
        state=State.ACTIVE, attempts=0, wake_at=at, finished_at=None
    )
    messages = _unmade(campaign_id).update(
        fate=Fate.WAITING, reason="", attempts=0, not_before=at, decided_at=None
    )
    return people + messages


def _parked(campaign_id: int) -> QuerySet[Participant]:
    """Those who were stopped by trying, not by the campaign's end or their own."""
    return Participant.objects.filter(
        campaign=campaign_id, state=State.STOPPED, attempts__gte=MOST_TRIES
    )


def _unmade(campaign_id: int) -> QuerySet[Dispatch]:
    return Dispatch.objects.filter(campaign=campaign_id, fate=Fate.FAILED, reason=BROKE)
