"""The queue of what is to be delivered: found, done one by one and many at once, and packed by."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from loyalty.models import Programme
from members.models import MemberLook, Membership
from rewards.admin import bulk_delivery
from rewards.models import Fulfilment
from tests.console.conftest import NOON
from tests.console.rewarding import a_reward, to_deliver
from tests.console.rules import text

LIST = "/console/rewards/fulfilment/"
SignIn = Callable[..., Any]


@pytest.fixture
def parcel(anna: Membership, programme: Programme) -> Fulfilment:
    reward = a_reward(programme, name_en="Brush", kind="GIFT", terms={"ways": ["SHIP", "COLLECT"]})
    return to_deliver(anna, reward, asked_at=timezone.now())


def other_of(parcel: Fulfilment, **changes: Any) -> Fulfilment:
    redemption = parcel.redemption
    said = {"asked_at": timezone.now(), **changes}
    return to_deliver(redemption.membership, redemption.reward, **said)


def rows(client: Client, asked: str = "") -> set[int]:
    return {row.pk for row in client.get(f"{LIST}?{asked}").context["cl"].result_list}


class TestTheQueue:
    def test_holds_what_is_still_to_be_done_the_oldest_first(
        self, client: Client, sign_in: SignIn, parcel: Fulfilment
    ) -> None:
        sign_in("service desk")
        earlier = other_of(parcel, asked_at=NOON - timedelta(days=1), state="READY")
        other_of(parcel, state="DONE", done_at=NOON)

        found = client.get(LIST).context["cl"].result_list

        assert [row.pk for row in found] == [earlier.pk, parcel.pk]

    def test_finds_by_state_way_place_and_lateness(
        self, client: Client, sign_in: SignIn, parcel: Fulfilment
    ) -> None:
        sign_in("service desk")
        now = timezone.now()
        late = other_of(parcel, asked_at=now - timedelta(days=4))
        shop = other_of(parcel, way="COLLECT", location="Utrecht", street="")
        done = other_of(parcel, state="DONE", done_at=now)
        ahead = other_of(
            parcel,
            way="BOOK",
            state="READY",
            asked_at=now - timedelta(days=9),
            booked_for=now + timedelta(days=1),
        )

        assert rows(client, "state=late") == {late.pk}
        assert rows(client, "way=COLLECT&location=Utrecht") == {shop.pk}
        assert rows(client, "state=DONE") == {done.pk}
        assert rows(client, "state=READY") == {ahead.pk}
        assert len(rows(client, "state=all")) == 5
        assert "To do, late" in text(client.get(LIST))

    def test_shows_nothing_of_another_programme(
        self, client: Client, sign_in: SignIn, parcel: Fulfilment, anna: Membership
    ) -> None:
        sign_in("service desk")
        theirs = to_deliver(anna, a_reward(Programme.objects.create(slug="other", name="Other")))

        assert rows(client) == {parcel.pk}
        client.post(f"{LIST}bulk/?state=all&id={theirs.pk}", bulk("ready", [theirs]))

        theirs.refresh_from_db()
        assert theirs.state == "TO_DO"

    def test_costs_few_queries(
        self,
        client: Client,
        sign_in: SignIn,
        parcel: Fulfilment,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        sign_in("service desk")
        for _each in range(5):
            other_of(parcel)
        with django_assert_max_num_queries(11):
            assert "Brush" in text(client.get(LIST))

    def test_is_not_the_marketers(
        self, client: Client, sign_in: SignIn, parcel: Fulfilment
    ) -> None:
        sign_in("marketer")
        assert client.get(LIST).status_code == 403
        assert client.post(f"{LIST}export/").status_code == 403
        assert client.post(f"{LIST}{parcel.pk}/ready/").status_code == 403
        assert client.post(f"{LIST}bulk/", bulk("ready", [parcel])).status_code == 403
        parcel.refresh_from_db()
        assert parcel.state == "TO_DO"


class TestOneDelivery:
    def test_its_address_is_shown_and_the_look_is_noted(
        self, client: Client, sign_in: SignIn, parcel: Fulfilment, anna: Membership
    ) -> None:
        sign_in("service desk")
        shown = text(client.get(f"{LIST}{parcel.pk}/change/"))
        assert "1234 AB Utrecht" in shown
        look = MemberLook.objects.get()
        assert (look.member_id, look.deed, look.what) == (anna.member_id, "SEEN", "delivery")

    def test_is_laid_ready_and_sent_with_its_tracking_code(
        self, client: Client, sign_in: SignIn, parcel: Fulfilment
    ) -> None:
        user = sign_in("service desk")
        client.post(f"{LIST}{parcel.pk}/ready/")
        parcel.refresh_from_db()
        assert parcel.state == "READY"

        page = client.post(
            f"{LIST}{parcel.pk}/ship/", {"carrier": "PostNL", "tracking": "3SABC"}, follow=True
        )

        parcel.refresh_from_db()
        parcel.redemption.refresh_from_db()
        assert (parcel.state, parcel.tracking, parcel.done_by) == (
            *("DONE", "3SABC"),
            f"staff:{user.pk}",
        )
        assert parcel.redemption.state == "FULFILLED"
        assert "Noted: Sent." in text(page)

    def test_is_handed_over_in_the_shop(
        self, client: Client, sign_in: SignIn, parcel: Fulfilment
    ) -> None:
        sign_in("service desk")
        shop = other_of(parcel, way="COLLECT", location="Utrecht", street="")
        client.post(f"{LIST}{shop.pk}/hand_over/")
        shop.refresh_from_db()
        assert shop.state == "DONE"

    def test_is_booked_for_a_moment_and_then_done(
        self, client: Client, sign_in: SignIn, parcel: Fulfilment
    ) -> None:
        sign_in("service desk")
        advice = other_of(parcel, way="BOOK", street="")
        said = {"day": "2099-05-01", "hour": "14:30", "location": "Utrecht"}
        client.post(f"{LIST}{advice.pk}/book/", said)
        advice.refresh_from_db()
        assert (advice.state, advice.location) == ("READY", "Utrecht")
        assert advice.booked_for is not None
        assert timezone.localtime(advice.booked_for).strftime("%H:%M") == "14:30"

        client.post(f"{LIST}{advice.pk}/complete/")
        advice.refresh_from_db()
        assert advice.state == "DONE"

    def test_a_moment_that_has_been_is_refused_at_the_form(
        self, client: Client, sign_in: SignIn, parcel: Fulfilment
    ) -> None:
        sign_in("service desk")
        advice = other_of(parcel, way="BOOK", street="")
        answer = client.post(f"{LIST}{advice.pk}/book/", {"day": "2020-05-01", "hour": "14:30"})
        assert answer.context["form"].errors
        advice.refresh_from_db()
        assert advice.state == "TO_DO"


def bulk(deed: str, deliveries: list[Fulfilment], **changes: Any) -> dict[str, Any]:
    return {
        "deed": deed,
        "carrier": "",
        "tracking": "",
        "day": "",
        "hour": "",
        "counted": str(len(deliveries)),
        "after": "0",
        "upto": str(max(each.pk for each in deliveries)),
        "done": "0",
        "refused": "0",
        **changes,
    }


class TestMany:
    def test_are_sent_with_codes_out_of_the_packing_file(
        self, client: Client, sign_in: SignIn, parcel: Fulfilment
    ) -> None:
        sign_in("service desk")
        second, third = other_of(parcel), other_of(parcel)
        lines = f"{parcel.pk}; 3SAAA\n{second.pk};Brush;;Send;To do;;;Anna;;;;;;DHL;'=JD1\n"
        said = bulk("ship", [parcel, second, third], carrier="PostNL", tracking=lines)

        shown = text(client.post(f"{LIST}bulk/?way=SHIP", said))

        kept = {row.pk: (row.state, row.carrier, row.tracking) for row in Fulfilment.objects.all()}
        assert kept == {
            parcel.pk: ("DONE", "PostNL", "3SAAA"),
            second.pk: ("DONE", "DHL", "=JD1"),
            third.pk: ("TO_DO", "", ""),
        }
        assert "done for 2 of 3." in shown
        assert "No tracking code was given for it." in shown

    def test_goes_on_part_by_part_with_progress(
        self,
        client: Client,
        sign_in: SignIn,
        parcel: Fulfilment,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        sign_in("service desk")
        monkeypatch.setattr(bulk_delivery, "AT_ONCE", 2)
        three = [parcel, other_of(parcel), other_of(parcel)]

        first = client.post(f"{LIST}bulk/", bulk("ready", three))
        assert "done for 2 of 3." in text(first)
        assert Fulfilment.objects.filter(state="READY").count() == 2
        second = client.post(f"{LIST}bulk/", dict(first.context["hidden"]))

        assert "done for 3 of 3." in text(second)
        assert not second.context["part"].has_more
        assert Fulfilment.objects.filter(state="READY").count() == 3

    def test_passes_over_what_is_not_delivered_that_way(
        self, client: Client, sign_in: SignIn, parcel: Fulfilment
    ) -> None:
        sign_in("service desk")
        shop = other_of(parcel, way="COLLECT", street="")
        shown = text(client.post(f"{LIST}bulk/", bulk("hand_over", [parcel, shop])))
        assert "done for" in shown
        shop.refresh_from_db()
        assert shop.state == "DONE"

    @pytest.mark.parametrize(
        "wrong",
        [{"tracking": "nonsense"}, {"deed": "book"}, {"counted": "9"}, {"deed": "burn"}],
    )
    def test_what_makes_no_sense_changes_nothing(
        self, client: Client, sign_in: SignIn, parcel: Fulfilment, wrong: dict[str, str]
    ) -> None:
        sign_in("service desk")
        answer = client.post(f"{LIST}bulk/", {**bulk("ship", [parcel]), **wrong})
        assert answer.context["form"].errors
        parcel.refresh_from_db()
        assert parcel.state == "TO_DO"

    def test_what_was_ticked_is_meant_and_nothing_else(
        self, client: Client, sign_in: SignIn, parcel: Fulfilment
    ) -> None:
        sign_in("service desk")
        other_of(parcel)
        to = client.post(LIST, {"action": "for_these", "_selected_action": [str(parcel.pk)]})
        assert client.get(to.headers["Location"]).context["counted"] == 1


class TestThePackingFile:
    def test_has_no_formulas_and_every_member_reads_that_it_was_made(
        self, client: Client, sign_in: SignIn, parcel: Fulfilment, anna: Membership
    ) -> None:
        sign_in("service desk")
        parcel.recipient, parcel.street = "=HYPERLINK(0)", "@Dorpsstraat 1"
        parcel.save()

        answer = client.post(f"{LIST}export/?way=SHIP")

        content = answer.getvalue().decode("utf-8-sig")
        _head, row = csv.reader(io.StringIO(content), delimiter=";")
        assert row[0] == str(parcel.pk)
        assert "'=HYPERLINK(0)" in row
        assert "'@Dorpsstraat 1" in row
        look = MemberLook.objects.get()
        assert (look.member_id, look.deed, look.what) == (anna.member_id, "EXPORTED", "delivery")

    def test_is_made_by_posting_alone(
        self, client: Client, sign_in: SignIn, parcel: Fulfilment
    ) -> None:
        sign_in("service desk")
        assert client.get(f"{LIST}export/").status_code == 405
        assert not MemberLook.objects.exists()
