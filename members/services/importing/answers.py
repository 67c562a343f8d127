"""What a line answers to the programme's questions."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from loyalty.errors import DomainError
from members.models import ProfileAnswer, ProfileField
from members.services.answer_values import checked_value
from members.services.answers import record_answer
from members.services.importing import values
from members.services.importing.owners import Job
from members.services.importing.reading import Line
from members.services.importing.refused import LineRefused, refused_by

PREFIX = "answer:"
Kind = ProfileField.Kind


def questions_of(job: Job) -> dict[str, ProfileField]:
    """The live questions that have a column, by its field."""
    keys = [field.removeprefix(PREFIX) for field in job.layout.places if field.startswith(PREFIX)]
    if not keys:
        return {}
    live = ProfileField.objects.filter(
        programme_id=job.programme_id, key__in=keys, state=ProfileField.State.LIVE
    )
    return {f"{PREFIX}{question.key}": question for question in live}


def answers_of(job: Job, line: Line, questions: Mapping[str, ProfileField]) -> dict[str, Any]:
    """By question, what the line answers. Raises LineRefused for what is no answer to it."""
    found: dict[str, Any] = {}
    for field in job.layout.places:
        said = job.layout.said(line, field) if field.startswith(PREFIX) else ""
        if not said:
            continue
        question = questions.get(field)
        if question is None:
            raise LineRefused("field_unknown", field.removeprefix(PREFIX), field=field)
        try:
            found[question.key] = checked_value(question, _value(question, said, field))
        except DomainError as refusal:
            raise refused_by(refusal, field=field) from refusal
    return found


def _value(question: ProfileField, said: str, field: str) -> Any:
    match question.kind:
        case Kind.DATE:
            return values.day(said, field).isoformat()
        case Kind.NUMBER:
            return str(values.number(said, field))
        case Kind.YES_NO:
            return values.yes_or_no(said, field)
        case Kind.CHOICES:
            return [part.strip() for part in said.replace(";", ",").split(",") if part.strip()]
        case _:
            return said


def keep_answers(job: Job, member_id: UUID, answers: Mapping[str, Any]) -> None:
    """Keep what a new member answered elsewhere. Raises DomainError for what is refused after all."""
    for key, value in answers.items():
        record_answer(
            programme_id=job.programme_id,
            member_id=member_id,
            field=key,
            value=value,
            source=ProfileAnswer.Source.IMPORT,
            actor=job.actor,
            at=job.at,
        )
