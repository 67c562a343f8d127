"""Vouchers that were used too often without a line: whose loss it is, settled by staff."""

from datetime import datetime

from django.db import transaction

from loyalty.errors import NotFound
from rewards.models import DoubleUse


@transaction.atomic
def settle_loss(*, double_use_id: int, actor: str, at: datetime) -> DoubleUse:
    """Say that the loss of a double use was dealt with; again keeps the first moment.

    Raises NotFound, also for one that is none any more: an earlier use was uploaded since.
    """
    rows = DoubleUse.objects.select_for_update(no_key=True)
    found = rows.filter(pk=double_use_id).first()
    if found is None:
        raise NotFound("There is no such double use.", field="double_use")
    if found.settled_at is None:
        found.settled_at, found.settled_by = at, actor
        found.save(update_fields=["settled_at", "settled_by"])
    return found
