"""The tills of a programme: who they are, and what each may lose without a line."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from loyalty.errors import InvalidRequest, NotFound
from loyalty.events import publish
from loyalty.models import ApiClient
from rewards.errors import TillUnknown
from rewards.events import TillSaved
from rewards.models import Till
from rewards.services.offline.keys import ensure_key

LONGEST_OFFLINE = 24 * 14  # hours


@dataclass(frozen=True, kw_only=True)
class Floor:
    """What a till may lose while the line is down: a voucher, in all, how many, for how long."""

    value: Decimal = Decimal(10)
    total: Decimal = Decimal(100)
    count: int = 20
    hours: int = 24


@transaction.atomic
def save_till(
    *,
    programme_id: int,
    key: str,
    name: str,
    location: str,
    client_id: int | None = None,
    floor: Floor | None = None,
    is_active: bool = True,
    actor: str,
    at: datetime,
) -> Till:
    """Add a till, or change the one with that key; without a floor it keeps the one it has.

    The first till of a programme gives it a key to sign vouchers with. Raises NotFound for a client
    of another programme, and InvalidRequest for a floor below zero or more than two weeks.
    """
    if client_id and not ApiClient.objects.filter(pk=client_id, programme=programme_id).exists():
        raise NotFound("There is no such connection.", field="client")
    said = {
        "name": name,
        "location": location,
        "client_id": client_id,
        "is_active": is_active,
        **_floor(floor),
    }
    till, _created = Till.objects.update_or_create(
        programme_id=programme_id, key=key, defaults=said
    )
    ensure_key(programme_id=programme_id, actor=actor, at=at)
    publish(TillSaved(subject=None, occurred_at=at, till=key, actor=actor), at=at)
    return till


def find_till(*, programme_id: int, client_id: int, key: str = "") -> Till:
    """The client's till of that key, or its only one. Raises TillUnknown, also for one put away."""
    tills = Till.objects.filter(programme_id=programme_id, client_id=client_id, is_active=True)
    found = list((tills.filter(key=key) if key else tills).select_related("client")[:2])
    if not found:
        raise TillUnknown("This connection has no such till.", field="till")
    if len(found) > 1:
        raise TillUnknown("This connection has several tills: say which.", field="till")
    return found[0]


def source_of(till: Till) -> str:
    """Under what its sales are known for ever, together with a receipt's number.

    A till that calls the API has its client's name: a sale that comes by another of its doors, like
    POST /activities, is the same sale.
    """
    return till.client.name if till.client else f"till:{till.key}"


def _floor(floor: Floor | None) -> dict[str, object]:
    if floor is None:
        return {}
    if min(floor.value, floor.total) < 0 or floor.count < 0:
        raise InvalidRequest("A floor is not below zero.", field="floor_value")
    if not 1 <= floor.hours <= LONGEST_OFFLINE:
        raise InvalidRequest(f"A till goes on for 1 to {LONGEST_OFFLINE} hours.", field="hours")
    return {
        "floor_value": floor.value,
        "floor_total": floor.total,
        "floor_count": floor.count,
        "offline_hours": floor.hours,
    }
