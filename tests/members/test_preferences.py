"""What members like: what they say, and what their purchases say when they agreed to that."""

from datetime import timedelta
from typing import Any

import pytest

from loyalty.errors import DomainError
from loyalty.services.registry import register_categories, register_locations
from members.errors import MemberUnknown, PreferenceUnknown
from members.models import Preference
from members.services.consents import record_consent
from members.services.inference import infer_preferences
from members.services.preferences import (
    forget_preference,
    known_keys,
    say_preference,
    set_preferences,
)
from members.types import LineSubmission
from tests.members.deeds import bought, part, record, returned
from tests.members.shop import NOON, Shop, open_shop


@pytest.fixture
def shop(db: None) -> Shop:
    shop = open_shop()
    words = {key: {"nl": f"{key} nl", "en": f"{key} en"} for key in ["paint", "tools", "glue"]}
    register_categories(programme_id=shop.programme.pk, words=words)
    register_locations(programme_id=shop.programme.pk, names=["Utrecht", "Zwolle"])
    return shop


def agree(shop: Shop, *, is_given: bool = True, minutes: int = 0) -> None:
    record_consent(
        member_id=shop.anna.member_id,
        purpose="PROFILING",
        channel="ANY",
        is_given=is_given,
        text_version="2026-11",
        touchpoint="portal",
        actor="member:1",
        at=NOON + timedelta(minutes=minutes),
    )


def line(category: str, amount: str, brand: str = "") -> LineSubmission:
    return LineSubmission(product=category or "x", category=category, amount=amount, brand=brand)


def sell(shop: Shop, key: str, *lines: LineSubmission, day: int = 2, **more: Any) -> None:
    said = {"channel": "store", "location": "Utrecht", **more}
    record(shop, bought(key, day, lines=lines, **said))


def infer(shop: Shop, **more: Any) -> int:
    return infer_preferences(programme_id=shop.programme.pk, at=NOON, **more)


def known(**which: Any) -> list[tuple[str, str, int]]:
    rows = Preference.objects.filter(**which).order_by("kind", "-weight", "key")
    return list(rows.values_list("kind", "key", "weight"))


class TestSetPreferences:
    def said(self, shop: Shop, kind: str, *liked: str) -> None:
        set_preferences(
            membership_id=shop.anna.pk, kind=kind, liked=liked, actor="member:1", at=NOON
        )

    def test_keeps_exactly_what_was_said_of_that_kind(self, shop: Shop) -> None:
        self.said(shop, "CATEGORY", "paint", "glue")
        self.said(shop, "STORE", "Zwolle")
        self.said(shop, "CATEGORY", "glue", "tools")

        assert known(source="ASKED") == [
            ("CATEGORY", "glue", 100),
            ("CATEGORY", "tools", 100),
            ("STORE", "Zwolle", 100),
        ]

    @pytest.mark.parametrize(
        ("kind", "key"),
        [("CATEGORY", "cheese"), ("STORE", "Ghent"), ("CHANNEL", "ANY"), ("SONG", "x")],
    )
    def test_refuses_what_the_programme_does_not_know(
        self, shop: Shop, kind: str, key: str
    ) -> None:
        with pytest.raises(PreferenceUnknown):
            self.said(shop, kind, "paint" if kind == "CATEGORY" else key, key)

        assert known() == []

    def test_refuses_for_nobody(self, shop: Shop) -> None:
        with pytest.raises(MemberUnknown) as refusal:
            set_preferences(membership_id=0, kind="STORE", liked=[], actor="x", at=NOON)

        assert isinstance(refusal.value, DomainError)

    def test_leaves_what_was_concluded_alone(self, shop: Shop) -> None:
        Preference.objects.create(
            membership=shop.anna, kind="CATEGORY", key="paint", source="INFERRED", said_at=NOON
        )

        self.said(shop, "CATEGORY")

        assert known() == [("CATEGORY", "paint", 100)]

    def test_knows_the_brands_that_are_sold(self, shop: Shop) -> None:
        sell(shop, "1", line("paint", "10.00", "Verfa"))

        assert known_keys(shop.programme.pk, "BRAND") == {"Verfa": "Verfa"}


class TestInferPreferences:
    def test_looks_at_nobody_who_did_not_agree(self, shop: Shop) -> None:
        sell(shop, "1", line("paint", "60.00"))
        sell(shop, "2", line("paint", "60.00"))

        assert infer(shop) == 0
        assert known() == []

    def test_weighs_by_the_share_of_what_was_spent(self, shop: Shop) -> None:
        agree(shop)
        sell(shop, "1", line("paint", "60.00", "Verfa"), line("tools", "30.00", "Hamer"))
        sell(shop, "2", line("glue", "10.00"), location="Zwolle")
        sell(shop, "3", line("", "0.01"), channel="web")

        infer(shop)

        assert known(source="INFERRED") == [
            ("BRAND", "Verfa", 59),
            ("BRAND", "Hamer", 29),
            ("CATEGORY", "paint", 59),
            ("CATEGORY", "tools", 29),
            ("STORE", "Utrecht", 50),
            ("STORE", "Zwolle", 50),
        ]

    def test_says_nothing_by_one_purchase_or_by_old_ones(self, shop: Shop) -> None:
        agree(shop)
        sell(shop, "1", line("paint", "60.00"))
        sell(shop, "2", line("paint", "60.00"), occurred_at=NOON - timedelta(days=366))

        infer(shop)

        assert known() == []

    def test_does_not_count_what_came_back(self, shop: Shop) -> None:
        agree(shop)
        sell(shop, "1", line("paint", "60.00"), line("glue", "40.00"))
        sell(shop, "2", line("tools", "40.00"))
        record(shop, returned("r1", "1", 3, part(1, "1")))
        record(shop, returned("r2", "2", 3))

        infer(shop)

        assert known(kind="CATEGORY") == [("CATEGORY", "glue", 100)]

    def test_gives_the_same_again_and_forgets_what_holds_no_more(self, shop: Shop) -> None:
        agree(shop)
        sell(shop, "1", line("paint", "60.00"))
        sell(shop, "2", line("paint", "60.00"))
        infer(shop)
        first = known()
        again = infer(shop)
        sell(shop, "3", line("tools", "5000.00"))
        infer(shop)

        assert first == [("CATEGORY", "paint", 100), ("STORE", "Utrecht", 100)]
        assert again == 0
        assert known(kind="CATEGORY") == [("CATEGORY", "tools", 97)]

    def test_never_concludes_away_what_the_member_said(self, shop: Shop) -> None:
        agree(shop)
        sell(shop, "1", line("paint", "60.00"))
        sell(shop, "2", line("paint", "60.00"))
        infer(shop)
        say_preference(
            membership_id=shop.anna.pk,
            kind="CATEGORY",
            key="paint",
            is_liked=False,
            actor="member:1",
            at=NOON,
        )

        infer(shop)

        paint = Preference.objects.get(kind="CATEGORY", key="paint")
        assert (paint.source, paint.is_liked) == ("ASKED", False)

        assert forget_preference(
            membership_id=shop.anna.pk, kind="CATEGORY", key="paint", actor="member:1", at=NOON
        )
        infer(shop)
        assert known(kind="CATEGORY", source="INFERRED") == [("CATEGORY", "paint", 100)]

    def test_deletes_what_was_concluded_of_whoever_agrees_no_more(self, shop: Shop) -> None:
        agree(shop)
        sell(shop, "1", line("paint", "60.00"))
        sell(shop, "2", line("paint", "60.00"))
        infer(shop)
        agree(shop, is_given=False, minutes=1)
        after = known()
        Preference.objects.create(
            membership=shop.anna, kind="BRAND", key="x", source="INFERRED", said_at=NOON
        )

        assert after == []
        assert infer(shop) == 1
        assert known() == []

    def test_can_be_asked_of_one_member(self, shop: Shop) -> None:
        agree(shop)
        sell(shop, "1", line("paint", "60.00"))
        sell(shop, "2", line("paint", "60.00"))

        assert infer(shop, member_ids=[shop.anna.member_id]) == 2
