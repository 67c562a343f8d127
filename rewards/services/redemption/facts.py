"""What a taker asks, and what is read to answer it: one lock and one statement."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypedDict, cast
from uuid import UUID

import msgspec
from django.db import DEFAULT_DB_ALIAS

from loyalty.errors import KeyConflict, NotFound
from loyalty.models import Programme
from loyalty.services.idempotency import fingerprint_of
from members.models import Membership
from rewards.models import Redemption, Reward
from rewards.redeeming import DeliveryWish


class Details(TypedDict, total=False):
    """What a request may say besides who takes what, where; as in `Asked`."""

    location: str
    order: str
    choice: Mapping[str, Any] | None
    delivery: DeliveryWish | None
    points: int | None
    grant_id: UUID | None
    unit: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request to take a reward; with a `term`, to set it aside first."""

    membership_id: int
    reward_id: int
    request_key: str
    channel: str
    actor: str
    location: str = ""
    order: str = ""
    choice: Mapping[str, Any] | None = None
    delivery: DeliveryWish | None = None
    points: int | None = None
    grant_id: UUID | None = None
    unit: str = "points"
    term: timedelta | None = None

    @property
    def fingerprint(self) -> str:
        """What must be the same for a repetition to be the same request."""
        besides = {
            name: getattr(self, name)
            for name in ("location", "order", "choice", "delivery", "points", "grant_id", "term")
            if getattr(self, name)
        }
        if self.unit != "points":
            besides["unit"] = self.unit
        more = [besides] if besides else []
        return fingerprint_of(self.membership_id, self.reward_id, self.channel, *more)

    @property
    def is_given(self) -> bool:
        """Given on an occasion or by a full card: asks neither audience nor limit."""
        return self.grant_id is not None or self.actor.startswith("system:")


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What one statement read under the member's lock."""

    reward: Reward
    account_id: int | None
    earlier: UUID | None
    left: int | None
    taken: int
    first_taken_at: datetime | None


_FACTS = """
SELECT r.*, t.taken, t.first_taken_at,
    (SELECT a.id FROM loyalty_account a JOIN loyalty_unit u ON u.id = a.unit_id
     WHERE u.programme_id = r.programme_id AND u.code = %(unit)s AND a.kind = 'MEMBER'
       AND a.holder = %(holder)s) AS account,
    (SELECT e.id FROM rewards_redemption e WHERE e.request_key = %(key)s) AS earlier,
    (SELECT sum(h."left")::int FROM rewards_stock s
     LEFT JOIN rewards_shelf h ON h.stock_id = s.id WHERE s.reward_id = r.id) AS left_in_stock
FROM rewards_reward r
LEFT JOIN LATERAL (
    SELECT count(*)::int AS taken, min(x.redeemed_at) AS first_taken_at
    FROM rewards_redemption x
    WHERE r.limit_per_member IS NOT NULL  -- in here, so that without one nothing is counted
      AND x.membership_id = %(member)s AND x.reward_id = r.id
      AND x.state NOT IN ('CANCELLED', 'EXPIRED', 'RETURNED')
      AND (x.state <> 'AUTHORISED' OR x.expires_at > %(at)s)
      AND (r.limit_days IS NULL OR x.redeemed_at > %(at)s - r.limit_days * interval '1 day')
) t ON true
WHERE r.id = %(reward)s AND r.programme_id = %(programme)s
"""


# Plain, as the facts: of the programme only the time zone is wanted.
_LOCK = """
SELECT m.*, p.time_zone AS zone FROM members_membership m
JOIN loyalty_programme p ON p.id = m.programme_id WHERE m.id = %s FOR NO KEY UPDATE OF m
"""


def read_facts(asked: Asked, membership: Membership, key: str, *, at: datetime) -> Found:
    """All that decides whether they may have it. Raises NotFound for a reward that is elsewhere."""
    said = {
        "unit": asked.unit,
        "holder": membership.holder,
        "key": key,
        "member": membership.pk,
        "at": at,
        "reward": asked.reward_id,
        "programme": membership.programme_id,
    }
    row: Any = next(iter(Reward.objects.raw(_FACTS, said)), None)
    if row is None:
        raise NotFound("There is no such reward.", field="reward")
    return Found(
        reward=row,
        account_id=row.account,
        earlier=row.earlier,
        left=row.left_in_stock,
        taken=row.taken or 0,
        first_taken_at=row.first_taken_at,
    )


def locked_member(membership_id: int) -> Membership:
    """The membership, one redemption of it at a time."""
    membership: Any = next(iter(Membership.objects.raw(_LOCK, [membership_id])), None)
    if membership is None:
        raise NotFound("There is no such member.", field="member")
    known = ("id", "time_zone")
    membership.programme = Programme.from_db(
        DEFAULT_DB_ALIAS, known, (membership.programme_id, membership.zone)
    )
    return cast("Membership", membership)


def earlier_one(redemption_id: UUID, asked: Asked) -> Redemption:
    """What this key made before. Raises KeyConflict when that was another request."""
    found = Redemption.objects.select_related("reward", "membership__programme")
    earlier = found.get(pk=redemption_id)
    if earlier.fingerprint != asked.fingerprint:
        raise KeyConflict("This key was used before for a different redemption.")
    return earlier
