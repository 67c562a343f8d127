from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from loyalty.ledger.posting import Posting, post
from loyalty.models import Account, Programme, Transfer
from loyalty.selectors import balance_card, live_rules, rule_sentences, statement
from loyalty.services.rulebook import current_rulebook, rulebook
from loyalty.services.rules import draft_rule, publish_rule, stop_rule
from tests.members.shop import NOON, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return open_shop()


class TestRulebook:
    def test_is_kept_for_a_version_and_read_again_for_the_next(
        self, shop, django_assert_num_queries
    ):
        book = shop.book
        with django_assert_num_queries(0):
            assert rulebook(programme_id=shop.programme.pk, configuration=book.version) is book

        rule = draft_rule(
            programme_id=shop.programme.pk,
            key="review",
            name_nl="Beoordeling",
            name_en="Review",
            document={"schema": 1, "trigger": "review", "effect": {"kind": "fixed", "points": 5}},
            actor="test",
            at=NOON,
        )
        assert len(current_rulebook(programme_id=shop.programme.pk).rules) == 3
        publish_rule(rule_id=rule.pk, actor="test", at=NOON)
        assert len(current_rulebook(programme_id=shop.programme.pk).rules) == 4
        stop_rule(rule_id=rule.pk, actor="test", at=NOON)
        assert len(current_rulebook(programme_id=shop.programme.pk).rules) == 3


class TestRuleSentences:
    def test_tells_the_rules_in_force_in_either_language(self, shop):
        shop.publish(
            "later",
            {"schema": 1, "trigger": "visit", "effect": {"kind": "fixed", "points": 5}},
            starts_at=NOON + timedelta(days=1),
        )

        dutch = rule_sentences(shop.programme.pk, "nl", NOON)
        english = rule_sentences(shop.programme.pk, "en", NOON)

        assert {said.key for said in dutch} == {"base", "paint-twice", "fifty"}
        assert {rule.key for rule in live_rules(shop.programme.pk, NOON)} == {
            said.key for said in english
        }
        assert dutch[0].name == "base nl"
        assert english[0].name == "base en"
        assert dutch[0].sentence != english[0].sentence


def _earn(shop, points, key, **changes):
    account = Account.objects.get(holder=shop.anna.holder)
    posting = {
        "kind": Transfer.Kind.EARN,
        "debit_account": shop.book.issuance_account,
        "credit_account": account.pk,
        "points": points,
        "source": "test",
        "external_id": key,
        "actor": "test",
        "effective_at": NOON,
    }
    post(Posting(**posting | changes), at=NOON)
    return account.pk


class TestBalanceCard:
    def test_tells_usable_from_pending_and_lapsed_points(self, shop):
        Programme.objects.update(point_worth=Decimal("0.0125"))
        soon, later = NOON + timedelta(days=10), NOON + timedelta(days=300)
        _earn(shop, 100, "never")
        _earn(shop, 30, "soon", expires_at=soon)
        _earn(shop, 3, "soon too", expires_at=soon)
        _earn(shop, 40, "later", expires_at=later)
        _earn(shop, 7, "pending", available_from=NOON + timedelta(seconds=1))
        account = _earn(shop, 9, "lapsed", expires_at=NOON)

        card = balance_card(account, at=NOON)

        assert (card.points, card.pending) == (173, 7)
        assert card.worth == Decimal("2.16")
        assert card.expiring == [(date(2026, 12, 2), 33), (date(2027, 9, 18), 40)]

    def test_names_the_last_day_on_which_points_can_be_spent(self, shop):
        account = _earn(shop, 5, "x", expires_at=datetime(2027, 1, 1, 23, tzinfo=UTC))

        assert balance_card(account, at=NOON).expiring == [(date(2027, 1, 1), 5)]


class TestStatement:
    def test_has_spent_and_earned_in_the_order_of_the_books(self, shop):
        account = _earn(shop, 100, "e-1")
        _earn(
            shop,
            40,
            "s-1",
            kind=Transfer.Kind.REDEEM,
            debit_account=account,
            credit_account=shop.book.redeemed_account,
        )
        _earn(shop, 5, "e-2")

        lines = statement(account)
        rest = statement(account, before=lines[0].transfer, limit=1)

        assert [(line.points, line.balance_after) for line in lines] == [
            (5, 65),
            (-40, 60),
            (100, 100),
        ]
        assert rest == [lines[1]]
