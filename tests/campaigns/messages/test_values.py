"""What the fields of a text are for a member."""

import pytest
from pytest_django import DjangoAssertNumQueries

from campaigns.services.values import values_of, values_of_context
from members.services.enrolment import enrol_member
from tests.members.shop import NOON, Shop

pytestmark = pytest.mark.django_db


class TestValuesOf:
    def test_says_what_a_member_is_called_and_holds(self, shop: Shop) -> None:
        values = values_of([shop.anna.pk], NOON)[shop.anna.pk]
        assert values["given_name"] == shop.anna.member.given_name
        assert values["programme"] == shop.programme.name
        assert values["points"] == {"nl": "0", "en": "0"}
        assert values["points_word"] == {"nl": "punten", "en": "points"}
        assert values["expiring_on"] == ""

    def test_asks_as_much_for_many_as_for_one(
        self, shop: Shop, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        ids = [shop.anna.pk]
        for number in range(5):
            enrolled = enrol_member(
                programme_id=shop.programme.pk,
                identifiers=[f"email:nr{number}@example.nl"],
                touchpoint="test",
                actor="test",
                at=NOON,
            )
            ids.append(enrolled.pk)
        values_of(ids, NOON)  # the rulebook is kept from here on
        with django_assert_num_queries(4):
            assert set(values_of(ids, NOON)) == set(ids)

    def test_knows_nobody_who_is_not_there(self, shop: Shop) -> None:
        assert values_of([0], NOON) == {}


class TestValuesOfContext:
    def test_writes_numbers_as_each_language_does(self) -> None:
        assert values_of_context({"granted": 1500, "gift": {"nl": "x", "en": "y"}, "n": None}) == {
            "granted": {"nl": "1.500", "en": "1,500"},
            "gift": {"nl": "x", "en": "y"},
        }
