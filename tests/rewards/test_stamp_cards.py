from datetime import date, timedelta

import pytest

from loyalty.errors import InvalidRequest, NotFound
from loyalty.models import Account, EarningRule, OutboxEvent, Transfer, Unit
from members.types import LineSubmission
from rewards.errors import RewardUnavailable
from rewards.models import Redemption, StampCard
from rewards.services.catalogue import set_stock, stop_reward
from rewards.services.filling import fill_after, fill_waiting
from rewards.services.held_cards import stamp_cards_of
from rewards.services.redemption import cancel_redemption
from rewards.services.stamp_cards import (
    StampCardDraft,
    publish_stamp_card,
    save_stamp_card,
    stop_stamp_card,
)
from tests.members.pairs import is_proved
from tests.rewards.occasions import DAY, NOON, STAFF


def draft(town, reward, **said):
    values = {
        "key": "coffee",
        "name_nl": "Koffiekaart",
        "name_en": "Coffee card",
        "stamps": 3,
        "collect": {"by": "purchase"},
        "reward_id": reward.pk,
    }
    return StampCardDraft(**{**values, **said})


def save(town, card, **said):
    return save_stamp_card(
        programme_id=town.shop.programme.pk, card=card, actor=STAFF, at=town.now, **said
    )


def lines_of(lines):
    return tuple(LineSubmission(**line) for line in lines)


def stamps_of(town):
    accounts = Account.objects.filter(holder=town.anna.holder, kind="MEMBER")
    return accounts.get(unit__code="stamps-coffee")


def shown(town):
    """What is on Anna's cards: by key, stamps, what is lacking, full ones, filled before."""
    return {
        card.key: (card.stamps, card.to_go, card.full, card.filled)
        for card in stamp_cards_of(town.anna, at=town.now)
    }


class TestSaveStampCard:
    @pytest.mark.parametrize(
        ("said", "field"),
        [
            ({"stamps": 1}, "stamps"),
            ({"stamps": 101}, "stamps"),
            ({"key": "no spaces"}, "key"),
            ({"name_nl": ""}, "name_nl"),
            ({"collect": {"by": "luck"}}, "collect.by"),
            ({"collect": {"by": "product"}}, "collect"),
            ({"starts_at": NOON, "ends_at": NOON}, "ends_at"),
        ],
    )
    def test_names_the_field_that_is_wrong_and_keeps_nothing(self, town, said, field):
        reward = town.reward()
        units = Unit.objects.count()

        with pytest.raises(InvalidRequest) as refusal:
            save(town, draft(town, reward, **said))

        assert refusal.value.field == field
        assert (StampCard.objects.count(), Unit.objects.count()) == (0, units)

    def test_refuses_a_reward_of_nobody(self, town):
        with pytest.raises(NotFound) as refusal:
            save(town, draft(town, town.reward(), reward_id=0))

        assert refusal.value.field == "reward"

    def test_gives_no_stamps_before_it_is_published(self, town):
        card = save(town, draft(town, town.reward()))
        town.buys()

        assert (card.state, shown(town)) == ("DRAFT", {})
        assert not EarningRule.objects.filter(key="stamps-coffee").exists()

    def test_keeps_the_number_of_stamps_that_members_count_on(self, town):
        reward = town.reward()
        card = town.card(reward)

        with pytest.raises(InvalidRequest) as refusal:
            save(town, draft(town, reward, stamps=4), card_id=card.pk)

        card.refresh_from_db()
        assert (refusal.value.field, card.stamps) == ("stamps", 3)

    def test_lets_a_live_card_say_something_else_from_then_on(self, town):
        reward = town.reward()
        card = town.card(reward)
        town.buys("5.00")

        save(
            town,
            draft(town, reward, collect={"by": "purchase", "minimum": "10"}),
            card_id=card.pk,
        )
        town.buys("5.00")
        town.buys("10.00")

        assert shown(town) == {"coffee": (2, 1, 0, 0)}


class TestPublishStampCard:
    def test_refuses_while_its_reward_is_not_live(self, town):
        reward = town.reward()
        card = save(town, draft(town, reward))
        stop_reward(reward_id=reward.pk, actor=STAFF, at=town.now)

        with pytest.raises(RewardUnavailable) as refusal:
            publish_stamp_card(
                programme_id=town.shop.programme.pk, card_id=card.pk, actor=STAFF, at=town.now
            )

        card.refresh_from_db()
        assert (refusal.value.field, card.state) == ("reward", "DRAFT")


class TestCollect:
    def test_gives_a_stamp_for_each_purchase_of_enough(self, town):
        town.card(town.reward(), collect={"by": "purchase", "minimum": "10"})

        for amount in ("9.99", "10.00", "30.00"):
            town.buys(amount)

        assert shown(town) == {"coffee": (2, 1, 0, 0)}

    def test_gives_a_stamp_for_so_many_products_of_a_category(self, town):
        town.card(town.reward(), collect={"by": "product", "categories": ["paint"], "per": 2})
        lines = [
            {"product": "a", "category": "paint", "quantity": 3, "amount": "9.00"},
            {"product": "b", "category": "paper", "quantity": 5, "amount": "5.00"},
        ]

        town.buys(lines=lines_of(lines))

        assert shown(town) == {"coffee": (1, 2, 0, 0)}

    def test_gives_a_stamp_for_a_visit_once_a_day(self, town):
        town.card(town.reward(), collect={"by": "visit", "most_a_day": 1})

        town.buys(type="visit", amount=None)
        town.buys(type="visit", amount=None)
        town.buys()
        town.now += DAY
        town.buys(type="visit", amount=None)

        assert shown(town) == {"coffee": (2, 1, 0, 0)}

    def test_runs_several_cards_side_by_side(self, town):
        reward = town.reward()
        town.card(reward)
        town.card(reward, "visits", collect={"by": "visit"}, stamps=5)

        town.buys()
        town.buys(type="visit", amount=None)
        town.buys()

        assert shown(town) == {"coffee": (2, 1, 0, 0), "visits": (1, 4, 0, 0)}

    def test_ends_with_the_card_and_keeps_what_was_collected(self, town):
        card = town.card(town.reward())
        town.buys()

        stop_stamp_card(
            programme_id=town.shop.programme.pk, card_id=card.pk, actor=STAFF, at=town.now
        )
        town.buys()

        [held] = stamp_cards_of(town.anna, at=town.now)
        assert (held.stamps, held.is_open) == (1, False)

    def test_lets_stamps_lapse_by_the_cards_own_policy(self, town):
        town.card(town.reward(), expiry={"kind": "term", "days": 30})
        town.buys()

        [held] = stamp_cards_of(town.anna, at=town.now)
        assert held.lapsing == ((date(2026, 12, 22), 1),)

        town.now += timedelta(days=31)
        assert shown(town) == {"coffee": (0, 3, 0, 0)}


class TestFillCards:
    def test_pays_with_the_stamps_and_begins_the_next_card(self, town):
        town.card(town.reward())

        for _ in range(4):
            town.buys()

        redemption = Redemption.objects.get()
        assert (redemption.reward.key, redemption.points, redemption.unit) == (
            "brush",
            3,
            "stamps-coffee",
        )
        transfer = Transfer.objects.get(kind="REDEEM")
        assert (transfer.points, transfer.external_id) == (3, str(redemption.pk))
        assert transfer.debit_account.unit.code == "stamps-coffee"
        assert shown(town) == {"coffee": (1, 2, 0, 1)}
        assert OutboxEvent.objects.filter(name="rewards.stamp_card_filled.v1").count() == 1

    def test_costs_no_points(self, town):
        town.card(town.reward())

        for _ in range(3):
            town.buys()

        points = Account.objects.get(holder=town.anna.holder, unit__code="points")
        assert points.balance == 30

    def test_fills_several_at_once(self, town):
        town.card(town.reward(), collect={"by": "product", "products": ["a"]})

        town.buys(lines=lines_of([{"product": "a", "quantity": 7, "amount": "70.00"}]))

        assert Redemption.objects.count() == 2
        assert shown(town) == {"coffee": (1, 2, 0, 2)}

    def test_gives_nothing_more_when_it_is_told_again(self, town):
        town.card(town.reward(), collect={"by": "product", "products": ["a"]})
        town.buys(lines=lines_of([{"product": "a", "quantity": 4, "amount": "4.00"}]))
        earned = list(OutboxEvent.objects.filter(name="loyalty.points_earned.v1"))

        assert fill_after(events=earned) == 0

        assert Redemption.objects.count() == 1
        assert shown(town) == {"coffee": (1, 2, 0, 1)}

    def test_stays_full_while_there_are_none_left_and_pays_when_there_are(self, town):
        reward = town.reward(stock=0)
        town.card(reward)
        for _ in range(3):
            town.buys()
        assert (shown(town), Redemption.objects.count()) == ({"coffee": (0, 3, 1, 0)}, 0)

        set_stock(reward_id=reward.pk, total=1, actor=STAFF, at=town.now)
        fill_waiting(programme_id=town.shop.programme.pk, at=town.now)

        assert shown(town) == {"coffee": (0, 3, 0, 1)}

    def test_owes_the_stamp_of_a_purchase_that_comes_back_after_the_card_was_full(self, town):
        town.card(town.reward())
        for n in range(3):
            town.buys(external_id=f"sale-{n}")

        town.returns("sale-1")
        account = stamps_of(town)
        assert (account.balance, account.owed) == (0, 1)

        for _ in range(3):
            town.buys()
        assert shown(town) == {"coffee": (2, 1, 0, 1)}
        assert Redemption.objects.count() == 1
        assert is_proved()

    def test_gives_the_stamps_back_to_their_lots_when_it_is_cancelled(self, town):
        town.card(town.reward(), expiry={"kind": "term", "days": 30})
        for _ in range(3):
            town.buys()
        [before] = [card.lapsing for card in stamp_cards_of(town.anna, at=town.now)]

        cancel_redemption(redemption_id=Redemption.objects.get().pk, actor=STAFF, at=town.now)
        fill_waiting(programme_id=town.shop.programme.pk, at=town.now)

        [held] = stamp_cards_of(town.anna, at=town.now)
        assert (before, held.lapsing) == ((), ((date(2026, 12, 22), 3),))
        assert (held.full, held.filled, Redemption.objects.count()) == (1, 0, 1)
        assert is_proved()


class TestStampCardsOf:
    def test_tells_them_in_three_queries_however_many(self, town, django_assert_num_queries):
        reward = town.reward()
        for n in range(4):
            town.card(reward, f"card-{n}")
        town.buys()

        with django_assert_num_queries(3):
            held = stamp_cards_of(town.anna, at=town.now)

        assert [card.stamps for card in held] == [1, 1, 1, 1]
        assert held[0].sentence["en"] == "A stamp for every purchase. 3 stamps get you: Brush."
