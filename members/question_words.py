"""Questions and answers in words, and which questions were put off."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext

from members.models import ProfileAnswer, ProfileField
from members.services.questions import choices_of

Kind = ProfileField.Kind
YEAR = 365
SKIPPED = "questions_skipped"
"""In the session: the questions that were put off until the next visit."""


def skipped(request: HttpRequest) -> list[int]:
    """The questions that were put off in this session, by id."""
    said = request.session.get(SKIPPED, [])
    return [pk for pk in said if isinstance(pk, int)]


def deal_of(field: ProfileField) -> dict[str, Any]:
    """Why it is asked, what the member gets and how long it is kept, in the language in force."""
    is_english = get_language() == "en"
    return {
        "title": str(field),
        "why": field.why_en if is_english else field.why_nl,
        "benefit": field.benefit_en if is_english else field.benefit_nl,
        "purpose": field.get_purpose_display() if field.purpose else "",
        "keep_days": field.keep_days,
        "keep_years": field.keep_days // YEAR if field.keep_days % YEAR == 0 else 0,
        "points": field.points,
    }


def told_answer(answer: ProfileAnswer) -> str:
    """The answer in the language in force."""
    return told_value(answer.field, answer.value)


def told_value(question: ProfileField, value: Any) -> str:
    """A value that fits, or fitted, the question; in the language in force."""
    words = dict(choices_of(question, get_language() or "nl"))
    match question.kind:
        case Kind.DATE:
            return str(date_format(date.fromisoformat(str(value)), "DATE_FORMAT"))
        case Kind.YES_NO:
            return gettext("Yes") if value else gettext("No")
        case Kind.CHOICE:
            return words.get(value, str(value))
        case Kind.CHOICES:
            return ", ".join(words.get(key, str(key)) for key in value)
    return str(value)


def told_source(source: str) -> str:
    """Who said it, as the member reads it."""
    words = {
        ProfileAnswer.Source.MEMBER: gettext("you told us"),
        ProfileAnswer.Source.DESK: gettext("the service desk wrote it down"),
        ProfileAnswer.Source.IMPORT: gettext("from our earlier records"),
        ProfileAnswer.Source.API: gettext("from the webshop or the till"),
    }
    return words.get(ProfileAnswer.Source(source), source)
