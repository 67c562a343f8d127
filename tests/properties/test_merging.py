"""Two records, merged and parted at any point, end as one member who did everything, then as two."""

import random
from typing import Any

import msgspec
import pytest

from loyalty.models import Account, Standing
from loyalty.services.spending import spend_points
from members.models import Activity, Membership
from members.selectors import account_of
from members.types import ActivitySubmission
from tests.loyalty.ledger.damage import differences
from tests.members.deeds import record
from tests.members.pairs import (
    LATER,
    MUCH_LATER,
    OTHER_CARD,
    Pair,
    is_proved,
    open_pair,
    points_by_date,
)
from tests.members.shop import CARD, NOON, open_shop
from tests.properties.test_order import messages, publish

pytestmark = pytest.mark.django_db

ALONE_CARD = "card:2990000000101"
SEEDS = range(6)


def whose(choose: random.Random, said: list[ActivitySubmission]) -> list[ActivitySubmission]:
    """Each sale of one of the two records, its returns with it."""
    cards: dict[str, str] = {}
    for each in said:
        cards.setdefault(each.original or each.external_id, choose.choice([CARD, OTHER_CARD]))
    return [
        msgspec.structs.replace(each, member=cards[each.original or each.external_id])
        for each in said
    ]


def opened() -> Pair:
    pair = open_pair()
    publish(pair.shop)
    return pair


def alone(slug: str, said: list[ActivitySubmission]) -> dict[str, Any]:
    """Where a member stands who did just this, in a shop of their own."""
    shop = open_shop(slug, card=ALONE_CARD + slug[-1], email=f"email:{slug}@example.nl")
    publish(shop)
    for each in said:
        record(shop, msgspec.structs.replace(each, member=ALONE_CARD + slug[-1]))
    return stand(shop.anna)


def stand(membership: Membership) -> dict[str, Any]:
    accounts = Account.objects.filter(holder=membership.holder, kind="MEMBER")
    standing = Standing.objects.filter(account__holder=membership.holder).first()
    return {
        "balances": dict(accounts.values_list("unit__code", "balance")),
        "owed": dict(accounts.values_list("unit__code", "owed")),
        "lots": points_by_date(membership),
        "standing": standing.document if standing else {},
    }


def spend(membership: Membership, points: int, key: str) -> None:
    spend_points(
        account_id=account_of(membership),
        points=points,
        source="test",
        external_id=key,
        reasons=[],
        actor="test",
        at=NOON,
    )


class TestMergedAtAnyPoint:
    @pytest.mark.parametrize("seed", SEEDS)
    def test_stands_where_one_member_stands_who_did_it_all(self, seed):
        choose = random.Random(seed)
        said = whose(choose, messages(choose))
        choose.shuffle(said)
        pair, point = opened(), choose.randrange(len(said))
        for each in said[:point]:
            record(pair.shop, each)

        pair.merge(at=NOON)
        for each in said[point:]:
            record(pair.shop, each)

        assert stand(pair.kept) == alone("alone-1", said)
        assert stand(pair.absorbed)["lots"] == {}
        assert differences() == {}

    @pytest.mark.parametrize("seed", SEEDS)
    def test_and_parted_each_stands_where_its_own_deeds_leave_it(self, seed):
        choose = random.Random(seed)
        said = whose(choose, messages(choose))
        pair = opened()
        first, last = sorted(choose.sample(range(len(said)), 2))
        for each in said[:first]:
            record(pair.shop, each)
        merge = pair.merge(at=NOON)
        for each in said[first:last]:
            record(pair.shop, each)

        pair.part(merge, at=NOON)

        for membership, slug in ((pair.kept, "alone-1"), (pair.absorbed, "alone-2")):
            own = Activity.objects.filter(membership=membership)
            keys = set(own.values_list("external_id", flat=True))
            mine = [each for each in said if each.external_id in keys]
            assert stand(membership) == alone(slug, mine)
        assert is_proved()

    @pytest.mark.parametrize("seed", SEEDS)
    @pytest.mark.parametrize("is_plain", [True, False])
    def test_and_parted_at_once_has_what_was_left_of_what_was_spent(self, seed, is_plain):
        choose = random.Random(seed)
        said = whose(choose, [each for each in messages(choose) if not each.original])
        pair = open_pair() if is_plain else opened()
        for each in said:
            record(pair.shop, each)
        for n, membership in enumerate((pair.kept, pair.absorbed)):
            held = stand(membership)["balances"]["points"]
            spend(membership, choose.randrange(1, max(held // 3, 2)), f"s-{n}")
        was = stand(pair.kept), stand(pair.absorbed)
        merge = pair.merge(at=LATER)
        pair.part(merge, at=MUCH_LATER)

        now = stand(pair.kept), stand(pair.absorbed)
        # points that rules gave for both histories apart are spent in part: others went back for them
        same = ("lots",) if is_plain else ("balances", "owed", "standing")
        assert [[each[part] for part in same] for each in now] == [
            [each[part] for part in same] for each in was
        ]
        assert is_proved()
