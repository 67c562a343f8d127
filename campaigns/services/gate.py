"""The gate: the only way for a message to be sent to anybody."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from uuid_utils.compat import uuid7

from campaigns.models import HOLDOUT, UNIVERSAL, Dispatch
from campaigns.types import Candidate

BATCH = 1_000


@transaction.atomic
def offer_messages(candidates: Sequence[Candidate], at: datetime) -> None:
    """Write down what could be sent, once for a member and key; what becomes of it is decided later."""
    rows = [_row(candidate, at) for candidate in candidates]
    Dispatch.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)


def _row(candidate: Candidate, at: datetime) -> Dispatch:
    is_held_out = candidate.arm in (HOLDOUT, UNIVERSAL)
    return Dispatch(
        id=uuid7(),
        member_id=candidate.member_id,
        membership_id=candidate.membership_id,
        key=candidate.key,
        channel=candidate.channel,
        nature=candidate.nature,
        purpose=candidate.purpose,
        source=candidate.source,
        template=candidate.template,
        context=dict(candidate.context),
        priority=candidate.priority,
        not_before=candidate.not_before,
        campaign_id=candidate.campaign_id,
        participant_id=candidate.participant_id,
        arm=candidate.arm,
        fate=Dispatch.Fate.HELD_OUT if is_held_out else Dispatch.Fate.WAITING,
        reason="held_out" if is_held_out else "",
        created_at=at,
        decided_at=at if is_held_out else None,
    )
