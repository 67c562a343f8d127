"""Answers as they are kept: one form per kind of question, whoever says it and however."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from members.errors import AnswerInvalid
from members.models import ProfileField

LONGEST_TEXT = 500
LARGEST = Decimal(10) ** 12
EARLIEST, LATEST = date(1900, 1, 1), date(2100, 12, 31)
YES, NO = {"yes", "true", "1", "ja"}, {"no", "false", "0", "nee"}
Kind = ProfileField.Kind


def checked_value(field: ProfileField, value: Any) -> Any:
    """The answer as JSON keeps it. Raises AnswerInvalid when it does not fit the question.

    A date is "1980-05-17", a number a text of digits with at most two decimals, yes or no true or
    false, a choice its key, several choices their keys in the order of the question.
    """
    return _CHECKS[Kind(field.kind)](field, value)


def _text(_field: ProfileField, value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value.strip()) <= LONGEST_TEXT:
        raise AnswerInvalid(f"An answer has 1 to {LONGEST_TEXT} characters.", field="value")
    if not all(letter.isprintable() or letter in "\n\r\u200d" for letter in value):
        raise AnswerInvalid("An answer has readable characters only.", field="value")
    return value.strip()


def _date(_field: ProfileField, value: Any) -> str:
    try:
        day = value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError as wrong:
        raise AnswerInvalid("A day is written as 1980-05-17.", field="value") from wrong
    if not EARLIEST <= day <= LATEST:
        raise AnswerInvalid("This day is too long ago, or too far ahead.", field="value")
    return day.isoformat()


def _number(_field: ProfileField, value: Any) -> str:
    try:
        said = (
            Decimal(str(value).strip().replace(",", ".")) if not isinstance(value, bool) else None
        )
    except InvalidOperation:
        said = None
    if said is None or not said.is_finite() or abs(said) > LARGEST or said != round(said, 2):
        raise AnswerInvalid("A number has at most two decimals.", field="value")
    return format(said.normalize(), "f")


def _yes_no(_field: ProfileField, value: Any) -> bool:
    said = str(value).strip().lower()
    if said not in YES | NO:
        raise AnswerInvalid("Say yes or no.", field="value")
    return said in YES


def _choice(field: ProfileField, value: Any) -> str:
    keys = {choice["key"] for choice in field.choices}
    if not isinstance(value, str) or value not in keys:
        raise AnswerInvalid("Choose one of the choices.", field="value")
    return value


def _choices(field: ProfileField, value: Any) -> list[str]:
    keys = [choice["key"] for choice in field.choices]
    if not isinstance(value, list | tuple) or not value or set(map(str, value)) - set(keys):
        raise AnswerInvalid("Choose one or more of the choices.", field="value")
    return [key for key in keys if key in value]


_CHECKS: dict[Kind, Callable[[ProfileField, Any], Any]] = {
    Kind.TEXT: _text,
    Kind.DATE: _date,
    Kind.NUMBER: _number,
    Kind.YES_NO: _yes_no,
    Kind.CHOICE: _choice,
    Kind.CHOICES: _choices,
}
