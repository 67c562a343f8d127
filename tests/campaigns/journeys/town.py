"""A shop with members and one live campaign, as tests of journeys need them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from campaigns.models import Campaign, Participant, StepTaken
from campaigns.services.campaigns import (
    approve_campaign,
    ask_approval,
    launch_campaign,
    save_campaign,
)
from campaigns.services.policies import kept_policy
from campaigns.services.templates import save_template
from campaigns.services.walking import walk
from loyalty.events.bus import dispatch_pending
from loyalty.models import Account
from members.models import Membership
from members.services.activities import record_activity
from members.services.consents import record_consent
from members.services.enrolment import enrol_member
from members.types import ActivitySubmission
from tests.members.shop import NOON, Shop

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
MAKER, APPROVER = "console:marijke", "console:bas"
WORDS = {"nl": "Welkom", "en": "Welcome"}
NOTE = {"title": WORDS, "text": WORDS}
EMAIL = {"subject": WORDS, "blocks": [{"block": "text", "text": WORDS}]}
MESSAGE = {"kind": "message", "template": "hello"}
POINTS = {"kind": "points", "points": 50, "reason": WORDS}


def document(*steps: dict[str, Any], **said: Any) -> dict[str, Any]:
    return {"trigger": {"kind": "enrolled"}, "steps": list(steps), **said}


@dataclass
class Town:
    shop: Shop
    now: datetime = NOON

    @property
    def programme_id(self) -> int:
        return self.shop.programme.pk

    def message(self, key: str = "hello") -> None:
        save_template(
            programme_id=self.programme_id,
            key=key,
            name=key,
            document={"email": EMAIL, "inbox": NOTE},
            actor=MAKER,
            at=self.now,
        )

    def saved(self, key: str, what: dict[str, Any], **settings: Any) -> Campaign:
        said = {"name_nl": key, "name_en": key, "holdout": 0} | settings
        return save_campaign(
            programme_id=self.programme_id,
            key=key,
            document=what,
            actor=MAKER,
            at=self.now,
            **said,
        )

    def live(self, key: str, what: dict[str, Any], **settings: Any) -> Campaign:
        campaign = self.saved(key, what, **settings)
        ask_approval(campaign_id=campaign.pk, actor=MAKER, at=self.now)
        approve_campaign(campaign_id=campaign.pk, actor=APPROVER, at=self.now)
        return launch_campaign(campaign_id=campaign.pk, actor=MAKER, at=self.now)

    def nobody_held_out_of_all(self) -> None:
        policy = kept_policy(programme_id=self.programme_id)
        policy.holdout = 0
        policy.save()

    def member(self, number: int, *, agrees: bool = True) -> Membership:
        membership = enrol_member(
            programme_id=self.programme_id,
            identifiers=[f"email:member{number}@example.nl"],
            given_name=f"Member {number}",
            touchpoint="portal",
            actor="portal",
            at=self.now,
        )
        if agrees:
            record_consent(
                member_id=membership.member_id,
                purpose="OFFERS",
                channel="ANY",
                is_given=True,
                text_version="",
                touchpoint="portal",
                actor="portal",
                at=self.now,
            )
        return membership

    def buys(self, membership: Membership, number: int, amount: str = "10.00") -> None:
        submission = ActivitySubmission(
            type="purchase",
            member=str(membership.member_id),
            external_id=f"receipt-{number}",
            occurred_at=self.now,
            amount=amount,
        )
        record_activity(book=self.shop.book, submission=submission, actor="api:till", at=self.now)

    def told(self) -> None:
        """As the relay and the workers do: events handed on, members walking."""
        with patch("campaigns.subscribers.walk_campaigns.delay"):  # they walk below
            while dispatch_pending(at=self.now):
                pass
        while walk(at=self.now):
            pass

    def points_of(self, membership: Membership) -> int:
        balance: int = Account.objects.values_list("balance", flat=True).get(
            unit__programme_id=self.programme_id,
            unit__code="points",
            kind=Account.Kind.MEMBER,
            holder=membership.holder,
        )
        return balance


def taken(campaign: Campaign) -> list[tuple[str, str, str]]:
    steps = StepTaken.objects.filter(participant__campaign=campaign).order_by("pk")
    return list(steps.values_list("place", "kind", "outcome"))


def states(campaign: Campaign) -> list[str]:
    mine = Participant.objects.filter(campaign=campaign).order_by("pk")
    return list(mine.values_list("state", flat=True))
