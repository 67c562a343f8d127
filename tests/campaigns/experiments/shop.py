"""A campaign with members in its arms, and what they bought, through the doors that people use."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from campaigns.models import Campaign, CampaignVersion, Participant, StepTaken
from loyalty.models import Programme
from loyalty.services.rulebook import current_rulebook
from members.models import Membership
from members.services.activities import record_activity
from members.services.enrolment import enrol_member
from members.types import ActivitySubmission, LineSubmission

START = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
AFTER = START + timedelta(days=60)
STAFF = "staff:1"
_numbers = count(1)


def a_campaign(programme: Programme, **changes: Any) -> Campaign:
    fields = {
        "key": f"c{next(_numbers)}",
        "name_nl": "Najaarsactie",
        "name_en": "Autumn campaign",
        "state": Campaign.State.LIVE,
        "version": 1,
        "salt": "salt",
        "holdout": 50,
        "reading_on": date(2026, 11, 1),
        "created_by": STAFF,
        "created_at": START,
        "launched_at": START,
        **changes,
    }
    campaign = Campaign.objects.create(programme=programme, **fields)
    document = {"variants": [{"key": "a", "weight": 1}]}
    CampaignVersion.objects.create(
        campaign=campaign, number=1, document=document, saved_by=STAFF, saved_at=START
    )
    return campaign


def some_members(programme: Programme, how_many: int) -> list[Membership]:
    return [
        enrol_member(
            programme_id=programme.pk,
            identifiers=[f"ext:crm:{next(_numbers)}"],
            touchpoint="api",
            actor=STAFF,
            at=START - timedelta(days=90),
        )
        for _ in range(how_many)
    ]


def enter(
    campaign: Campaign,
    memberships: Iterable[Membership],
    arm: str = "a",
    *,
    at: datetime = START,
    key: str = "once",
) -> list[Participant]:
    is_out = arm in ("holdout", "universal")
    return Participant.objects.bulk_create(
        Participant(
            campaign=campaign,
            membership=membership,
            key=key,
            version=1,
            arm=arm,
            state=Participant.State.HELD_OUT if is_out else Participant.State.DONE,
            entered_at=at,
        )
        for membership in memberships
    )


def buys(membership: Membership, amount: str, *, days: float = 1, **changes: Any) -> None:
    """Spend at the till, so many days after the campaign began."""
    identifier = membership.member.identifiers.get(kind="EXTERNAL")
    at = START + timedelta(days=days)
    submission = ActivitySubmission(
        **{
            "type": "purchase",
            "member": f"ext:crm:{identifier.value}",
            "source": "till",
            "external_id": f"receipt-{next(_numbers)}",
            "occurred_at": at,
            "channel": "store",
            "lines": (LineSubmission(product="emulsion", amount=amount),),
            **changes,
        }
    )
    book = current_rulebook(programme_id=membership.programme_id)
    record_activity(book=book, submission=submission, actor="api:till", at=at)


def costs(participant: Participant, **params: Any) -> None:
    """The campaign gave this one something."""
    StepTaken.objects.create(
        participant=participant,
        place="0",
        kind="points",
        outcome="done",
        params=params,
        taken_at=participant.entered_at,
    )
