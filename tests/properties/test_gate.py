"""Who is held out gets nothing, ever; who may be told is told within the cap. Arms are drawn here anew."""

import hashlib
from datetime import UTC, datetime, time, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.gate.policy import Facts, Rules, Verdict, decide_marketing
from campaigns.models import ContactPolicy, Dispatch, Participant, StepTaken
from campaigns.services.entering import Entrance, enter
from campaigns.services.gate import work_off
from campaigns.services.policies import kept_policy
from campaigns.services.walking import walk
from loyalty.services.audit import audit
from members.models import Membership, Message
from rewards.models import Grant
from rewards.services.catalogue import publish_reward, save_reward, set_stock
from tests.campaigns.journeys.town import MESSAGE, POINTS, Town, document
from tests.members.shop import open_shop

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OUT = {"holdout", "universal"}

facts = st.builds(
    Facts,
    **dict.fromkeys(
        ["is_there", "is_held_out", "has_address", "is_suppressed", "agrees", "is_paused"],
        st.booleans(),
    ),
    is_over=st.booleans(),
)
rules = st.builds(
    Rules,
    cap=st.integers(0, 4),
    window=st.integers(1, 10).map(lambda days: days * DAY),
    quiet_from=st.times(),
    quiet_until=st.times(),
    zone=st.sampled_from(["Europe/Amsterdam", "Asia/Kolkata", "America/New_York"]).map(ZoneInfo),
    patience=st.integers(0, 10).map(lambda days: days * DAY),
)
moments = st.integers(0, 60 * 24 * 20).map(lambda minutes: NOON + timedelta(minutes=minutes))


def drawn(salt: str, member_id: UUID) -> Fraction:
    """A member's place, as docs and the module say it: SHA-256 of "salt:member", 64 bits, 0 to 1."""
    digest = hashlib.sha256(f"{salt}:{member_id}".encode()).hexdigest()
    return Fraction(int(digest[:16], 16), 2**64)


class TestDecide:
    @given(facts, rules, moments, st.lists(moments, max_size=6), moments)
    def test_sends_only_to_whom_nothing_stands_in_the_way(
        self, facts: Facts, rules: Rules, asked: datetime, sent: list[datetime], at: datetime
    ) -> None:
        decision = decide_marketing(facts, rules, asked_at=asked, sent=sent, at=at)

        if decision.verdict == Verdict.SEND:
            assert facts.is_there
            assert facts.has_address
            assert facts.agrees
            stops = (facts.is_held_out, facts.is_suppressed, facts.is_paused, facts.is_over)
            assert stops == (False, False, False, False)
            assert sum(moment > at - rules.window for moment in sent) < rules.cap
            assert at <= asked + rules.patience
        if facts.is_held_out:
            assert decision.verdict in (Verdict.HOLD_OUT, Verdict.DROP)
        if decision.verdict == Verdict.DELAY:
            assert decision.not_before
            assert decision.not_before > at

    @given(rules, st.lists(moments, min_size=1, max_size=25))
    def test_never_lets_more_through_in_any_window_than_the_cap(
        self, rules: Rules, asked: list[datetime]
    ) -> None:
        good = Facts(
            is_there=True, is_held_out=False, has_address=True, is_suppressed=False, agrees=True
        )
        waiting, sent = [(moment, moment) for moment in asked], []
        for _turn in range(400):
            if not waiting:
                break
            waiting.sort()
            at, first = waiting.pop(0)
            told = decide_marketing(good, rules, asked_at=first, sent=sent, at=at)
            if told.verdict == Verdict.SEND:
                sent.append(at)
            elif told.not_before:
                waiting.append((told.not_before, first))

        assert not waiting
        for last in sent:
            assert sum(last - rules.window < moment <= last for moment in sent) <= rules.cap


weights = st.lists(st.integers(0, 5), min_size=2, max_size=3).filter(any)
steps = st.lists(
    st.sampled_from(
        [
            {**MESSAGE, "channels": ["EMAIL"]},
            {**MESSAGE, "channels": ["INBOX"]},
            {**MESSAGE, "how": "all"},
            POINTS,
            {"kind": "reward", "reward": "brush"},
            {"kind": "tag", "segment": "touched"},
            {"kind": "wait", "hours": 1},
            {
                "kind": "split",
                "parts": [{"weight": 1, "steps": [POINTS]}, {"weight": 1, "steps": [MESSAGE]}],
            },
        ]
    ),
    min_size=1,
    max_size=5,
)


@pytest.mark.django_db
class TestHeldOut:
    MEMBERS = 6

    @settings(
        max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(
        st.integers(0, 90),
        st.tuples(st.integers(0, 50), st.integers(0, 50)).map(sorted),
        weights,
        steps,
        st.sampled_from(["once", "always"]),
    )
    def test_get_no_message_no_points_no_reward_and_no_segment(
        self, holdout, of_all, weights, steps, again
    ):
        with transaction.atomic():
            self._story(holdout, of_all, document(*steps, **self._said(weights, again)))
            transaction.set_rollback(True)

    def _said(self, weights: list[int], again: str) -> dict[str, Any]:
        variants = [{"key": f"v{n}", "weight": weight} for n, weight in enumerate(weights)]
        return {"trigger": {"kind": "by_hand"}, "variants": variants, "again": again}

    def _story(self, holdout: int, of_all: list[int], what: dict[str, Any]) -> None:
        """They come in again and again; more of all are held out before anything leaves."""
        universal, universal_later = of_all
        town = self._town(universal)
        campaign = town.live("gift", what, holdout=holdout)
        members = [town.member(number) for number in range(self.MEMBERS)]
        town.told()
        for turn in range(3):
            town.now += HOUR + timedelta(minutes=1)
            entrances = [Entrance(each.pk, f"hand{turn}") for each in members]
            enter(campaign_id=campaign.pk, entrances=entrances, at=town.now)
            walk(at=town.now)
            if turn:  # what the first turn asked for waits while more of all are held out
                work_off(at=town.now)
            ContactPolicy.objects.update(holdout=universal_later)
        walk(at=town.now + DAY)
        work_off(at=town.now + DAY)

        salt = ContactPolicy.objects.get().salt
        for member in members:
            place = drawn(campaign.salt, member.member_id) * 100
            place_of_all = drawn(salt, member.member_id) * 100
            arms = set(Participant.objects.filter(membership=member).values_list("arm", flat=True))
            if place_of_all < universal:
                assert arms == {"universal"}
            elif place_of_all >= universal_later:
                assert (arms == {"holdout"}) == (place < holdout)
            if arms <= OUT:
                self._got_nothing(town, member)
            if place_of_all < universal_later:
                assert not self._left(member)
        assert {f.name: f.differences for f in audit(quick=True) if f.name.startswith("I19")} == {
            "I19 consent": 0,
            "I19 held out": 0,
            "I19 drawn by lot": 0,
        }

    def _town(self, universal: int) -> Town:
        town = Town(open_shop())
        policy = kept_policy(programme_id=town.programme_id)
        policy.holdout, policy.cap = universal, 50
        policy.quiet_from = policy.quiet_until = time(3)
        policy.save()
        town.message()
        reward = save_reward(
            programme_id=town.programme_id, key="brush", name_nl="Kwast", name_en="Brush",
            points=100, actor="test", at=town.now,
        )  # fmt: skip
        set_stock(reward_id=reward.pk, total=100, actor="test", at=town.now)
        publish_reward(reward_id=reward.pk, actor="test", at=town.now)
        town.told()
        return town

    def _left(self, member: Membership) -> bool:
        mine = Dispatch.objects.filter(membership=member, nature="MARKETING")
        return mine.filter(fate__in=["SENT", "SENDING", "UNKNOWN"]).exists()

    def _got_nothing(self, town: Town, member: Membership) -> None:
        assert not self._left(member)
        assert town.points_of(member) == 0
        assert not Grant.objects.filter(membership=member).exists()
        assert not StepTaken.objects.filter(participant__membership=member).exists()
        assert not Message.objects.filter(membership=member, kind="offer").exists()
        assert not member.segments.exists()
