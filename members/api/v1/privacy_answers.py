"""What the API tells of consents, questions and answers; only what is named here goes out."""

from datetime import datetime
from typing import Any

from members.api.v1.answers import Answer, Texts


class ConsentTextItem(Answer, frozen=True, kw_only=True):
    """The words to ask a purpose in, as they hold now."""

    purpose: str
    version: str
    text: Texts


class PermissionItem(Answer, frozen=True, kw_only=True):
    """Whether the member agrees to a purpose by a channel at this moment."""

    purpose: str
    channel: str
    is_given: bool


class ConsentItem(Answer, frozen=True, kw_only=True):
    """A receipt: what was said, in which words, where and when."""

    purpose: str
    channel: str
    is_given: bool
    text_version: str
    touchpoint: str
    recorded_at: datetime


class ConsentsAnswer(Answer, frozen=True, kw_only=True):
    """What holds `now`, with the receipts behind it, the latest first."""

    texts: list[ConsentTextItem]
    now: list[PermissionItem]
    receipts: list[ConsentItem]


class ConflictItem(Answer, frozen=True, kw_only=True):
    """What another source said."""

    value: Any
    source: str
    at: datetime


class AnswerItem(Answer, frozen=True, kw_only=True):
    """What a member answered; `conflict` is there when another source said something else."""

    field: str
    value: Any
    source: str
    answered_at: datetime
    confirmed_at: datetime | None
    conflict: ConflictItem | None


class ChoiceItem(Answer, frozen=True, kw_only=True):
    """One of the choices of a question."""

    key: str
    name: Texts


class QuestionItem(Answer, frozen=True, kw_only=True):
    """A question with its deal: show all of it when you ask it."""

    field: str
    kind: str
    label: Texts
    why: Texts
    benefit: Texts
    purpose: str
    points: int
    keep_days: int
    choices: list[ChoiceItem]


class AnswersAnswer(Answer, frozen=True, kw_only=True):
    """What the member answered, and what is still to be asked, in order."""

    answers: list[AnswerItem]
    open: list[QuestionItem]
