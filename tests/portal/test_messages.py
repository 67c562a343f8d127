"""The message box: what is told when something happens, once, and what the member sees of it."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from loyalty.events import dispatch_pending, publish
from loyalty.events.dates import PointsExpiring
from loyalty.events.tiers import TierChanged
from loyalty.models import EventFailure, OutboxEvent
from loyalty.services.adjustments import adjust_points
from loyalty.services.tiers import publish_tier_set, save_tier_set
from members.events import CardBlocked
from members.models import Membership, Message
from members.selectors import account_of
from members.services.messages import MessageDraft, put_messages
from rewards.services.redemption import redeem_reward
from tests.portal.shop import Shop
from tests.portal.test_pages import text

TIERS = {
    "measure": {"kind": "points", "unit": "points"},
    "period": {"kind": "ever"},
    "tiers": [
        {"key": "silver", "name": {"nl": "Zilver", "en": "Silver"}, "threshold": 100},
        {"key": "gold", "name": {"nl": "Goud", "en": "Gold"}, "threshold": 500},
    ],
}


def relay() -> None:
    while dispatch_pending(at=timezone.now()):
        pass


def told(**which: str) -> list[str]:
    return list(Message.objects.filter(**which).order_by("pk").values_list("title_en", flat=True))


@pytest.fixture
def ladder(shop: Shop, now: datetime) -> datetime:
    """Two tiers; the moment at which members come to them."""
    tier_set = save_tier_set(
        programme_id=shop.programme.pk,
        key="main",
        name_nl="Niveaus",
        name_en="Tiers",
        policy=TIERS,
        actor="staff:1",
        at=shop.opened_at,
    )
    publish_tier_set(tier_set_id=tier_set.pk, actor="staff:1", at=shop.opened_at)
    OutboxEvent.objects.update(dispatched_at=now)  # counting for it is a worker's
    return now


class TestNews:
    def test_welcomes_once_however_often_it_is_told(self, anna: Membership) -> None:
        relay()
        OutboxEvent.objects.update(dispatched_at=None)
        relay()
        assert told(kind="welcome") == ["Welcome to Kleur & Co"]

    def test_warns_before_points_expire(self, anna: Membership, now: datetime) -> None:
        publish(
            PointsExpiring(
                subject=anna.holder,
                occurred_at=now,
                account=account_of(anna),
                points=1240,
                last_day=datetime(2027, 3, 1).date(),
                days_ahead=30,
            ),
            at=now,
        )
        relay()
        message = Message.objects.get(kind="expiry")
        assert message.title_en == "1,240 points expire after 1 March 2027"
        assert message.title_nl == "1.240 punten vervallen na 1 maart 2027"

    @pytest.mark.parametrize(
        ("before", "after", "title"),
        [
            ("", "silver", "You are Silver now"),
            ("silver", "gold", "You are Gold now"),
            ("gold", "silver", "You are no longer Gold"),
            ("silver", "", "You are no longer Silver"),
        ],
    )
    def test_tells_of_tiers(
        self, anna: Membership, ladder: datetime, before: str, after: str, title: str
    ) -> None:
        event = TierChanged(
            subject=anna.holder,
            occurred_at=ladder,
            account=account_of(anna),
            tier_set="main",
            before=before,
            after=after,
            cause="earned",
        )
        publish(event, at=ladder)
        relay()
        assert told(kind="tier") == [title]

    def test_tells_what_the_desk_and_the_member_did(
        self, shop: Shop, anna: Membership, now: datetime
    ) -> None:
        reward = shop.reward("brush", 100)
        adjust_points(
            account_id=account_of(anna),
            points=500,
            reason="Sorry",
            actor="staff:1",
            key="1",
            at=now,
        )
        redeem_reward(
            membership_id=anna.pk,
            reward_id=reward.pk,
            request_key="1",
            channel="portal",
            actor="member:1",
            at=now,
        )
        blocked = CardBlocked(
            subject=anna.member_id,
            occurred_at=now,
            identifier=1,
            kind="CARD",
            reason="lost",
            actor="staff:1",
        )
        publish(blocked, at=now)
        relay()
        assert sorted(told(kind="service")) == [
            "The shop corrected your balance",
            "Your card is blocked",
            "Your code for Brush en is ready",
        ], list(EventFailure.objects.values_list("error", flat=True))

    def test_is_silent_about_history_that_is_loaded(
        self, shop: Shop, anna: Membership, now: datetime
    ) -> None:
        long_ago = now - timedelta(days=300)
        event = CardBlocked(
            subject=anna.member_id,
            occurred_at=long_ago,
            identifier=1,
            kind="CARD",
            reason="lost",
            actor="staff:1",
        )
        publish(event, at=now)
        relay()
        assert told(kind="service") == []

    def test_costs_as_many_queries_for_many_events(
        self, shop: Shop, now: datetime, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        from members.services.news import tell_news

        for n in range(20):
            shop.enrol(f"m{n}@example.nl")
        events = list(OutboxEvent.objects.filter(name="members.member_enrolled.v1"))
        OutboxEvent.objects.update(occurred_at=now, recorded_at=now)
        events = list(OutboxEvent.objects.filter(pk__in=[event.pk for event in events]))
        tell_news(events=events[:1])  # the first look at the rules reads them
        with django_assert_max_num_queries(7):  # two of them the savepoint of the gate
            tell_news(events=events)
        assert Message.objects.count() == 20


class TestMessageBox:
    @pytest.fixture
    def message(self, anna: Membership, now: datetime) -> Message:
        words = {"nl": "Hallo", "en": "<b>Hello</b>"}
        draft = MessageDraft(
            membership_id=anna.pk,
            key="hello",
            kind="service",
            title=words,
            text=words,
            link="/rewards/",
            sent_at=now,
        )
        put_messages(messages=[draft, draft])
        return Message.objects.get(key="hello")

    def test_is_read_when_it_is_opened(self, portal: Client, message: Message) -> None:
        before = text(portal, "/")
        opened = text(portal, f"/messages/{message.pk}/")
        after = text(portal, "/")
        message.refresh_from_db()
        assert message.read_at is not None
        assert "&lt;b&gt;Hello&lt;/b&gt;" in opened
        assert 'href="/rewards/"' in opened
        assert "Messages, there are new ones" in before
        assert "Messages, there are new ones" not in after

    def test_all_are_read_at_once(self, portal: Client, message: Message) -> None:
        portal.post("/messages/read/")
        assert not Message.objects.filter(read_at=None).exists()

    def test_nobody_reads_somebody_elses(
        self, portal: Client, shop: Shop, message: Message
    ) -> None:
        other = shop.enrol("other@example.nl")
        Message.objects.filter(pk=message.pk).update(membership=other)
        assert portal.get(f"/messages/{message.pk}/").status_code == 404
        message.refresh_from_db()
        assert message.read_at is None

    def test_teaches_when_there_is_nothing(self, portal: Client) -> None:
        assert "No messages yet" in text(portal, "/messages/")
