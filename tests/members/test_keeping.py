"""Which data there is, who uses it, and how long it is kept."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import translation

from loyalty.errors import InvalidRequest, NotFound
from members.models import (
    ClaimAttempt,
    Consent,
    FieldUse,
    GuestSale,
    Import,
    ImportRow,
    MemberLook,
    Message,
    Preference,
    ProfileAnswer,
    ProfileField,
    Retention,
    TimelineEntry,
    Visitor,
    VisitorEvent,
)
from members.services.data_quality import FieldQuality, data_quality, stop_and_forget
from members.services.field_use import note_current_uses, note_use, uses_of
from members.services.retention import carry_out, inactive_members, kept_kinds, set_retention
from tests.members.asking import answer, question
from tests.members.deeds import bought, record
from tests.members.shop import NOON, Shop

OLD = NOON - timedelta(days=4_000)


def quality(shop: Shop, days: int = 0) -> dict[str, FieldQuality]:
    found = data_quality(shop.programme, at=NOON + timedelta(days=days))
    return {each.field: each for each in found}


class TestFieldUse:
    def test_writes_down_what_live_rules_look_at(self, shop: Shop) -> None:
        question(shop)
        shop.publish(
            "told",
            {
                "schema": 1,
                "trigger": "profile_answered",
                "conditions": [
                    {
                        "field": "activity.attribute",
                        "name": "field",
                        "operator": "in",
                        "value": ["birthday"],
                    },
                    {"field": "member.joined", "operator": "at_least", "value": 30},
                ],
                "effect": {"kind": "fixed", "points": 5},
            },
        )

        note_current_uses(programme_id=shop.programme.pk, at=NOON)
        note_current_uses(programme_id=shop.programme.pk, at=NOON)

        rows = FieldUse.objects.filter(used_by="rule:told").values_list("field", "used_on")
        assert sorted(rows) == [
            ("member.joined", date(2026, 11, 22)),
            ("profile:birthday", date(2026, 11, 22)),
        ]
        with translation.override("nl"):
            [use] = uses_of(shop.programme.pk)["profile:birthday"]
        assert "told nl" in use.by
        assert use.on == date(2026, 11, 22)

    def test_keeps_the_last_day_only(self, shop: Shop) -> None:
        for on in (date(2026, 11, 1), date(2026, 11, 5)):
            note_use(programme_id=shop.programme.pk, field="member.name", used_by="report:x", on=on)

        assert FieldUse.objects.get().used_on == date(2026, 11, 5)


class TestDataQuality:
    def test_counts_what_is_filled_verified_old_and_disagreed_about(
        self, shop: Shop, django_assert_max_num_queries: Any
    ) -> None:
        question(shop)
        answer(shop, "1980-05-17", at=NOON - timedelta(days=10))
        answer(shop, "1990-01-01", source="API")
        with django_assert_max_num_queries(5):
            found = quality(shop)

        birthday, email, name = (
            found["profile:birthday"],
            found["member.email"],
            found["member.name"],
        )
        assert (birthday.filled_share, birthday.verified_share) == (100, 100)
        assert (birthday.age, birthday.conflicts) == (10, 1)
        assert (email.filled, email.verified) == (1, 0)
        assert (name.filled, name.verified, name.age) == (1, None, None)
        assert found["member.phone"].filled_share == 0
        assert found["preference:brand"].filled == 0

    def test_calls_unused_what_nothing_used_for_ninety_days(self, shop: Shop) -> None:
        question(shop)
        note_use(
            programme_id=shop.programme.pk,
            field="preference:brand",
            used_by="report:x",
            on=date(2026, 11, 22),
        )

        def unused(days: int) -> list[str]:
            return [each.field for each in quality(shop, days).values() if each.is_unused]

        assert "profile:birthday" not in unused(90)
        assert "preference:brand" not in unused(90)
        assert {"profile:birthday", "preference:brand"} <= set(unused(91))

    def test_deletes_a_question_with_its_answers(self, shop: Shop) -> None:
        question(shop)
        answer(shop, "1980-05-17")

        deleted = self.forget(shop, "profile:birthday")

        assert deleted == 1
        assert not ProfileAnswer.objects.exists()
        assert ProfileField.objects.get().state == "STOPPED"

    def test_deletes_a_kind_of_preference(self, shop: Shop) -> None:
        for kind in ("BRAND", "STORE"):
            Preference.objects.create(
                membership=shop.anna, kind=kind, key="x", source="ASKED", said_at=NOON
            )

        assert self.forget(shop, "preference:brand") == 1
        assert Preference.objects.get().kind == "STORE"

    @pytest.mark.parametrize("field", ["member.email", "profile:x", "preference:x", ""])
    def test_refuses_what_is_not_to_be_deleted(self, shop: Shop, field: str) -> None:
        with pytest.raises(InvalidRequest):
            self.forget(shop, field)

    @staticmethod
    def forget(shop: Shop, field: str) -> int:
        return stop_and_forget(
            programme_id=shop.programme.pk, field=field, actor="staff:1", at=NOON
        )


def _everything(shop: Shop, at: Any) -> None:
    """One row of every kind that is kept for a time, from that moment."""
    member = shop.anna.member
    TimelineEntry.objects.create(
        member=member, event_id=at.toordinal(), name="x", payload={}, occurred_at=at
    )
    Message.objects.create(membership=shop.anna, key=str(at), kind="welcome", sent_at=at)
    MemberLook.objects.create(
        member=member, actor="staff:1", role="x", deed="SEEN", on=at.date(), last_at=at
    )
    for is_given in (True, False):
        Consent.objects.create(
            member=member,
            purpose="OFFERS",
            channel="SMS",
            is_given=is_given,
            text_version="",
            touchpoint="",
            actor="",
            recorded_at=at,
        )
    _of_strangers(shop, at)


def _of_strangers(shop: Shop, at: Any) -> None:
    """Of visitors, receipts without a member and files."""
    ours = shop.programme
    visitor = Visitor.objects.create(
        id=uuid4(), programme=ours, agreed_at=at, text_version="2026-11"
    )
    VisitorEvent.objects.create(
        visitor=visitor,
        source="web",
        external_id=str(at),
        submission={},
        occurred_at=at,
        recorded_at=at,
    )
    ClaimAttempt.objects.create(membership=shop.anna, address="x", attempted_at=at)
    GuestSale.objects.create(
        id=uuid4(),
        programme=ours,
        source="till",
        external_id=str(at),
        digest="",
        submission={},
        fingerprint="",
        occurred_at=at,
        recorded_at=at,
        claimable_until=at,
    )
    done = Import.objects.create(
        id=uuid4(),
        programme=ours,
        kind="MEMBERS",
        file_name="x.csv",
        digest="",
        actor="staff:1",
        uploaded_at=at,
        ended_at=at,
    )
    ImportRow.objects.create(of=done, number=2, outcome="REFUSED", said={"name": "x"})


class TestRetention:
    def test_lets_go_of_each_kind_after_its_time_and_of_nothing_else(self, shop: Shop) -> None:
        _everything(shop, OLD)
        _everything(shop, NOON)

        removed = carry_out(programme_id=shop.programme.pk, at=NOON + timedelta(hours=1))

        assert removed == {
            "answers": 0,
            "timeline": 1,
            "messages": 1,
            "looks": 1,
            "replaced_consents": 2,
            "visitor_events": 1,
            "visitors": 1,
            "guest_sales": 1,
            "claim_attempts": 1,
            "refused_rows": 1,
            "delivery_addresses": 0,
        }
        assert TimelineEntry.objects.count() == 1
        assert Consent.objects.filter(recorded_at=NOON).count() == 2
        assert [row.said for row in ImportRow.objects.order_by("of__ended_at")] == [
            None,
            {"name": "x"},
        ]
        assert Retention.objects.get(kind="looks").last_removed == 1
        assert set(carry_out(programme_id=shop.programme.pk, at=NOON).values()) == {0}

    def test_keeps_the_last_word_of_a_consent_however_old(self, shop: Shop) -> None:
        _everything(shop, OLD)

        carry_out(programme_id=shop.programme.pk, at=NOON)

        assert [consent.is_given for consent in Consent.objects.all()] == [False]

    def test_deletes_answers_when_their_own_questions_time_is_over(self, shop: Shop) -> None:
        question(shop)
        answer(shop, "1980-05-17")
        at_the_end = NOON + timedelta(days=730)

        before = carry_out(programme_id=shop.programme.pk, at=at_the_end - timedelta(seconds=1))
        after = carry_out(programme_id=shop.programme.pk, at=at_the_end)

        assert (before["answers"], after["answers"]) == (0, 1)
        assert not ProfileAnswer.objects.exists()

    def test_keeps_it_for_as_long_as_was_set(self, shop: Shop) -> None:
        _everything(shop, NOON - timedelta(days=40))
        self.set(shop, "messages", 30)

        removed = carry_out(programme_id=shop.programme.pk, at=NOON)

        assert (removed["messages"], removed["timeline"]) == (1, 0)

    @pytest.mark.parametrize(
        ("kind", "days", "refusal"),
        [
            ("songs", 30, NotFound),
            ("answers", 30, NotFound),
            ("messages", 29, InvalidRequest),
            ("messages", 36_501, InvalidRequest),
        ],
    )
    def test_refuses_what_it_does_not_keep_or_not_so(
        self, shop: Shop, kind: str, days: int, refusal: type[Exception]
    ) -> None:
        with pytest.raises(refusal):
            self.set(shop, kind, days)

        assert not Retention.objects.exists()

    @staticmethod
    def set(shop: Shop, kind: str, days: int) -> None:
        set_retention(
            programme_id=shop.programme.pk, kind=kind, days=days, actor="staff:1", at=NOON
        )

    def test_lists_inactive_members_and_forgets_nobody(self, shop: Shop) -> None:
        record(shop, bought("1", 2, "10.00"))
        in_three_years = NOON + timedelta(days=3 * 365)

        nobody, _none = inactive_members(shop.programme, at=in_three_years - timedelta(days=30))
        count, [candidate] = inactive_members(shop.programme, at=in_three_years + timedelta(days=1))
        carry_out(programme_id=shop.programme.pk, at=in_three_years + timedelta(days=1))

        assert (nobody, count) == (0, 1)
        assert candidate.member_id == shop.anna.member_id
        assert candidate.last_at is not None
        shop.anna.member.refresh_from_db()
        assert shop.anna.member.erased_at is None

    def test_knows_every_kind_once(self, shop: Shop) -> None:
        kinds = [kept.kind.key for kept in kept_kinds(shop.programme.pk)]

        assert len(kinds) == len(set(kinds)) >= 11
