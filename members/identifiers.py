"""By what members are found, written in one way each, so that case and spaces make no second one."""

import re
import secrets
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import phonenumbers

from loyalty.errors import InvalidRequest
from members.models import Identifier

Kind = Identifier.Kind

_CARD_DIGITS = (8, 19)
_EAN = 13
_CARD_PREFIX = "299"  # from the range that GS1 leaves to shops for their own use
_LOCAL = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}")
_DOMAIN = re.compile(r"[^@\s\x00-\x1f\x7f.]{1,63}(\.[^@\s\x00-\x1f\x7f.]{1,63})+")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_SYSTEM = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_EXTERNAL = re.compile(r"[\x21-\x7e]{1,100}")
_LONGEST = 254
_PHONE_SIGNS = re.compile(r"[0-9+\s()./-]{1,40}", re.ASCII)
DEFAULT_REGION = "NL"
"""In which country a telephone number without a country's code is."""


class ParsedIdentifier(NamedTuple):
    """An identifier as it is stored; `system` is set only for numbers of other systems."""

    kind: str
    system: str
    value: str

    def __str__(self) -> str:
        word = {Kind.EXTERNAL: f"ext:{self.system}"}.get(Kind(self.kind), self.kind.lower())
        return f"{word}:{self.value}"


@lru_cache(maxsize=4096)
def parse_identifier(text: str) -> ParsedIdentifier:
    """Read `card:…`, `email:…`, `phone:…` or `ext:system:value`, normalised.

    Raises InvalidRequest when it is none of these, or cannot be right.
    """
    word, colon, value = text.strip().partition(":")
    read = _READERS.get(word.strip().lower())
    if not colon or read is None:
        raise InvalidRequest("An identifier is card:…, email:…, phone:… or ext:system:….")
    return read(value.strip())


def typed_identifier(text: str) -> ParsedIdentifier:
    """What somebody typed or scanned at a till: a card, an address or a telephone number.

    Raises InvalidRequest when it can be none of these.
    """
    said = text.strip()
    if said.partition(":")[0].strip().lower() in _READERS:
        return parse_identifier(said)
    if "@" in said:
        return parse_identifier(f"email:{said}")
    if said.startswith(("+", "0")) and not _has_check_digit(said) and _dialled(said):
        return parse_identifier(f"phone:{said}")
    return parse_identifier(f"card:{said}")


def address_without_tag(address: str) -> str:
    """The address without what stands behind a plus: not the same person, but perhaps."""
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def new_card_number() -> str:
    """A fresh number for a virtual card: 13 digits that any shop's scanner reads as EAN-13."""
    digits = _CARD_PREFIX + f"{secrets.randbelow(10**9):09d}"
    return digits + check_digit(digits)


def check_digit(digits: str) -> str:
    """The thirteenth digit of an EAN-13 whose first twelve these are."""
    weighed = sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(digits))
    return str(-weighed % 10)


def _has_check_digit(said: str) -> bool:
    return len(said) == _EAN and said.isdecimal() and said[-1] == check_digit(said[:-1])


def _card(value: str) -> ParsedIdentifier:
    digits = re.sub(r"[\s-]", "", value)
    shortest, longest = _CARD_DIGITS
    if not (digits.isascii() and digits.isdigit() and shortest <= len(digits) <= longest):
        raise InvalidRequest(f"A card number has {shortest} to {longest} digits.")
    if len(digits) == _EAN and digits[-1] != check_digit(digits[:-1]):
        raise InvalidRequest("The card number has a typing error: its check digit does not fit.")
    return ParsedIdentifier(Kind.CARD.value, "", digits)


def _email(value: str) -> ParsedIdentifier:
    address = unicodedata.normalize("NFC", unicodedata.normalize("NFC", value).lower())
    local, _, domain = address.rpartition("@")
    fits = _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain) and len(address) <= _LONGEST
    if not fits or not _printable(address):
        raise InvalidRequest("That is not an e-mail address.")
    return ParsedIdentifier(Kind.EMAIL.value, "", address)


def _phone(value: str) -> ParsedIdentifier:
    """As dialled from abroad; a number of no known plan stays as its digits."""
    digits = _dialled(value) or _digits_of(value)
    return ParsedIdentifier(Kind.PHONE.value, "", digits)


def _dialled(value: str) -> str:
    """A number that exists in its country's plan, in E.164; nothing for another."""
    if not _PHONE_SIGNS.fullmatch(value):
        return ""
    said = f"+{value[2:]}" if value.startswith("00") else value
    try:
        number = phonenumbers.parse(said, DEFAULT_REGION)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _digits_of(value: str) -> str:
    digits = re.sub(r"[\s().-]", "", value)
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    elif digits.startswith("0"):
        digits = f"+31{digits[1:]}"
    if not (digits.isascii() and _PHONE.fullmatch(digits)):
        raise InvalidRequest("That is not a telephone number.")
    return digits


def _external(value: str) -> ParsedIdentifier:
    system, _, number = value.partition(":")
    system, number = system.strip().lower(), number.strip()
    if not _SYSTEM.fullmatch(system) or not _EXTERNAL.fullmatch(number):
        raise InvalidRequest("A number in another system is written ext:system:number.")
    return ParsedIdentifier(Kind.EXTERNAL.value, system, number)


def _printable(text: str) -> bool:
    """No characters that show as nothing or turn the text round; they would make twins."""
    return all(unicodedata.category(character)[0] != "C" for character in text)


_READERS: dict[str, Callable[[str], ParsedIdentifier]] = {
    "card": _card,
    "email": _email,
    "phone": _phone,
    "ext": _external,
}
