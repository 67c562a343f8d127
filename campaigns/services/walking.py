"""Members walk through their campaigns: every step taken once, whatever dies or races meanwhile.

A step's effects, the note that it was taken and the participant's next place are written in one
transaction, under the participant's lock. Messages, waits and questions are done for many at once;
what gives something locks accounts, so each participant does that in a transaction of their own.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction
from django.db.models import QuerySet, prefetch_related_objects
from msgspec import Struct, field

from campaigns.errors import BudgetSpent
from campaigns.journeys.document import Document, read_document
from campaigns.journeys.steps import Condition, Message, Split, Step, Wait, kind_of
from campaigns.journeys.walking import after, drawn_part, into, step_at, wakes_at
from campaigns.models import Campaign, CampaignVersion, Participant, StepTaken
from campaigns.services.actions import Params, Traveller, carry_out, tell
from campaigns.services.conditions import matching
from campaigns.services.parking import try_later
from campaigns.services.rewriting import rewrite
from loyalty.errors import DomainError

BATCH = 1_000
State = Participant.State
_FOR_MANY = (Wait, Condition, Split, Message)

log = structlog.get_logger()


class _Walk(Struct):
    """Some participants in one transaction. `is_alone`: one, who may be given something."""

    at: datetime
    is_alone: bool
    taken: list[StepTaken] = field(default_factory=list)
    left: list[int] = field(default_factory=list)  # who has to go on alone


def walk(*, at: datetime, limit: int = 5000) -> int:
    """Let those who are due go on, as far as they come; how many, at most about `limit`.

    Safe many at once. Somebody whose step breaks is tried again later, and stopped in the end.
    """
    gone = 0
    while gone < limit:
        claimed: list[int] = []
        try:
            alone = _walk_many(claimed, at)
        except Exception:  # noqa: BLE001 - one of them broke it: each on their own
            log.warning("campaigns.walk_broke", participants=len(claimed))
            alone = claimed
        for participant_id in alone:
            _walk_one(participant_id, at)
        gone += len(claimed)
        if not claimed:
            break
    return gone


@transaction.atomic
def _walk_many(claimed: list[int], at: datetime) -> list[int]:
    """Let a batch go as far as sets come; who has to go on alone."""
    due = Participant.objects.filter(
        state=State.ACTIVE, wake_at__lte=at, campaign__state=Campaign.State.LIVE
    )
    return _claimed(due, claimed, at, is_alone=False)


def _walk_one(participant_id: int, at: datetime) -> None:
    try:
        with transaction.atomic():
            due = Participant.objects.filter(
                pk=participant_id,
                state=State.ACTIVE,
                wake_at__lte=at,
                campaign__state=Campaign.State.LIVE,
            )
            _claimed(due, [], at, is_alone=True)
    except BudgetSpent:
        _pause_spent(participant_id)
    except Exception:
        log.exception("campaigns.step_broke", participant=participant_id)
        try_later(participant_id, at=at)


def _claimed(
    due: QuerySet[Participant], claimed: list[int], at: datetime, *, is_alone: bool
) -> list[int]:
    locked = due.select_for_update(of=("self",), skip_locked=True, no_key=True)
    participants = list(locked.order_by("wake_at", "pk")[:BATCH])
    prefetch_related_objects(participants, "campaign__programme", "membership__member")
    claimed += [participant.pk for participant in participants]
    walk = _Walk(at=at, is_alone=is_alone)
    _go(walk, _travellers(participants))
    StepTaken.objects.bulk_create(walk.taken)
    rewrite(participants, ["state", "place", "wake_at", "finished_at", "attempts"])
    return walk.left


def _travellers(participants: Sequence[Participant]) -> list[Traveller]:
    wanted = {(p.campaign_id, p.version) for p in participants}
    versions = CampaignVersion.objects.filter(campaign__in={c for c, _v in wanted})
    documents: dict[tuple[int, int], Document] = {
        (version.campaign_id, version.number): read_document(version.document)
        for version in versions
        if (version.campaign_id, version.number) in wanted
    }
    return [Traveller(p, p.campaign, documents[p.campaign_id, p.version]) for p in participants]


def _go(walk: _Walk, travellers: Sequence[Traveller]) -> None:
    """Let them take step after step, together with those at the same place."""
    going = [t for t in travellers if _may_go(walk, t)]
    while going:
        together: dict[tuple[int, int, str], list[Traveller]] = defaultdict(list)
        for traveller in going:
            p = traveller.participant
            together[p.campaign_id, p.version, p.place].append(traveller)
        going = []
        for (_campaign, _version, place), group in together.items():
            step = step_at(group[0].document, place)
            if isinstance(step, _FOR_MANY) or walk.is_alone:
                _take(walk, step, place, group)
                going += [t for t in group if _goes_on(walk, t)]
            else:
                walk.left += [t.participant.pk for t in group]


def _may_go(walk: _Walk, traveller: Traveller) -> bool:
    """Who was erased or merged into another goes no further."""
    member = traveller.membership.member
    if member.erased_at is None and member.merged_into_id is None:
        return True
    participant = traveller.participant
    participant.state, participant.wake_at = State.STOPPED, None
    participant.finished_at = walk.at
    return False


def _goes_on(walk: _Walk, traveller: Traveller) -> bool:
    participant = traveller.participant
    if not participant.place:
        participant.state, participant.wake_at = State.DONE, None
        participant.finished_at = walk.at
    return participant.wake_at is not None and participant.wake_at <= walk.at


def _take(walk: _Walk, step: Step, place: str, group: Sequence[Traveller]) -> None:
    """Take a step, note it, and be at the next place."""
    if isinstance(step, Condition):
        return _ask(walk, step, place, group)
    if isinstance(step, Split):
        return _split(walk, step, place, group)
    outcome, noted = "done", [Params() for _ in group]
    if isinstance(step, Wait):
        for traveller in group:
            zone = ZoneInfo(traveller.campaign.programme.time_zone)
            traveller.participant.wake_at = wakes_at(step, zone, at=walk.at)
    else:
        outcome, noted = _done(walk, step, group)
    for traveller, params in zip(group, noted, strict=True):
        _note(walk, traveller, step, outcome, params)
        traveller.participant.place = after(traveller.document, place)
    return None


def _done(walk: _Walk, step: Step, group: Sequence[Traveller]) -> tuple[str, list[Params]]:
    """Do it; what was refused is noted, and the member goes on without."""
    try:
        with transaction.atomic():
            if isinstance(step, Message):
                return "done", tell(step, group, at=walk.at)
            return "done", [carry_out(step, traveller, at=walk.at) for traveller in group]
    except BudgetSpent:
        raise
    except DomainError as refusal:
        return f"refused:{refusal.code}"[:40], [Params() for _ in group]


def _ask(walk: _Walk, step: Condition, place: str, group: Sequence[Traveller]) -> None:
    ids = [t.participant.membership_id for t in group]
    matches = matching(step.asks, ids, at=walk.at)
    for traveller in group:
        match = matches.get(traveller.participant.membership_id)
        answer = "yes" if match is not None and match.is_in else "no"
        held = [each.holds for each in match.reasons] if match is not None else []
        _note(walk, traveller, step, answer, {"held": held})  # which of its conditions, in order
        traveller.participant.place = into(traveller.document, place, answer)


def _split(walk: _Walk, step: Split, place: str, group: Sequence[Traveller]) -> None:
    for traveller in group:
        member_id, salt = traveller.membership.member_id, traveller.campaign.salt
        part = drawn_part(step, salt=salt, place=place, member_id=member_id)
        _note(walk, traveller, step, f"part {part}", {})
        traveller.participant.place = into(traveller.document, place, f"parts.{part}.steps")


def _note(walk: _Walk, traveller: Traveller, step: Step, outcome: str, params: Params) -> None:
    traveller.participant.attempts = 0  # only those at the step itself count
    taken = StepTaken(
        participant=traveller.participant,
        place=traveller.participant.place,
        kind=kind_of(step),
        outcome=outcome,
        params=params,
        taken_at=walk.at,
    )
    walk.taken.append(taken)


@transaction.atomic
def _pause_spent(participant_id: int) -> None:
    """Its budget is spent: nobody takes a step until somebody decides; they stay where they are."""
    live = Campaign.objects.filter(participants=participant_id, state=Campaign.State.LIVE)
    live.update(state=Campaign.State.PAUSED, stop_reason="budget")
