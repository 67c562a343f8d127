"""What members do, recorded and rewarded: the way of every purchase, alone or by the thousand."""

from collections.abc import Sequence
from datetime import datetime

from loyalty.errors import DomainError
from loyalty.services import judging
from loyalty.services.rulebook import Rulebook
from loyalty.types import Award, MemberFacts
from members.services.judging import joined_on_of
from members.services.reading import read
from members.services.recording import Recorder, Renew
from members.services.submissions import check_submission
from members.types import ActivitySubmission, RecordedActivity

CHUNK = 500  # activities in one transaction


def record_activity(
    *,
    book: Rulebook,
    submission: ActivitySubmission,
    actor: str,
    at: datetime,
    renew: Renew | None = None,
) -> RecordedActivity:
    """Keep what a member did, book what it earns, and say so; all or nothing.

    The same (source, external_id) with the same content gives the first answer again. What comes
    in late is judged in its place, and so is all that happened after it; a return goes back to its
    sale, or waits for it. Judged by the rules in force when it is recorded: if the book is of
    another version, `renew` gives the one of that version. Raises InvalidRequest with the field
    that is wrong, MemberUnknown, AccountClosed, InsufficientPoints, ReturnExceedsSale,
    ReturnOfAnothersSale, ReturnOfReturn, and KeyConflict when the key was used for another
    activity.
    """
    recorder = Recorder(book, actor=actor, at=at, renew=renew)
    [answer] = recorder.record([submission])
    if isinstance(answer, DomainError):
        raise answer
    return answer


def record_activities(
    *,
    book: Rulebook,
    submissions: Sequence[ActivitySubmission],
    actor: str,
    at: datetime,
    renew: Renew | None = None,
    tells_all: bool = True,
) -> list[RecordedActivity | DomainError]:
    """As `record_activity` for each; what is refused harms no other.

    A member's activities are judged in the order in which they happened, whatever the order here.
    Who does not need to know why a rule gave nothing saves time by `tells_all=False`; the answers
    then need not have those reasons.
    Outside a transaction every CHUNK is one of its own: after an interruption, send all of it
    again, and what was recorded is answered as a repetition.
    """
    recorder = Recorder(book, actor=actor, at=at, renew=renew, tells_all=tells_all)
    answers: list[RecordedActivity | DomainError] = []
    for start in range(0, len(submissions), CHUNK):
        answers += recorder.record(submissions[start : start + CHUNK])
    return answers


def preview_award(*, book: Rulebook, submission: ActivitySubmission, at: datetime) -> Award:
    """What the activity would earn now; nothing is kept. Without a member: what anybody would.

    Raises InvalidRequest and MemberUnknown as `record_activity`.
    """
    activity = check_submission(submission, book=book, source="", at=at).activity
    limits = judging.shared_limits(book.rule_set, activity)
    if not submission.member:
        return judging.award_again(book.rule_set, activity, MemberFacts())
    reading = read(book, [submission], [], limits)
    holder = reading.holder(submission.member)
    return judging.judge(
        book.rule_set,
        judging.read_standing(holder.standing),
        activity,
        joined_on=joined_on_of(book, holder),
        segments=holder.segments_at(activity.occurred_at),
        shared=reading.shared,
    ).award
