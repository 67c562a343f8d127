"""Webhooks arrive, signed and told once noted; what fails is tried again for three days."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from loyalty.models import OutboxEvent, WebhookDelivery
from loyalty.services.delivering import AT_ONCE, LEASE, claim_due, forget_deliveries, try_delivery
from loyalty.services.webhooks import (
    EndpointStopped,
    rotate_secret,
    send_again,
    send_once_more,
    send_test,
    start_endpoint,
    stop_endpoint,
)
from loyalty.webhooks.schedule import WAITS
from tests.members.shop import NOON
from tests.webhooks.conftest import Wire
from tests.webhooks.receiver import Receiver, receiver

EARNED = "loyalty.points_earned.v1"
State = WebhookDelivery.State


class TestADelivery:
    def test_is_a_cloud_event_that_the_standard_library_verifies(
        self, wire: Wire, there: Receiver
    ) -> None:
        at = datetime.now(UTC)  # the library refuses what is older than five minutes
        _endpoint, secret = wire.endpoint(there.url, EARNED)
        wire.buys(1)

        wire.deliver(at=at)

        [(headers, body)] = there.came
        said = Webhook(secret).verify(body.decode(), headers)
        event = OutboxEvent.objects.get(name=EARNED)
        assert said == {
            "specversion": "1.0",
            "id": f"evt_{event.pk}",
            "source": f"/programmes/{wire.shop.programme.slug}",
            "type": EARNED,
            "time": "2026-11-22T12:00:00Z",
            "datacontenttype": "application/json",
            "subject": str(wire.shop.anna.holder),
            "data": event.payload,
        }
        assert headers["content-type"] == "application/cloudevents+json"
        assert headers["webhook-id"] == said["id"]
        delivery = WebhookDelivery.objects.get()
        assert (delivery.state, delivery.last_status, delivery.attempts) == ("DELIVERED", 204, 1)
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body.decode() + " ", headers)

    def test_goes_only_where_its_event_was_chosen(self, wire: Wire, there: Receiver) -> None:
        wire.endpoint(there.url, "members.member_enrolled.v1")
        every, _secret = wire.endpoint(f"{there.url}&all=1")
        wire.buys(1)

        names = OutboxEvent.objects.filter(recorded_at=NOON).values_list("name", flat=True)
        told = WebhookDelivery.objects.values_list("endpoint", "event__name")
        assert EARNED in names
        assert {endpoint for endpoint, _name in told} == {every.pk}
        assert EARNED in {name for _endpoint, name in told}

    def test_is_signed_by_the_old_secret_too_for_a_day(self, wire: Wire, there: Receiver) -> None:
        at = datetime.now(UTC)
        endpoint, old = wire.endpoint(there.url, EARNED)
        new = rotate_secret(endpoint_id=endpoint.pk, at=at)
        wire.buys(1)
        wire.deliver(at=at)

        [(headers, body)] = there.came
        for secret in (old, new):
            Webhook(secret).verify(body.decode(), headers)
        wire.buys(2)
        wire.deliver(at=at + timedelta(days=1))
        assert len(there.came[1][0]["webhook-signature"].split()) == 1

    def test_keeps_no_secret_in_the_clear(self, wire: Wire, there: Receiver) -> None:
        endpoint, secret = wire.endpoint(there.url)
        assert secret.removeprefix("whsec_") not in endpoint.secrets.get().sealed


class TestAFailure:
    def test_is_tried_again_ever_later_for_three_days_and_then_given_up(self, wire: Wire) -> None:
        with receiver(status=500) as there:
            wire.endpoint(there.url, EARNED)
            wire.buys(1)
            at, waited = NOON, []
            while (delivery := WebhookDelivery.objects.get()).state == State.WAITING:
                assert delivery.next_attempt_at
                waited.append(delivery.next_attempt_at - at)
                at = delivery.next_attempt_at
                wire.deliver(at=at)

            assert len(there.came) == len(WAITS) + 1 == 10
            for wait, usual in zip(waited[1:], WAITS, strict=True):
                assert 0.9 * usual <= wait <= 1.1 * usual
            assert timedelta(days=2, hours=18) < at - NOON < timedelta(days=3, hours=12)
            assert delivery.state == State.FAILED
            assert delivery.last_error == "The receiver answered 500."
            assert {headers["webhook-id"] for headers, _body in there.came} == {
                f"evt_{delivery.event_id}"
            }

    def test_of_410_stops_the_endpoint(self, wire: Wire) -> None:
        with receiver(status=410) as there:
            endpoint, _secret = wire.endpoint(there.url, EARNED)
            wire.buys(1)
            wire.deliver()
            wire.buys(2)
            wire.deliver(at=NOON + timedelta(days=3))

            endpoint.refresh_from_db()
            assert not endpoint.is_active
            assert "410" in endpoint.stopped_because
            assert len(there.came) == WebhookDelivery.objects.count() == 1
            with pytest.raises(EndpointStopped):
                send_test(endpoint_id=endpoint.pk, at=NOON)
            assert WebhookDelivery.objects.count() == 1

    @pytest.mark.parametrize("status", [429, 503])
    def test_that_asks_for_rest_gets_it_for_all_its_events(self, wire: Wire, status: int) -> None:
        with receiver(status=status, headers={"Retry-After": "3600"}) as there:
            wire.endpoint(there.url, EARNED)
            wire.buys(1)
            wire.deliver()
            wire.buys(2)

            assert wire.deliver(at=NOON + timedelta(minutes=59)) == []
            there.status = 200
            assert len(wire.deliver(at=NOON + timedelta(minutes=61))) == 2
            assert {each.state for each in WebhookDelivery.objects.all()} == {State.DELIVERED}

    def test_to_follow_a_redirect_is_none_of_ours(self, wire: Wire, there: Receiver) -> None:
        with receiver(status=307, headers={"Location": there.url}) as elsewhere:
            wire.endpoint(elsewhere.url, EARNED)
            wire.buys(1)
            wire.deliver()

        assert there.came == []
        delivery = WebhookDelivery.objects.get()
        assert delivery.state == State.WAITING
        assert "redirects (307)" in delivery.last_error

    def test_of_a_house_that_is_not_there_says_so(self, wire: Wire) -> None:
        with receiver() as there:
            gone = there.url
        wire.endpoint(gone, EARNED)
        wire.buys(1)
        wire.deliver()
        assert WebhookDelivery.objects.get().last_error == "The connection was refused."


class TestTheSender:
    def test_has_only_so_many_under_way_for_one_endpoint(self, wire: Wire, there: Receiver) -> None:
        slow, _secret = wire.endpoint("http://127.0.0.1:9/slow", EARNED)
        quick, _secret = wire.endpoint(there.url, EARNED)
        for number in range(AT_ONCE + 2):
            wire.buys(number)

        begun = claim_due(at=NOON)
        assert [each.endpoint_id for each in begun].count(slow.pk) == AT_ONCE
        for each in begun:
            if each.endpoint_id == quick.pk:
                try_delivery(each, at=NOON)
        more = claim_due(at=NOON, under_way=[slow.pk] * AT_ONCE)
        assert [each.endpoint_id for each in more] == [quick.pk] * 2

    def test_that_was_killed_leaves_its_tries_to_another(self, wire: Wire, there: Receiver) -> None:
        wire.endpoint(there.url, EARNED)
        wire.buys(1)
        assert len(claim_due(at=NOON)) == 1  # and is killed here

        assert wire.deliver(at=NOON + LEASE / 2) == []
        assert len(wire.deliver(at=NOON + LEASE)) == 1
        assert len(there.came) == 1

    def test_asks_the_same_however_much_waits(
        self, wire: Wire, there: Receiver, django_assert_num_queries: object
    ) -> None:
        wire.endpoint(there.url, EARNED)
        for number in range(4):
            wire.buys(number)
        with django_assert_num_queries(5):  # type: ignore[operator]
            assert len(claim_due(at=NOON)) == 4


class TestSendingAgain:
    def test_of_a_time_sends_each_event_with_its_own_id(self, wire: Wire, there: Receiver) -> None:
        endpoint, _secret = wire.endpoint(there.url, EARNED)
        wire.buys(1)
        wire.deliver()
        stop_endpoint(endpoint_id=endpoint.pk)
        wire.buys(2)
        start_endpoint(endpoint_id=endpoint.pk)

        hour = timedelta(hours=1)
        many = send_again(endpoint_id=endpoint.pk, since=NOON, until=NOON + hour, at=NOON + hour)
        assert many == 2
        assert (
            send_again(endpoint_id=endpoint.pk, since=NOON + hour, until=NOON + 2 * hour, at=NOON)
            == 0
        )
        wire.deliver(at=NOON + hour)

        ids = [headers["webhook-id"] for headers, _body in there.came]
        assert len(ids) == 3
        assert len(set(ids)) == 2

    def test_of_one_begins_anew(self, wire: Wire) -> None:
        with receiver(status=500) as there:
            wire.endpoint(there.url, EARNED)
            wire.buys(1)
            [delivery] = wire.deliver()
            there.status = 200
            send_once_more(delivery_id=delivery.pk, at=NOON)
            wire.deliver()
        delivery.refresh_from_db()
        assert (delivery.state, delivery.attempts, delivery.last_error) == ("DELIVERED", 1, "")

    def test_of_a_test_says_that_it_is_one(self, wire: Wire, there: Receiver) -> None:
        endpoint, _secret = wire.endpoint(there.url, EARNED)
        send_test(endpoint_id=endpoint.pk, at=NOON)
        wire.deliver()
        [(_headers, body)] = there.came
        assert json.loads(body)["type"] == "trouw.webhook_test.v1"


class TestWhatEnded:
    def test_is_forgotten_after_a_month(self, wire: Wire, there: Receiver) -> None:
        wire.endpoint(there.url, EARNED)
        wire.buys(1)
        wire.deliver()
        wire.buys(2)

        assert forget_deliveries(at=NOON + timedelta(days=29)) == 0
        assert forget_deliveries(at=NOON + timedelta(days=31)) == 1
        assert WebhookDelivery.objects.get().state == State.WAITING
