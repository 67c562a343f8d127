"""The invented people who hold the households' cards."""

import re

import pytest

from config.demo.people import People, card_number, check_digit


class TestCheckDigit:
    @pytest.mark.parametrize(
        "number", ["4006381333931", "8710398500007", "9780306406157", "2990000000019"]
    )
    def test_is_that_of_a_known_ean(self, number: str) -> None:
        assert check_digit(number[:12]) == number[12]


class TestCardNumber:
    def test_is_an_ean_of_the_in_store_range(self) -> None:
        assert card_number(1) == "2990000000019"
        assert card_number(2500) == "2990000025005"

    @pytest.mark.parametrize("number", [-1, 10**9])
    def test_refuses_what_does_not_fit(self, number: int) -> None:
        with pytest.raises(ValueError, match=f"no card number for {number}"):
            card_number(number)


class TestPeople:
    def test_are_the_same_in_any_order(self) -> None:
        ids = [1, 7, 2500]
        first, second = People(), People()
        assert [first.of(n) for n in ids] == [second.of(n) for n in reversed(ids)][::-1]

    def test_never_share_a_card_or_an_address(self) -> None:
        people = [People().of(1), *map(People().of, range(2, 2501))]
        assert len({person.card for person in people}) == 2_500
        assert len({person.email for person in people}) == 2_500

    def test_have_addresses_that_reach_nobody(self) -> None:
        people = map(People().of, range(1, 2501))
        pattern = re.compile(r"[a-z]+\.[a-z]+\.\d+@example\.org")
        assert [p.email for p in people if not pattern.fullmatch(p.email)] == []

    def test_mostly_speak_dutch(self) -> None:
        languages = [People().of(n).language for n in range(1, 25)]
        assert languages.count("nl") == 22
        assert languages.count("en") == 2
