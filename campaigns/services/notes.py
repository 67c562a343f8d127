"""What people make of a result and decide about it, kept beside it."""

from datetime import datetime

from django.db import transaction

from campaigns.models import Campaign, CampaignNote
from loyalty.errors import InvalidRequest, NotFound

Kind = CampaignNote.Kind
LONGEST = 2_000


@transaction.atomic
def write_note(
    *, campaign_id: int, kind: CampaignNote.Kind, text: str, actor: str, at: datetime
) -> CampaignNote:
    """Add a note or a decision; it is never changed or taken away.

    Raises NotFound, and InvalidRequest for a text that is empty or too long.
    """
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise InvalidRequest(f"Say it in 1 to {LONGEST} characters.", field="text")
    if not Campaign.objects.filter(pk=campaign_id).exists():
        raise NotFound("There is no such campaign.", field="campaign_id")
    return CampaignNote.objects.create(
        campaign_id=campaign_id, kind=kind, text=text, actor=actor, written_at=at
    )
