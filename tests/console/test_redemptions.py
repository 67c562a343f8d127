"""What members took: found by filters, read step by step, put right by who may."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from loyalty.models import Account, Programme
from loyalty.services.adjustments import adjust_points
from members.models import MemberLook, Membership, Note
from members.selectors import account_of
from rewards.models import Redemption, RedemptionStep
from rewards.services.redemption import fulfil_redemption, redeem_reward
from tests.console.conftest import NOON
from tests.console.rewarding import a_reward, a_voucher, days, taken, to_deliver
from tests.console.rules import text

LIST = "/console/rewards/redemption/"
SignIn = Callable[..., Any]


class TestTheList:
    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ("", {"Brush", "Samples"}),
            ("state=CANCELLED", {"Samples"}),
            ("kind=SAMPLES", {"Samples"}),
            ("channel=store", {"Samples"}),
            ("since=2026-11-23", {"Samples"}),
            ("until=2026-11-22", {"Brush"}),
            ("state=CAPTURED&kind=SAMPLES", set()),
            ("state=nonsense&since=never", {"Brush", "Samples"}),
        ],
    )
    def test_finds_by_state_kind_channel_and_period(
        self,
        client: Client,
        sign_in: SignIn,
        anna: Membership,
        asked: str,
        found: set[str],
    ) -> None:
        sign_in("service desk")
        programme = anna.programme
        taken(anna, a_reward(programme, name_en="Brush"))
        taken(
            anna,
            a_reward(programme, name_en="Samples", kind="SAMPLES"),
            state="CANCELLED",
            channel="store",
            redeemed_at=days(2),
            ended_at=days(2),
        )

        rows = client.get(f"{LIST}?{asked}").context["cl"].result_list

        assert {row.reward.name_en for row in rows} == found

    def test_finds_by_reward(
        self, client: Client, sign_in: SignIn, anna: Membership, programme: Programme
    ) -> None:
        sign_in("marketer")
        wanted, other = a_reward(programme), a_reward(programme)
        mine, _other = taken(anna, wanted), taken(anna, other)

        rows = client.get(f"{LIST}?reward={wanted.pk}").context["cl"].result_list

        assert list(rows) == [mine]

    def test_costs_few_queries(
        self,
        client: Client,
        sign_in: SignIn,
        anna: Membership,
        programme: Programme,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        sign_in("marketer")
        for _each in range(6):
            a_voucher(taken(anna, a_reward(programme)))
        with django_assert_max_num_queries(9):
            assert "Anna de Vries" in text(client.get(LIST))

    def test_is_not_the_cashiers(self, client: Client, sign_in: SignIn) -> None:
        sign_in("cashier")
        assert client.get(LIST).status_code == 403


class TestThePage:
    def test_tells_what_was_paid_and_every_step(
        self, client: Client, sign_in: SignIn, anna: Membership, programme: Programme
    ) -> None:
        sign_in("service desk")
        redemption = taken(
            anna,
            a_reward(programme, name_en="Brush"),
            money="5.00",
            choice={"options": [{"nl": "Rood", "en": "Red"}]},
        )
        a_voucher(redemption)
        RedemptionStep.objects.create(
            redemption=redemption,
            number=2,
            name="SHIPPED",
            params={"carrier": "PostNL", "tracking": "3SABC"},
            actor="till:utrecht",
            at=NOON,
        )

        shown = text(client.get(f"{LIST}{redemption.pk}/change/"))

        assert "Anna de Vries took “Brush” for 250 points + €5.00 on 22 November 2026" in shown
        assert "Sent. Carrier: PostNL. Tracking: 3SABC" in shown
        assert "the member" in shown
        assert "Red" in shown
        assert "Used 0 of 1 times." in shown

    def test_shows_the_address_to_who_delivers_and_notes_the_look(
        self, client: Client, sign_in: SignIn, anna: Membership, programme: Programme
    ) -> None:
        delivery = to_deliver(anna, a_reward(programme))
        page = f"{LIST}{delivery.redemption_id}/change/"

        sign_in("marketer")
        assert "Dorpsstraat 1" not in text(client.get(page))
        assert not MemberLook.objects.exists()
        sign_in("service desk")
        assert "Dorpsstraat 1" in text(client.get(page))

        look = MemberLook.objects.get()
        assert (look.member_id, look.deed, look.what) == (anna.member_id, "SEEN", "delivery")

    def test_costs_as_many_queries_however_many_steps(
        self,
        client: Client,
        sign_in: SignIn,
        anna: Membership,
        programme: Programme,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        sign_in("administrator")
        redemption = taken(anna, a_reward(programme))
        a_voucher(redemption)
        for number in range(2, 12):
            RedemptionStep.objects.create(
                redemption=redemption, number=number, name="USED", actor=f"till:{number}", at=NOON
            )
        with django_assert_max_num_queries(15):
            client.get(f"{LIST}{redemption.pk}/change/")


class TestOnTheMembersPage:
    def test_stands_what_was_taken(
        self, client: Client, sign_in: SignIn, anna: Membership, programme: Programme
    ) -> None:
        sign_in("marketer")
        redemption = taken(anna, a_reward(programme, name_en="Brush"), state="FULFILLED")

        shown = text(
            client.get(f"/console/members/member/{anna.member_id}/change/?tab=redemptions")
        )

        assert f"{LIST}{redemption.pk}/change/" in shown
        assert "Received" in shown


def with_points(anna: Membership, points: int = 500) -> None:
    adjust_points(
        account_id=account_of(anna), points=points, reason="x", actor="t", at=NOON, key="k"
    )


def redeemed(anna: Membership, programme: Programme) -> Redemption:
    with_points(anna)
    return redeem_reward(
        membership_id=anna.pk,
        reward_id=a_reward(programme, name_en="Brush").pk,
        request_key="r",
        channel="web",
        actor=f"member:{anna.member_id}",
        at=NOON,
    )


def held(anna: Membership) -> int:
    return Account.objects.get(pk=account_of(anna)).balance


class TestCancelling:
    def test_gives_back_what_was_paid_and_keeps_the_reason(
        self, client: Client, sign_in: SignIn, anna: Membership, programme: Programme
    ) -> None:
        sign_in("service desk")
        redemption = redeemed(anna, programme)
        assert held(anna) == 250

        page = f"{LIST}{redemption.pk}/cancel/"
        assert "250 points goes back to Anna de Vries" in text(client.get(page))
        shown = text(client.post(page, {"reason": "She called"}, follow=True))

        redemption.refresh_from_db()
        assert (redemption.state, held(anna)) == ("CANCELLED", 500)
        assert "Cancelled: what was paid is back with the member." in shown
        assert "Cancelled; what was paid went back" in shown
        assert Note.objects.get().text == "She called"

    @pytest.mark.parametrize("role", ["marketer", "finance", "cashier"])
    def test_is_the_service_desks(
        self, client: Client, sign_in: SignIn, anna: Membership, programme: Programme, role: str
    ) -> None:
        sign_in(role)
        redemption = redeemed(anna, programme)
        answer = client.post(f"{LIST}{redemption.pk}/cancel/", {"reason": "x"})
        assert answer.status_code == 403
        redemption.refresh_from_db()
        assert (redemption.state, held(anna)) == ("CAPTURED", 250)

    def test_nobody_cancels_their_own(
        self, client: Client, sign_in: SignIn, anna: Membership, programme: Programme
    ) -> None:
        redemption = redeemed(anna, programme)
        anna.member.user = sign_in("service desk")
        anna.member.save()
        answer = client.post(f"{LIST}{redemption.pk}/cancel/", {"reason": "x"})
        assert answer.status_code == 403
        assert held(anna) == 250


class TestTakingBack:
    def test_wants_one_of_the_reasons(
        self, client: Client, sign_in: SignIn, anna: Membership, programme: Programme
    ) -> None:
        sign_in("service desk")
        redemption = redeemed(anna, programme)
        fulfil_redemption(redemption_id=redemption.pk, actor="t", at=NOON)
        page = f"{LIST}{redemption.pk}/return/"

        assert client.post(page, {"reason": "because"}).context["form"].errors
        assert held(anna) == 250
        shown = text(client.post(page, {"reason": "damaged"}, follow=True))

        redemption.refresh_from_db()
        assert (redemption.state, held(anna)) == ("RETURNED", 500)
        assert "Reason: It was damaged or did not work" in shown

    def test_is_not_offered_before_it_was_had(
        self, client: Client, sign_in: SignIn, anna: Membership, programme: Programme
    ) -> None:
        sign_in("service desk")
        redemption = redeemed(anna, programme)
        deeds = client.get(f"{LIST}{redemption.pk}/change/").context["deeds"]
        assert [words for _page, words in deeds] == ["Cancel"]
