"""What a programme asks of its members: each question with the deal that comes with it."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import Q
from django.utils.text import slugify

from loyalty.errors import InvalidRequest
from loyalty.events import publish
from loyalty.services.thanks import LARGEST
from members.errors import QuestionClosed, QuestionUnknown
from members.events import QuestionStopped
from members.models import Membership, ProfileAnswer, ProfileField, Purpose

MOST_CHOICES = 30
LONGEST_KEPT = 3_660
"""Days that an answer is kept at most: ten years."""
DONE = "profile_answered"
"""The type of the activity by which an answer is known to the rules."""
Kind = ProfileField.Kind
State = ProfileField.State


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A question as a marketer writes it; `choices` are (key, Dutch, English)."""

    key: str
    kind: str
    label_nl: str
    label_en: str
    why_nl: str
    why_en: str
    keep_days: int
    benefit_nl: str = ""
    benefit_en: str = ""
    choices: Sequence[tuple[str, str, str]] = ()
    purpose: str = ""
    points: int = 0
    place: int = 0
    ask_after: int = 0


@transaction.atomic
def save_question(
    *, programme_id: int, question: Question, actor: str, at: datetime
) -> ProfileField:
    """Write a question down, new ones as a draft; by its key the same one is changed.

    Raises InvalidRequest with the field that is wrong, and QuestionClosed when answers would lose
    their meaning: another kind, or a choice gone that somebody chose.
    """
    _check(question)
    known = ProfileField.objects.select_for_update().filter(
        programme_id=programme_id, key=question.key
    )
    field = known.first() or ProfileField(
        programme_id=programme_id, key=question.key, created_at=at
    )
    choices = [{"key": key, "nl": nl, "en": en} for key, nl, en in question.choices]
    if field.pk is not None:
        _check_answered(field, question.kind, {choice["key"] for choice in choices})
    said = msgspec.structs.asdict(question) | {"choices": choices}
    for name, value in said.items():
        setattr(field, name, value.strip() if isinstance(value, str) else value)
    field.save()
    return field


@transaction.atomic
def ask_question(*, field_id: int, actor: str, at: datetime) -> ProfileField:
    """Ask it from now on. Raises QuestionUnknown."""
    return _moved(field_id, State.LIVE)


@transaction.atomic
def stop_question(*, field_id: int, actor: str, at: datetime) -> ProfileField:
    """Ask it no more; what was answered stays until its time is over. Raises QuestionUnknown."""
    return _moved(field_id, State.STOPPED)


@transaction.atomic
def stop_and_delete(*, field_id: int, actor: str, at: datetime) -> int:
    """Ask it no more and delete every answer; how many those were. Raises QuestionUnknown."""
    field = _moved(field_id, State.STOPPED)
    deleted, _per_model = ProfileAnswer.objects.filter(field=field).delete()
    event = QuestionStopped(
        subject=None, occurred_at=at, field=field.key, deleted=deleted, actor=actor
    )
    publish(event, at=at)
    return deleted


def _moved(field_id: int, state: str) -> ProfileField:
    field = ProfileField.objects.select_for_update().filter(pk=field_id).first()
    if field is None:
        raise QuestionUnknown("There is no such question.")
    field.state = state
    field.save(update_fields=["state"])
    return field


def _check(question: Question) -> None:
    needed = ("label_nl", "label_en", "why_nl", "why_en")
    for name in needed:
        if not getattr(question, name).strip():
            raise InvalidRequest("Say this in both languages.", field=name)
    if bool(question.benefit_nl.strip()) != bool(question.benefit_en.strip()):
        raise InvalidRequest("Say this in both languages.", field="benefit_en")
    if not 0 < question.keep_days <= LONGEST_KEPT:
        raise InvalidRequest(f"Answers are kept 1 to {LONGEST_KEPT} days.", field="keep_days")
    if not 0 <= question.points <= LARGEST:
        raise InvalidRequest(f"Thanks are at most {LARGEST} points.", field="points")
    if question.kind not in Kind.values:
        raise InvalidRequest("We do not know this kind.", field="kind")
    if question.purpose and question.purpose not in Purpose.values:
        raise InvalidRequest("We do not know this purpose.", field="purpose")
    _check_choices(question)


def _check_choices(question: Question) -> None:
    keys = [key for key, _nl, _en in question.choices]
    is_choosing = question.kind in {Kind.CHOICE, Kind.CHOICES}
    if is_choosing and not 2 <= len(keys) <= MOST_CHOICES:  # noqa: PLR2004  one is no choice
        raise InvalidRequest(f"Give 2 to {MOST_CHOICES} choices.", field="choices")
    if not is_choosing and keys:
        raise InvalidRequest("This kind of question has no choices.", field="choices")
    if len(set(keys)) != len(keys) or not all(
        key and nl and en for key, nl, en in question.choices
    ):
        raise InvalidRequest("Each choice is said once, in both languages.", field="choices")


def _check_answered(field: ProfileField, kind: str, keys: set[str]) -> None:
    answers = ProfileAnswer.objects.filter(field=field)
    if kind != field.kind and answers.exists():
        raise QuestionClosed("Its kind is fixed: it has answers.", field="kind")
    gone = {choice["key"] for choice in field.choices} - keys
    chosen = Q(value__in=list(gone))
    for key in gone:
        chosen |= Q(value__contains=[key])
    if gone and answers.filter(chosen).exists():
        raise QuestionClosed("Somebody chose what you leave out.", field="choices")


# --- Questions about questions -----------------------------------------------------------------


def field_of(programme_id: int, key: str) -> ProfileField:
    """The question with this key. Raises QuestionUnknown."""
    field = ProfileField.objects.filter(programme_id=programme_id, key=key).first()
    if field is None:
        raise QuestionUnknown("There is no such question.", field="field")
    return field


# Written out: the home page asks it, and the ORM takes longer to word it than the database to answer.
_OPEN = """
SELECT {columns} FROM members_profilefield f
WHERE f.programme_id = %(programme)s AND f.state = 'LIVE' AND f.id <> ALL(%(skipped)s::bigint[])
  AND NOT EXISTS (SELECT 1 FROM members_profileanswer p
                  WHERE p.field_id = f.id AND p.member_id = %(member)s)
  AND (f.ask_after = 0 OR f.ask_after <= (
      SELECT count(*) FROM members_activity a
      WHERE a.membership_id = %(membership)s AND a.type <> %(done)s))
ORDER BY f.place, f.id LIMIT %(limit)s
"""


@cache
def _worded_open() -> str:
    """The query with the fields' columns by name, so that one more disturbs no prepared statement."""
    columns = [f'f."{field.column}"' for field in ProfileField._meta.concrete_fields]
    return _OPEN.format(columns=", ".join(columns))


def open_questions(
    membership: Membership, *, skipped: Sequence[int] = (), limit: int | None = None
) -> list[ProfileField]:
    """What the member can be asked now, in the order of asking: live, due and not answered."""
    asked = {
        "programme": membership.programme_id,
        "skipped": list(skipped),
        "member": membership.member_id,
        "membership": membership.pk,
        "done": DONE,
        "limit": limit,
    }
    return list(ProfileField.objects.raw(_worded_open(), asked))


def next_question(membership: Membership, *, skipped: Sequence[int] = ()) -> ProfileField | None:
    """The one question to ask now, or None; those that were put off are passed over. One query."""
    return next(iter(open_questions(membership, skipped=skipped, limit=1)), None)


def free_key(programme_id: int, name: str) -> str:
    """A key for a new question, made from its name, with a number when that one is taken."""
    taken = set(ProfileField.objects.filter(programme=programme_id).values_list("key", flat=True))
    wanted = slugify(name)[:36].strip("-") or "question"
    numbered = (f"{wanted}-{number}" for number in range(2, len(taken) + 3))
    return next(key for key in (wanted, *numbered) if key not in taken)


def choices_of(field: ProfileField, language: str) -> list[tuple[str, str]]:
    """Key and words of each choice."""
    said: list[dict[str, Any]] = field.choices
    return [(choice["key"], choice["nl" if language == "nl" else "en"]) for choice in said]
