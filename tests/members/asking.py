"""Questions as a marketer writes them, and answers as they come in."""

from datetime import datetime
from typing import Any

from members.models import ProfileAnswer, ProfileField
from members.services.answers import record_answer
from members.services.questions import Question, ask_question, save_question
from tests.members.shop import NOON, Shop

BIRTHDAY: dict[str, Any] = {
    "key": "birthday",
    "kind": "DATE",
    "label_nl": "Wanneer ben je jarig?",
    "label_en": "When is your birthday?",
    "why_nl": "Om je te feliciteren.",
    "why_en": "To wish you a happy one.",
    "benefit_nl": "Een cadeau op je verjaardag.",
    "benefit_en": "A present on your birthday.",
    "keep_days": 730,
    "points": 50,
}
NEXT: dict[str, Any] = {
    **BIRTHDAY,
    "key": "next-job",
    "kind": "CHOICES",
    "label_nl": "Wat ga je verven?",
    "label_en": "What are you painting next?",
    "choices": [("wall", "Een muur", "A wall"), ("door", "Een deur", "A door")],
    "points": 0,
    "place": 1,
}


def question(shop: Shop, *, is_live: bool = True, **said: Any) -> ProfileField:
    field = save_question(
        programme_id=shop.programme.pk,
        question=Question(**{**BIRTHDAY, **said}),
        actor="staff:1",
        at=NOON,
    )
    if is_live:
        field = ask_question(field_id=field.pk, actor="staff:1", at=NOON)
    return field


def answer(
    shop: Shop, value: Any, *, field: str = "birthday", source: str = "MEMBER", at: datetime = NOON
) -> ProfileAnswer:
    return record_answer(
        programme_id=shop.programme.pk,
        member_id=shop.anna.member_id,
        field=field,
        value=value,
        source=source,
        actor="member:1" if source == "MEMBER" else "api:till",
        at=at,
    )
