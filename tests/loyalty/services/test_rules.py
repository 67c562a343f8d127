from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from loyalty.errors import RuleInvalid, RuleKeyTaken
from loyalty.models import Configuration, EarningRule, OutboxEvent, Programme
from loyalty.services.accounts import open_programme
from loyalty.services.rules import change_rule, draft_rule, publish_rule, stop_rule

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(days=1)
ONE_PER_EURO = {
    "schema": 1,
    "trigger": "purchase",
    "conditions": [],
    "effect": {"kind": "per_amount", "points": 1, "per": "1.00"},
}
TWO_PER_EURO = {**ONE_PER_EURO, "effect": {"kind": "per_amount", "points": 2, "per": "1.00"}}
NONSENSE = {**ONE_PER_EURO, "effect": {"kind": "magic"}}


@pytest.fixture
def programme() -> Programme:
    return open_programme(programme=Programme(slug="shop", name="Shop"), at=NOON).programme


def draft(programme: Programme, **changes: Any) -> EarningRule:
    said = {
        "programme_id": programme.pk,
        "key": "base",
        "name_nl": "Basis",
        "name_en": "Base",
        "document": ONE_PER_EURO,
        "actor": "staff:1",
        "at": NOON,
    }
    return draft_rule(**(said | changes))


def change(rule: EarningRule, **changes: Any) -> None:
    said = {
        "rule_id": rule.pk,
        "name_nl": "Basis",
        "name_en": "Base",
        "document": TWO_PER_EURO,
        "actor": "staff:2",
        "at": LATER,
    }
    change_rule(**(said | changes))


def versions(rule: EarningRule) -> list[tuple[int, int, bool, bool]]:
    """Number, points per euro, whether published, whether retired."""
    return [
        (v.number, v.document["effect"]["points"], bool(v.published_at), bool(v.retired_at))
        for v in rule.versions.order_by("number")
    ]


def said_events() -> list[tuple[str, int]]:
    rows = OutboxEvent.objects.order_by("id").values_list("name", "payload__version")
    return [(name.split(".")[1], version) for name, version in rows]


class TestDraftRule:
    def test_stores_a_version_that_is_not_live(self, programme: Programme) -> None:
        rule = draft(programme)
        assert rule.state == EarningRule.State.DRAFT
        assert versions(rule) == [(1, 1, False, False)]
        assert said_events() == [("rule_drafted", 1)]

    def test_refuses_a_document_the_engine_does_not_know_and_stores_nothing(
        self, programme: Programme
    ) -> None:
        with pytest.raises(RuleInvalid):
            draft(programme, document=NONSENSE)
        assert not EarningRule.objects.exists()

    def test_refuses_a_key_that_is_taken_and_stores_nothing(self, programme: Programme) -> None:
        draft(programme)
        with pytest.raises(RuleKeyTaken):
            draft(programme, name_nl="Ander")
        assert list(EarningRule.objects.values_list("name_nl", flat=True)) == ["Basis"]
        assert OutboxEvent.objects.count() == 1


class TestPublishRule:
    def test_makes_the_draft_live_and_moves_the_configuration(self, programme: Programme) -> None:
        rule = draft(programme)
        publish_rule(rule_id=rule.pk, actor="staff:1", at=NOON)
        rule.refresh_from_db()
        assert rule.state == EarningRule.State.LIVE
        assert versions(rule) == [(1, 1, True, False)]
        assert Configuration.objects.get().version > 1
        assert said_events() == [("rule_drafted", 1), ("rule_published", 1)]

    def test_twice_is_once(self, programme: Programme) -> None:
        rule = draft(programme)
        publish_rule(rule_id=rule.pk, actor="staff:1", at=NOON)
        publish_rule(rule_id=rule.pk, actor="staff:1", at=LATER)
        assert rule.versions.get().published_at == NOON
        assert said_events() == [("rule_drafted", 1), ("rule_published", 1)]

    def test_retires_the_version_before(self, programme: Programme) -> None:
        rule = draft(programme)
        publish_rule(rule_id=rule.pk, actor="staff:1", at=NOON)
        change(rule)
        publish_rule(rule_id=rule.pk, actor="staff:1", at=LATER)
        assert versions(rule) == [(1, 1, True, True), (2, 2, True, False)]

    def test_starts_a_stopped_rule_again_under_a_new_version(self, programme: Programme) -> None:
        rule = draft(programme)
        publish_rule(rule_id=rule.pk, actor="staff:1", at=NOON)
        stop_rule(rule_id=rule.pk, actor="staff:1", at=NOON)
        publish_rule(rule_id=rule.pk, actor="staff:1", at=LATER)
        assert versions(rule) == [(1, 1, True, True), (2, 1, True, False)]


class TestChangeRule:
    def test_rewrites_a_draft(self, programme: Programme) -> None:
        rule = draft(programme)
        change(rule)
        assert versions(rule) == [(1, 2, False, False)]

    def test_never_changes_a_published_version(self, programme: Programme) -> None:
        rule = draft(programme)
        publish_rule(rule_id=rule.pk, actor="staff:1", at=NOON)
        change(rule)
        rule.refresh_from_db()
        assert rule.state == EarningRule.State.LIVE
        assert versions(rule) == [(1, 1, True, False), (2, 2, False, False)]

    def test_the_same_words_make_no_version(self, programme: Programme) -> None:
        rule = draft(programme)
        publish_rule(rule_id=rule.pk, actor="staff:1", at=NOON)
        change(rule, document=ONE_PER_EURO, name_nl="Andere naam")
        rule.refresh_from_db()
        assert rule.name_nl == "Andere naam"
        assert versions(rule) == [(1, 1, True, False)]

    def test_refuses_nonsense_and_changes_nothing(self, programme: Programme) -> None:
        rule = draft(programme)
        with pytest.raises(RuleInvalid):
            change(rule, document=NONSENSE, name_nl="Andere naam")
        rule.refresh_from_db()
        assert rule.name_nl == "Basis"
        assert versions(rule) == [(1, 1, False, False)]


class TestStopRule:
    def test_retires_the_live_version(self, programme: Programme) -> None:
        rule = draft(programme)
        publish_rule(rule_id=rule.pk, actor="staff:1", at=NOON)
        stop_rule(rule_id=rule.pk, actor="staff:1", at=LATER)
        rule.refresh_from_db()
        assert rule.state == EarningRule.State.STOPPED
        assert rule.versions.get().retired_at == LATER
        assert said_events()[-1] == ("rule_stopped", 1)

    def test_leaves_a_draft_alone(self, programme: Programme) -> None:
        rule = draft(programme)
        stop_rule(rule_id=rule.pk, actor="staff:1", at=LATER)
        rule.refresh_from_db()
        assert rule.state == EarningRule.State.DRAFT
        assert said_events() == [("rule_drafted", 1)]
