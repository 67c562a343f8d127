from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from loyalty.earning.standing import Standing, read_standing
from loyalty.errors import InvalidRequest, NotFound, TierSetInvalid
from loyalty.models import (
    Account,
    OutboxEvent,
    Programme,
    RuleSet,
    TierAssignment,
    TierMove,
    TierSet,
)
from loyalty.models import Standing as StandingRow
from loyalty.remarks import words_of
from loyalty.services.accounts import open_member_account, open_programme
from loyalty.services.rule_sets import rule_set
from loyalty.services.rulebook import current_rulebook
from loyalty.services.standings import locked_standings, set_standing
from loyalty.services.tier_moves import book_tier_moves
from loyalty.services.tiers import (
    assign_tier,
    assigned_to,
    end_assignment,
    publish_tier_set,
    save_tier_set,
    stop_tier_set,
)
from tests.loyalty.earning.ladders import earned, policy, tier

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def programme() -> Programme:
    return open_programme(programme=Programme(slug="shop", name="Shop"), at=NOON).programme


@pytest.fixture
def account(programme: Programme) -> int:
    return open_member_account(programme_id=programme.pk, holder=uuid4(), at=NOON)


@pytest.fixture
def ladder(programme: Programme) -> TierSet:
    tier_set = save(programme)
    return publish_tier_set(tier_set_id=tier_set.pk, actor="staff:1", at=NOON)


def save(programme: Programme, **changes: Any) -> TierSet:
    said = {
        "programme_id": programme.pk,
        "key": "status",
        "name_nl": "Status",
        "name_en": "Status",
        "policy": policy(),
        "actor": "staff:1",
        "at": NOON,
    }
    return save_tier_set(**(said | changes))


def assign(account: int, ladder: TierSet, **changes: Any) -> TierAssignment:
    said = {
        "account_id": account,
        "tier_set_id": ladder.pk,
        "tier": "gold",
        "reason": "Made up for a lost parcel",
        "actor": "staff:1",
        "at": NOON,
    }
    return assign_tier(**(said | changes))


def sets(programme: Programme) -> list[list[str]]:
    """The tier sets of each rule set, in order."""
    rows = RuleSet.objects.filter(programme=programme).order_by("number")
    return [[each["key"] for each in row.document["tier_sets"]] for row in rows]


def standing_of(account: int) -> Standing:
    row = StandingRow.objects.filter(account_id=account).first()
    return read_standing(row.document if row else None)


def buy(account: int, points: int, at: datetime) -> None:
    """What a purchase does to the standing, and to nothing else."""
    programme_id = Account.objects.values_list("unit__programme_id", flat=True).get(pk=account)
    rules = current_rulebook(programme_id=programme_id).rule_set
    (held,) = locked_standings([account])
    set_standing(held, earned(rules, (at, points), standing=held.standing))


def moves(account: int) -> list[tuple[str, str, str, datetime]]:
    rows = TierMove.objects.filter(account_id=account).order_by("effective_at", "id")
    return [(row.before, row.after, row.cause, row.effective_at) for row in rows]


def told() -> list[tuple[str, str]]:
    rows = OutboxEvent.objects.filter(name="loyalty.tier_changed.v1").order_by("id")
    return [(row.payload["before"], row.payload["after"]) for row in rows]


def book(programme: Programme, at: datetime, **changes: Any) -> int:
    return book_tier_moves(programme_id=programme.pk, at=at, **changes).moves


class TestSaveTierSet:
    def test_holds_for_nobody_until_it_is_published(self, programme: Programme) -> None:
        tier_set = save(programme)
        assert sets(programme) == [[]]

        publish_tier_set(tier_set_id=tier_set.pk, actor="staff:1", at=NOON)
        publish_tier_set(tier_set_id=tier_set.pk, actor="staff:1", at=NOON)
        assert sets(programme) == [[], ["status"]]

        stop_tier_set(tier_set_id=tier_set.pk, actor="staff:1", at=NOON)
        assert sets(programme) == [[], ["status"], []]

    def test_of_a_set_that_is_live_holds_from_then_on(
        self, programme: Programme, ladder: TierSet
    ) -> None:
        save(programme, policy=policy(tiers={"bronze": 5}), at=NOON + DAY)

        last = RuleSet.objects.filter(programme=programme).latest("number")
        assert last.document["tier_sets"][0]["policy"]["tiers"][0]["key"] == "bronze"
        assert last.since == NOON + DAY

    def test_refuses_what_cannot_be_carried_out_and_stores_nothing(
        self, programme: Programme
    ) -> None:
        with pytest.raises(TierSetInvalid):
            save(programme, policy=policy(tiers={"gold": -1}))
        assert not TierSet.objects.exists()

    def test_refuses_a_tier_of_another_set(self, programme: Programme, ladder: TierSet) -> None:
        with pytest.raises(TierSetInvalid) as refused:
            save(programme, key="club", policy=policy(tiers={"member": 1, "gold": 2}))
        assert refused.value.field == "tiers.1.key"
        assert TierSet.objects.count() == 1


class TestAssignTier:
    def test_gives_the_tier_and_tells_it(
        self, programme: Programme, account: int, ladder: TierSet
    ) -> None:
        assign(account, ladder, ends_at=NOON + 10 * DAY)

        rules = current_rulebook(programme_id=programme.pk).rule_set
        standing = standing_of(account)
        assert tier(standing, rules, NOON) == "gold"
        assert tier(standing, rules, NOON + 10 * DAY) == ""
        assert StandingRow.objects.get().sequence == 1
        assert moves(account) == [("", "gold", "assigned", NOON)]
        assert told() == [("", "gold")]
        event = OutboxEvent.objects.get(name="loyalty.tier_changed.v1")
        assert event.subject == Account.objects.get(pk=account).holder

    def test_changes_nothing_that_is_higher_already(
        self, programme: Programme, account: int, ladder: TierSet
    ) -> None:
        buy(account, 300, NOON - DAY)

        assign(account, ladder, tier="silver")

        assert tier(standing_of(account), rule_set(RuleSet.objects.latest("number").pk), NOON) == (
            "gold"
        )
        assert told() == []

    def test_again_moves_the_end(self, account: int, ladder: TierSet) -> None:
        assign(account, ladder, ends_at=NOON + DAY)
        assign(account, ladder, at=NOON + timedelta(hours=1))

        assert [(a.starts_at, a.ends_at) for a in standing_of(account).assigned] == [
            (NOON, NOON + timedelta(hours=1)),
            (NOON + timedelta(hours=1), None),
        ]
        assert told() == [("", "gold")]

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"tier": "platinum"}, "tier"),
            ({"reason": "  "}, "reason"),
            ({"reason": "x" * 501}, "reason"),
            ({"ends_at": NOON}, "ends_at"),
        ],
    )
    def test_refuses_what_makes_no_sense_and_changes_nothing(
        self, account: int, ladder: TierSet, changes: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(InvalidRequest) as refused:
            assign(account, ladder, **changes)

        assert refused.value.field == field
        assert not TierAssignment.objects.exists()
        assert not StandingRow.objects.exists()

    def test_refuses_a_set_of_another_programme(self, account: int) -> None:
        other = open_programme(programme=Programme(slug="other", name="Other"), at=NOON).programme

        with pytest.raises(NotFound):
            assign(account, save(other))


class TestEndAssignment:
    def test_lets_what_was_earned_count_again(
        self, programme: Programme, account: int, ladder: TierSet
    ) -> None:
        given = assign(account, ladder)

        for hours in (1, 2):  # the second time changes nothing
            end_assignment(
                assignment_id=given.pk,
                reason="A mistake",
                actor="staff:2",
                at=NOON + timedelta(hours=hours),
            )

        given.refresh_from_db()
        assert given.ended_at == NOON + timedelta(hours=1)
        assert words_of([given.reason])[given.reason]["en"] == (
            "Made up for a lost parcel\nA mistake"
        )
        assert told() == [("", "gold"), ("gold", "")]
        assert assigned_to(account)[0].ends_at == given.ended_at
        assert standing_of(account).assigned == assigned_to(account)


class TestBookTierMoves:
    @pytest.fixture
    def climbed(self, programme: Programme, account: int, ladder: TierSet) -> datetime:
        """Gold since noon; the moment at which it lapses."""
        save(programme, policy=policy(downgrade="one_level"))
        buy(account, 300, NOON)
        assert book(programme, NOON) == 1
        return datetime(2027, 11, 22, 23, tzinfo=UTC)

    def test_books_what_nobody_booked_yet(
        self, programme: Programme, account: int, climbed: datetime
    ) -> None:
        assert moves(account) == [("", "gold", "recounted", NOON)]
        assert book(programme, NOON) == 0

    def test_books_a_lapse_once_it_is_there_with_its_moment(
        self, programme: Programme, account: int, climbed: datetime
    ) -> None:
        assert book(programme, climbed - timedelta(seconds=1)) == 0
        assert book(programme, climbed + DAY) == 1
        assert book(programme, climbed + 2 * DAY) == 0

        assert moves(account)[1:] == [("gold", "silver", "lapsed", climbed)]
        assert told() == [("", "gold"), ("gold", "silver")]

    def test_late_books_the_same_as_in_time(
        self, programme: Programme, account: int, climbed: datetime
    ) -> None:
        second = datetime(2028, 11, 22, 23, tzinfo=UTC)

        assert book(programme, second + 400 * DAY) == 2

        assert moves(account)[1:] == [
            ("gold", "silver", "lapsed", climbed),
            ("silver", "", "lapsed", second),
        ]

    def test_books_the_end_of_a_tier_given_by_hand(
        self, programme: Programme, account: int, ladder: TierSet
    ) -> None:
        assign(account, ladder, ends_at=NOON + DAY)

        assert book(programme, NOON + 2 * DAY) == 1
        assert moves(account)[1:] == [("gold", "", "assignment_ended", NOON + DAY)]

    def test_goes_on_where_it_was(self, programme: Programme, ladder: TierSet) -> None:
        accounts = [
            open_member_account(programme_id=programme.pk, holder=uuid4(), at=NOON)
            for _ in range(3)
        ]
        for account in accounts:
            buy(account, 100, NOON)

        first = book_tier_moves(programme_id=programme.pk, at=NOON, limit=2)
        assert (first.accounts, first.moves, first.last_account) == (2, 2, accounts[1])
        last = book_tier_moves(programme_id=programme.pk, at=NOON, limit=2, after=accounts[1])
        assert (last.accounts, last.moves, last.last_account) == (1, 1, None)

    def test_without_tiers_reads_nothing(self, programme: Programme, account: int) -> None:
        assert book(programme, NOON) == 0

    def test_asks_the_database_little_when_nothing_changed(
        self, programme: Programme, ladder: TierSet, django_assert_max_num_queries: Any
    ) -> None:
        for _ in range(5):
            account = open_member_account(programme_id=programme.pk, holder=uuid4(), at=NOON)
            buy(account, 100, NOON)
        book(programme, NOON)

        with django_assert_max_num_queries(12):
            assert book(programme, NOON + DAY) == 0
