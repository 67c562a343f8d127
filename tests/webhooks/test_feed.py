"""Who polls sees everything of their own programme, once, in order, and nobody else's."""

import threading
from typing import Any

import pytest
from django.db import connection, transaction

from loyalty.events import PointsEarned, dispatch_pending, publish
from loyalty.models import OutboxEvent, Programme
from loyalty.services.accounts import open_programme
from members.services.enrolment import enrol_member
from tests.api.conftest import Till, till_of
from tests.members.shop import NOON
from tests.webhooks.conftest import Wire

EARNED = "loyalty.points_earned.v1"


@pytest.fixture
def asker(wire: Wire) -> Till:
    return till_of(wire.shop, "warehouse", ["events:read"])


def seen(asker: Till, **query: Any) -> tuple[list[str], str]:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    answer = asker.get(f"events?{asked}")
    assert answer.status_code == 200, answer.content
    said = answer.json()
    return [each["id"] for each in said["items"]], said["next"]


class TestTheFeed:
    def test_goes_on_where_it_ended(self, wire: Wire, asker: Till) -> None:
        for number in range(3):
            wire.buys(number)
        everything, _end = seen(asker, limit=100)

        pages: list[str] = []
        cursor = ""
        while True:
            page, following = seen(asker, limit=2, cursor=cursor)
            if not page:
                assert following == cursor
                break
            pages += page
            cursor = following
        assert pages == everything
        assert len(set(pages)) == len(pages) > 4

        wire.buys(9)
        later, _end = seen(asker, cursor=cursor, type=EARNED)
        assert later == [f"evt_{OutboxEvent.objects.filter(name=EARNED).latest('pk').pk}"]

    def test_says_what_a_webhook_says(self, wire: Wire, asker: Till) -> None:
        wire.buys(1)
        [said] = asker.get(f"events?type={EARNED}").json()["items"]
        assert said["source"] == f"/programmes/{wire.shop.programme.slug}"
        assert said["subject"] == str(wire.shop.anna.holder)
        assert said["data"]["points"] == 10

    def test_has_nothing_of_another_programme(self, wire: Wire, asker: Till) -> None:
        other = open_programme(programme=Programme(slug="other", name="Other"), at=NOON).programme
        before, _end = seen(asker, limit=100)
        enrol_member(
            programme_id=other.pk,
            identifiers=["email:bas@example.nl"],
            touchpoint="till",
            actor="test",
            at=NOON,
        )
        wire.buys(1)
        while dispatch_pending(at=NOON):
            pass

        [theirs] = OutboxEvent.objects.filter(
            name="members.member_enrolled.v1", programmes=[other.pk]
        )
        ours, _end = seen(asker, limit=100)
        assert len(ours) > len(before)
        assert f"evt_{theirs.pk}" not in ours
        endpoint, _secret = wire.endpoint("https://example.com/")
        assert not endpoint.deliveries.filter(event=theirs).exists()

    @pytest.mark.parametrize(
        ("query", "field"),
        [("type=x", "type"), ("type=loyalty.back_test_asked.v1", "type"), ("cursor=x", "cursor"),
         ("limit=0", "limit"), ("since=1", "since")],
    )  # fmt: skip
    def test_refuses_what_it_does_not_know(self, asker: Till, query: str, field: str) -> None:
        answer = asker.get(f"events?{query}")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)

    def test_asks_the_same_however_much_happened(
        self, wire: Wire, asker: Till, django_assert_num_queries: Any
    ) -> None:
        for number in range(4):
            wire.buys(number)
        with django_assert_num_queries(4):
            asker.get("events?limit=100")


@pytest.mark.django_db(transaction=True)
def test_the_feed_never_passes_what_is_not_committed() -> None:
    """Two relays hand on at once; the one that began first commits last, and comes last."""
    Programme.objects.create(slug="shop", name="shop")
    for number in (1, 2):
        with transaction.atomic():
            publish(
                PointsEarned(
                    subject=None, occurred_at=NOON, transfer=number, points=1, balance=1,
                    source="t", external_id=str(number),
                ),
                at=NOON,
            )  # fmt: skip
    placed, go_on = threading.Event(), threading.Event()

    def slowly() -> None:
        with transaction.atomic():
            dispatch_pending(at=NOON, limit=1)
            placed.set()
            go_on.wait(30)
        connection.close()

    first = threading.Thread(target=slowly)
    first.start()
    assert placed.wait(30)
    second = threading.Thread(target=lambda: (dispatch_pending(at=NOON), connection.close()))
    second.start()
    with connection.cursor() as cursor:
        waiting = False
        while not waiting:  # until the second stands before the lock
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            )
            [waiting] = cursor.fetchone() or [False]
    seen_before = OutboxEvent.objects.filter(place__isnull=False).count()
    go_on.set()
    first.join()
    second.join()

    assert seen_before == 0
    assert list(OutboxEvent.objects.order_by("pk").values_list("place", flat=True)) == [1, 2]
