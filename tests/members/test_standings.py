from datetime import timedelta

import pytest

from loyalty.earning.standing import read_standing, tier_states
from loyalty.models import OutboxEvent, Standing, TierMove
from loyalty.services.tier_moves import book_tier_moves
from loyalty.services.tiers import assign_tier, publish_tier_set, save_tier_set
from members.selectors import account_of
from members.services.activities import record_activity
from members.services.standings import recount_standings
from members.tasks import recount_standings as recount_all
from tests.loyalty.earning.ladders import policy
from tests.members.shop import NOON
from tests.members.test_activities import purchase

DAY = timedelta(days=1)


@pytest.fixture
def ladder(shop):
    """Tiers by points, published after Anna bought for 71 points."""
    record_activity(book=shop.book, submission=purchase(), actor="api:kassa", at=NOON)
    tier_set = save_tier_set(
        programme_id=shop.programme.pk,
        key="status",
        name_nl="Status",
        name_en="Status",
        policy=policy(tiers={"silver": 70, "gold": 140}),
        actor="staff:1",
        at=NOON,
    )
    return publish_tier_set(tier_set_id=tier_set.pk, actor="staff:1", at=NOON)


def tier(shop):
    standing = read_standing(Standing.objects.get().document)
    return tier_states(standing, shop.book.rule_set, at=NOON + DAY)[0].tier


class TestRecountStandings:
    def test_counts_what_was_done_before_the_tiers_came(self, shop, ladder):
        assert tier(shop) == ""

        done = recount_standings(programme_id=shop.programme.pk)

        assert (done.accounts, done.standings, done.last_account) == (1, 1, None)
        assert tier(shop) == "silver"
        assert book_tier_moves(programme_id=shop.programme.pk, at=NOON + DAY).moves == 1
        assert recount_standings(programme_id=shop.programme.pk).standings == 0

    def test_is_the_same_as_counting_at_the_next_purchase(self, shop, ladder):
        recount_standings(programme_id=shop.programme.pk)
        record_activity(
            book=shop.book,
            submission=purchase(external_id="b-2", occurred_at=NOON + timedelta(minutes=1)),
            actor="api:kassa",
            at=NOON + DAY,
        )
        counted = Standing.objects.get().document
        assert tier(shop) == "gold"

        shop_standing = read_standing(counted)
        assert sum(next(iter(shop_standing.tallies.values())).values()) == 142

    def test_keeps_tiers_given_by_hand(self, shop, ladder):
        assign_tier(
            account_id=account_of(shop.anna),
            tier_set_id=ladder.pk,
            tier="gold",
            reason="Made up for a lost parcel",
            actor="staff:1",
            at=NOON,
        )

        recount_standings(programme_id=shop.programme.pk)

        assert tier(shop) == "gold"
        assert read_standing(Standing.objects.get().document).assigned[0].tier == "gold"

    def test_as_a_task_announces_the_tiers(self, shop, ladder):
        recount_all()

        assert [(m.before, m.after, m.cause) for m in TierMove.objects.all()] == [
            ("", "silver", "recounted")
        ]
        assert OutboxEvent.objects.filter(name="loyalty.tier_changed.v1").count() == 1
