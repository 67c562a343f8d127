from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from loyalty.errors import InvalidRequest, NotFound, RuleContradicts, RuleInvalid, RuleKeyTaken
from loyalty.models import Account, Budget, EarningRule, Programme, RuleSet, Unit
from loyalty.services import earning
from loyalty.services.accounts import open_programme
from loyalty.services.budgets import drop_budget, save_budget
from loyalty.services.configuration import bump_configuration
from loyalty.services.programmes import change_programme
from loyalty.services.rule_sets import keep_rule_set, rule_set, rule_set_at
from loyalty.services.rulebook import current_rulebook
from loyalty.services.rules import change_rule, copy_rule, draft_rule, publish_rule, stop_rule
from loyalty.services.units import add_unit, change_unit_expiry
from loyalty.types import Activity, EarningBase, Line, LineKind, MemberFacts, Rounding

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ONE_PER_EURO = {
    "schema": 2,
    "trigger": "purchase",
    "effects": [{"kind": "per_amount", "points": 1, "per": "1.00"}],
}
NEVER_HOLDS = {
    "schema": 2,
    "trigger": "purchase",
    "conditions": [
        {"field": "basket.amount", "operator": "at_least", "value": "50.00"},
        {"field": "basket.amount", "operator": "at_most", "value": "10.00"},
    ],
    "effects": [{"kind": "fixed", "points": 5}],
}


@pytest.fixture
def programme() -> Programme:
    return open_programme(programme=Programme(slug="shop", name="Shop"), at=NOON).programme


def draft(programme: Programme, key: str = "base", **changes: Any) -> EarningRule:
    said = {
        "programme_id": programme.pk,
        "key": key,
        "name_nl": "Basis",
        "name_en": "Base",
        "document": ONE_PER_EURO,
        "actor": "staff:1",
        "at": NOON,
    }
    return draft_rule(**(said | changes))


def live(programme: Programme, key: str = "base", **changes: Any) -> EarningRule:
    rule = draft(programme, key, **changes)
    publish_rule(rule_id=rule.pk, actor="staff:1", at=changes.get("at", NOON))
    return rule


def kept(programme: Programme) -> list[tuple[int, list[str]]]:
    """Each rule set's number and the keys of its rules."""
    rows = RuleSet.objects.filter(programme=programme).order_by("number")
    return [(row.number, [rule["key"] for rule in row.document["rules"]]) for row in rows]


def last(programme: Programme) -> dict[str, Any]:
    document: dict[str, Any] = RuleSet.objects.filter(programme=programme).latest("number").document
    return document


def change(programme: Programme, **changes: Any) -> Programme:
    said = {
        "programme_id": programme.pk,
        "name": "Shop",
        "point_worth": Decimal("0.01"),
        "rounding": Rounding.FLOOR,
        "expiry": {"kind": "never"},
        "base": EarningBase(),
        "return_policy": Programme.ReturnPolicy.OWED,
        "goodwill_days": 14,
        "transfer_limit": None,
        "brand_colour": "#123456",
        "accent_colour": "#654321",
        "actor": "staff:1",
        "at": NOON,
    }
    return change_programme(**(said | changes))


class TestKeepRuleSet:
    def test_is_kept_whole_by_every_change_and_once(self, programme: Programme) -> None:
        assert kept(programme) == [(1, [])]
        rule = live(programme)
        live(programme, "more", at=NOON + DAY)
        stop_rule(rule_id=rule.pk, actor="staff:1", at=NOON + 2 * DAY)
        keep_rule_set(programme_id=programme.pk, actor="staff:1", at=NOON + 3 * DAY)

        assert kept(programme) == [(1, []), (2, ["base"]), (3, ["base", "more"]), (4, ["more"])]
        assert last(programme) == {
            "schema": 1,
            "time_zone": "Europe/Amsterdam",
            "currency": "EUR",
            "rounding": "FLOOR",
            "base": {"points_tender": False, "gift_cards": False, "delivery": False},
            "return_policy": "OWED",
            "goodwill_days": 14,
            "budgets": {},
            "units": {"points": {"kind": "POINTS", "expiry": {"kind": "never"}}},
            "tier_sets": [],
            "rules": [
                {
                    "key": "more",
                    "version": 1,
                    "name": {"nl": "Basis", "en": "Base"},
                    "priority": 0,
                    "starts_at": None,
                    "ends_at": None,
                    "document": ONE_PER_EURO,
                }
            ],
        }

    def test_follows_a_new_name_but_not_a_draft(self, programme: Programme) -> None:
        rule = live(programme)
        said = {"rule_id": rule.pk, "name_en": "Base", "actor": "staff:1", "at": NOON}
        change_rule(name_nl="Basis", document=ONE_PER_EURO, priority=3, **said)
        assert len(kept(programme)) == 2

        change_rule(name_nl="Punten op alles", document=ONE_PER_EURO, priority=3, **said)
        assert last(programme)["rules"][0]["name"]["nl"] == "Punten op alles"
        assert last(programme)["rules"][0]["priority"] == 0

    def test_is_found_by_the_moment(self, programme: Programme) -> None:
        live(programme, at=NOON + DAY)
        numbers = [
            row.number if (row := rule_set_at(programme.pk, NOON + n * DAY)) else None
            for n in (-1, 0, 1, 9)
        ]
        assert numbers == [None, 1, 2, 2]

    def test_is_made_of_what_nobody_kept_when_it_is_first_needed(
        self, programme: Programme
    ) -> None:
        rule = draft(programme)
        EarningRule.objects.filter(pk=rule.pk).update(state=EarningRule.State.LIVE)
        rule.versions.update(published_at=NOON + DAY)
        bump_configuration()

        book = current_rulebook(programme_id=programme.pk)

        assert [each.key for each in book.rule_set.rules] == [rule.key]
        made = RuleSet.objects.latest("number")
        assert (made.pk, made.number, made.since) == (book.rule_set_id, 2, NOON + DAY)

    def test_is_parsed_once(self, programme: Programme, django_assert_num_queries: Any) -> None:
        live(programme)
        book = current_rulebook(programme_id=programme.pk)
        with django_assert_num_queries(0):
            assert rule_set(book.rule_set_id) is book.rule_set

    def test_unknown_is_refused(self) -> None:
        with pytest.raises(NotFound):
            rule_set(-1)


class TestAward:
    def test_goes_by_the_whole_rule_set(self, programme: Programme) -> None:
        live(programme)
        change(programme, base=EarningBase(delivery=True), rounding=Rounding.CEILING)
        bought = Activity(
            type="purchase",
            occurred_at=NOON,
            amount=Decimal("35.10"),
            tender=Decimal("5.00"),
            lines=(
                Line(product="a", amount=Decimal("20.10")),
                Line(product="b", amount=Decimal("10.00"), kind=LineKind.GIFT_CARD),
                Line(product="c", amount=Decimal("5.00"), kind=LineKind.DELIVERY),
            ),
        )
        book = current_rulebook(programme_id=programme.pk)

        # 20.10 less 5.00 paid with points, and 5.00 for delivery, rounded up
        assert earning.award(book=book, activity=bought, facts=MemberFacts()).points == 21


class TestUnits:
    def test_have_accounts_of_the_programmes_own(self, programme: Programme) -> None:
        unit = add_unit(
            programme_id=programme.pk,
            code="stamps",
            kind=Unit.Kind.STAMPS,
            name_nl="stempels",
            name_en="stamps",
            expiry={"kind": "term", "months": 6},
            actor="staff:1",
            at=NOON,
        )

        accounts = current_rulebook(programme_id=programme.pk).units["stamps"]
        assert accounts.unit_id == unit.pk
        assert Account.objects.get(pk=accounts.issuance).kind == Account.Kind.ISSUANCE
        assert last(programme)["units"]["stamps"] == {
            "kind": "STAMPS",
            "expiry": {"kind": "term", "months": 6},
        }

    def test_of_credits_are_never_given_away(self, programme: Programme) -> None:
        said = {"name_nl": "x", "name_en": "x", "actor": "staff:1", "at": NOON}
        unit = add_unit(programme_id=programme.pk, code="credits", kind=Unit.Kind.CREDITS, **said)
        assert not unit.is_shareable

    def test_with_a_code_that_is_taken_are_refused(self, programme: Programme) -> None:
        said = {"name_nl": "x", "name_en": "x", "actor": "staff:1", "at": NOON}
        with pytest.raises(InvalidRequest):
            add_unit(programme_id=programme.pk, code="points", kind=Unit.Kind.POINTS, **said)
        assert Unit.objects.count() == 1

    def test_lapse_otherwise_from_then_on(self, programme: Programme) -> None:
        policy = {"kind": "inactivity", "months": 12, "activities": ["purchase"]}
        said = {"programme_id": programme.pk, "actor": "staff:1", "at": NOON + DAY}
        change_unit_expiry(code="points", expiry=policy, **said)

        assert last(programme)["units"]["points"]["expiry"] == policy
        with pytest.raises(RuleInvalid):
            change_unit_expiry(code="points", expiry={"kind": "whenever"}, **said)
        with pytest.raises(NotFound):
            change_unit_expiry(code="stamps", expiry=policy, **said)
        assert RuleSet.objects.count() == 2


class TestChangeProgramme:
    def test_changes_every_policy_and_keeps_the_rule_set(self, programme: Programme) -> None:
        change(
            programme,
            expiry={"kind": "end_of", "period": "year"},
            return_policy=Programme.ReturnPolicy.WRITE_OFF,
            goodwill_days=0,
            transfer_limit=100,
            at=NOON + DAY,
        )
        programme.refresh_from_db()
        assert programme.transfer_limit == 100
        said = last(programme)
        assert (said["return_policy"], said["goodwill_days"]) == ("WRITE_OFF", 0)
        assert said["units"]["points"]["expiry"] == {"kind": "end_of", "period": "year"}
        assert RuleSet.objects.count() == 2

    def test_refuses_an_expiry_that_cannot_be_and_changes_nothing(
        self, programme: Programme
    ) -> None:
        with pytest.raises(RuleInvalid):
            change(programme, name="Other", expiry={"kind": "term"})
        programme.refresh_from_db()
        assert programme.name == "Shop"


class TestBudgets:
    def test_are_part_of_what_holds(self, programme: Programme) -> None:
        said = {"key": "autumn", "name_nl": "Herfst", "name_en": "Autumn", "actor": "a"}
        save_budget(programme_id=programme.pk, points=500, at=NOON, **said)
        budget = save_budget(programme_id=programme.pk, points=900, at=NOON, **said)
        assert last(programme)["budgets"] == {"autumn": 900}

        with pytest.raises(InvalidRequest):
            save_budget(programme_id=programme.pk, points=-1, at=NOON, **said)
        drop_budget(budget_id=budget.pk, actor="a", at=NOON)
        assert last(programme)["budgets"] == {}
        assert not Budget.objects.exists()


class TestPublishing:
    def test_refuses_what_can_never_give_anything(self, programme: Programme) -> None:
        rule = draft(programme, document=NEVER_HOLDS)
        with pytest.raises(RuleContradicts) as refused:
            publish_rule(rule_id=rule.pk, actor="staff:1", at=NOON)
        assert "50" in refused.value.detail
        rule.refresh_from_db()
        assert rule.state == EarningRule.State.DRAFT
        assert kept(programme) == [(1, [])]

    def test_returns_what_is_good_to_know(self, programme: Programme) -> None:
        rule = draft(
            programme,
            document={**ONE_PER_EURO, "effects": [{"kind": "multiplier", "factor": "2"}]},
        )
        published = publish_rule(rule_id=rule.pk, actor="staff:1", at=NOON)
        assert published.version.number == 1
        assert [found.severity.value for found in published.findings] == ["WARNING"]

    def test_of_a_rule_for_later_is_done_today(self, programme: Programme) -> None:
        live(programme, starts_at=NOON + 5 * DAY, ends_at=NOON + 9 * DAY)
        (rule,) = current_rulebook(programme_id=programme.pk).rules
        assert [rule.in_force(NOON + n * DAY) for n in (0, 5, 8, 9)] == [False, True, True, False]


class TestCopyRule:
    def test_is_a_draft_that_says_the_same(self, programme: Programme) -> None:
        rule = live(programme, starts_at=NOON + DAY)
        said = {"name_nl": "Kopie", "name_en": "Copy", "actor": "staff:2", "at": NOON}

        copy = copy_rule(rule_id=rule.pk, key="copy", **said)

        version = copy.versions.get()
        assert copy.state == EarningRule.State.DRAFT
        assert (version.document, version.starts_at, version.published_at) == (
            ONE_PER_EURO,
            NOON + DAY,
            None,
        )
        with pytest.raises(RuleKeyTaken):
            copy_rule(rule_id=rule.pk, key="copy", **said)
