"""How much a programme's members may be told: set by people, read by the gate."""

import secrets
from datetime import datetime, time

import msgspec
from django.db import transaction

from campaigns.models import ContactPolicy
from loyalty.errors import InvalidRequest

MOST_MESSAGES, MOST_DAYS, MOST_PATIENCE, MOST_HOLDOUT = 50, 90, 30, 50


class PolicySaid(msgspec.Struct, frozen=True, kw_only=True):
    """What a policy says; `cap` marketing messages in `cap_days` days over all channels."""

    cap: int
    cap_days: int
    quiet_from: time
    quiet_until: time
    patience_days: int
    holdout: int


def policy_of(*, programme_id: int) -> ContactPolicy:
    """The programme's policy; one that was never set is what the house thinks decent.

    That one is not in the database: `kept_policy` puts it there, with the salt of its lots.
    """
    kept = ContactPolicy.objects.filter(programme_id=programme_id).first()
    return kept or ContactPolicy(
        programme_id=programme_id, quiet_from=time(21), quiet_until=time(8)
    )


@transaction.atomic
def kept_policy(*, programme_id: int) -> ContactPolicy:
    """The programme's policy, kept from now on if it was never set."""
    ContactPolicy.objects.get_or_create(
        programme_id=programme_id, defaults={"salt": secrets.token_hex(16)}
    )
    return ContactPolicy.objects.get(programme_id=programme_id)


@transaction.atomic
def save_policy(*, programme_id: int, said: PolicySaid, actor: str, at: datetime) -> ContactPolicy:
    """Set the policy; from now on the gate decides by it. Raises InvalidRequest with the field.

    The salt stays as it is: who is held out stays held out, and a larger part includes them.
    """
    del actor, at  # who and when stand in the console's history
    bounds = {
        "cap": (0, MOST_MESSAGES),
        "cap_days": (1, MOST_DAYS),
        "patience_days": (0, MOST_PATIENCE),
        "holdout": (0, MOST_HOLDOUT),
    }
    for field, (least, most) in bounds.items():
        if not least <= getattr(said, field) <= most:
            raise InvalidRequest(f"This is from {least} to {most}.", field=field)
    kept_policy(programme_id=programme_id)
    policy = ContactPolicy.objects.select_for_update().get(programme_id=programme_id)
    for field, value in msgspec.structs.asdict(said).items():
        setattr(policy, field, value)
    policy.save()
    return policy
