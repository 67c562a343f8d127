"""Who the households are: invented, and always the same for the same household."""

import re
import unicodedata
from datetime import date
from typing import NamedTuple

from faker import Faker

_PREFIX = "299"  # 200–299 are numbers for use inside one's own shops
_ENGLISH_EVERY = 12  # one household in twelve prefers English


class Person(NamedTuple):
    """Who holds the household's card. The e-mail domain is reserved and reaches nobody."""

    household: int
    given_name: str
    family_name: str
    email: str
    card: str
    language: str
    birth_date: date


class People:
    """Makes the person of a household. Faker is slow to start, so one is kept."""

    def __init__(self) -> None:
        self._faker = Faker("nl_NL")

    def of(self, household: int) -> Person:
        """The person of this household; raises ValueError for an id that fits no card."""
        self._faker.seed_instance(household)
        given, family = self._faker.first_name(), self._faker.last_name()
        born = date(1945, 1, 1).toordinal() + self._faker.random_int(0, 58 * 365)
        return Person(
            household=household,
            given_name=given,
            family_name=family,
            email=f"{_plain(given)}.{_plain(family)}.{household}@example.org",
            card=card_number(household),
            language="en" if household % _ENGLISH_EVERY == 0 else "nl",
            birth_date=date.fromordinal(born),
        )


def card_number(number: int) -> str:
    """An EAN-13 from the range for in-store use; raises ValueError unless 0 <= number < 10⁹."""
    if not 0 <= number < 10**9:
        raise ValueError(f"no card number for {number}")
    digits = f"{_PREFIX}{number:09d}"
    return digits + check_digit(digits)


def check_digit(digits: str) -> str:
    """The thirteenth digit of an EAN-13, from the twelve before it."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return str(-total % 10)


def _plain(name: str) -> str:
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z]", "", ascii_only.lower())
