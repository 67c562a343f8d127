"""Two records of one person: Anna, and Anna again with another card."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection

from loyalty.models import Account, Lot, Standing
from loyalty.services.replay import replay
from members.models import Membership, Merge
from members.services.enrolment import enrol_member
from members.services.merging import merge_members
from members.services.parting import part_members
from tests.loyalty.ledger.damage import differences
from tests.members.shop import NOON, Shop, open_shop

OTHER_CARD = "card:2990000000026"
OTHER_EMAIL = "email:anna.jansen@example.nl"
LATER = NOON + timedelta(hours=1)
MUCH_LATER = NOON + timedelta(hours=2)


@dataclass
class Pair:
    """A shop in which Anna is a member twice."""

    shop: Shop
    kept: Membership
    absorbed: Membership

    def merge(self, **changes: Any) -> Merge:
        said: dict[str, Any] = {
            "kept_id": self.kept.member_id,
            "absorbed_id": self.absorbed.member_id,
            "reason": "One person",
            "actor": "staff:1",
            "at": LATER,
        }
        return merge_members(**said | changes)

    def part(self, merge: Merge, **changes: Any) -> Merge:
        said: dict[str, Any] = {"merge_id": merge.pk, "reason": "Two people", "actor": "staff:1"}
        return part_members(**said | {"at": MUCH_LATER} | changes)


def open_pair(slug: str = "kleur") -> Pair:
    shop = open_shop(slug)
    twin = enrol_member(
        programme_id=shop.programme.pk,
        identifiers=[OTHER_CARD, OTHER_EMAIL],
        given_name="Anna",
        family_name="Jansen",
        touchpoint="api",
        actor="test",
        at=NOON,
    )
    return Pair(shop, shop.anna, twin)


def balance_of(membership: Membership, unit: str = "points") -> int:
    return Account.objects.get(holder=membership.holder, kind="MEMBER", unit__code=unit).balance


def owed_by(membership: Membership) -> int:
    return Account.objects.get(holder=membership.holder, kind="MEMBER", unit__code="points").owed


def open_lots(membership: Membership) -> list[tuple[Any, ...]]:
    """What remains, with all its dates, in the order of expiry."""
    lots = Lot.objects.filter(account__holder=membership.holder, remaining__gt=0)
    rows = lots.values_list(
        "account__unit__code", "remaining", "available_from", "awaits", "expires_at", "is_sliding"
    )
    return sorted(rows, key=str)


def points_by_date(membership: Membership) -> dict[tuple[Any, ...], int]:
    """What remains, summed over lots of the same dates."""
    found: dict[tuple[Any, ...], int] = {}
    for unit, points, *dates in open_lots(membership):
        found[unit, *dates] = found.get((unit, *dates), 0) + points
    return found


def standing_of(membership: Membership) -> dict[str, Any]:
    return Standing.objects.get(account__holder=membership.holder).document


def is_proved() -> bool:
    """Whether the audit finds nothing and all comes out the same again."""
    broken = differences()
    assert broken == {}, broken
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE NONE")
        try:
            replayed = replay()
        finally:
            cursor.execute("SET ROLE trouw_app")
    different = [f"{part.name}: {part.first}" for part in replayed.parts if part.first]
    assert different == [], different
    return replayed.agrees
