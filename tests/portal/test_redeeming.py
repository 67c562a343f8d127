"""Redeeming on the reward's page, and what is shown afterwards."""

import re
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client

from loyalty.selectors import balance_card
from members.models import Membership
from members.selectors import account_of
from rewards.codes import code_of
from rewards.models import Redemption, Voucher
from rewards.services.vouchers import use_voucher
from tests.portal.shop import Shop


def key_on(client: Client, address: str) -> str:
    """The key that came with the page."""
    found = re.search(r'name="request_key" value="([^"]+)"', client.get(address).content.decode())
    assert found
    return found[1]


def said_after(client: Client, address: str) -> str:
    """What the portal says after trying to redeem."""
    response = client.post(address, {"request_key": str(uuid4())}, follow=True)
    return " ".join(response.content.decode().split())


@pytest.fixture
def rich(portal: Client, shop: Shop, now: datetime) -> Client:
    """Anna with 600 points."""
    shop.sell("600.00", at=now - timedelta(hours=1))
    return portal


class TestRedeem:
    def test_one_tap_gives_a_code_and_takes_the_points(
        self, rich: Client, shop: Shop, anna: Membership, now: datetime
    ) -> None:
        shop.reward("brush", 250)

        response = rich.post("/rewards/brush/", {"request_key": key_on(rich, "/rewards/brush/")})

        redeemed = Redemption.objects.get()
        assert response["Location"] == f"/redemptions/{redeemed.pk}/"
        assert (redeemed.points, redeemed.balance_after) == (250, 350)
        assert redeemed.membership == anna
        page = rich.get(response["Location"]).content.decode()
        assert code_of(redeemed.voucher.pk) in page
        assert 'aria-label="QR code for the till"' in page

    def test_a_double_tap_is_one_redemption(self, rich: Client, shop: Shop) -> None:
        shop.reward("brush", 250)
        key = key_on(rich, "/rewards/brush/")

        first = rich.post("/rewards/brush/", {"request_key": key})
        second = rich.post("/rewards/brush/", {"request_key": key})

        assert first["Location"] == second["Location"]
        assert Redemption.objects.count() == 1

    def test_refuses_what_the_points_do_not_reach(
        self, rich: Client, shop: Shop, anna: Membership, now: datetime
    ) -> None:
        shop.reward("advice", 601)

        assert "You do not have enough points for this." in said_after(rich, "/rewards/advice/")
        assert balance_card(account_of(anna), at=now).points == 600
        assert not Redemption.objects.exists()

    def test_refuses_what_is_sold_out(
        self, rich: Client, shop: Shop, anna: Membership, now: datetime
    ) -> None:
        shop.reward("brush", 250, stock=0)

        assert "The last one was just taken." in said_after(rich, "/rewards/brush/")
        assert balance_card(account_of(anna), at=now).points == 600

    def test_refuses_more_than_the_limit(
        self, rich: Client, shop: Shop, anna: Membership, now: datetime
    ) -> None:
        shop.reward("samples", 50, limit_per_member=1)
        said_after(rich, "/rewards/samples/")

        assert "it can be had once" in said_after(rich, "/rewards/samples/")
        assert balance_card(account_of(anna), at=now).points == 550

    def test_refuses_a_key_used_for_another_reward(self, rich: Client, shop: Shop) -> None:
        shop.reward("brush", 250)
        shop.reward("roller", 300)
        key = key_on(rich, "/rewards/brush/")
        rich.post("/rewards/brush/", {"request_key": key})

        response = rich.post("/rewards/roller/", {"request_key": key}, follow=True)

        assert "This page was used before." in response.content.decode()
        assert Redemption.objects.count() == 1

    @pytest.mark.parametrize("key", ["", "x", "\x00"])
    def test_is_not_there_without_a_proper_key(self, rich: Client, shop: Shop, key: str) -> None:
        shop.reward("brush", 250)

        assert rich.post("/rewards/brush/", {"request_key": key}).status_code == 404
        assert not Redemption.objects.exists()

    def test_is_not_there_for_another_programmes_reward(self, rich: Client) -> None:
        assert rich.get("/rewards/nothing/").status_code == 404
        assert rich.post("/rewards/nothing/", {"request_key": uuid4()}).status_code == 404


class TestRewards:
    def test_shows_what_is_within_reach_first(self, rich: Client, shop: Shop) -> None:
        shop.reward("advice", 2500)
        shop.reward("gone", 100, stock=0)
        shop.reward("brush", 250)

        response = rich.get("/rewards/")

        keys = [one.offer.reward.key for one in response.context["shown"]]
        assert keys == ["brush", "advice", "gone"]
        assert "Another 1,900 points" in response.content.decode()

    def test_answers_what_it_costs_and_leaves(self, rich: Client, shop: Shop) -> None:
        shop.reward("brush", 250)

        page = " ".join(rich.get("/rewards/brush/").content.decode().split())

        assert "<dt>It costs</dt><dd>250 points</dd>" in page
        assert "<dt>You have left after</dt><dd>350 points</dd>" in page
        assert "<dt>If you change your mind</dt><dd>undo within 15 minutes</dd>" in page


class TestRedemption:
    @pytest.fixture
    def redeemed(self, rich: Client, shop: Shop) -> Redemption:
        shop.reward("brush", 250)
        rich.post("/rewards/brush/", {"request_key": uuid4()})
        return Redemption.objects.select_related("voucher").get()

    def test_tells_when_and_where_the_code_was_used(
        self, rich: Client, shop: Shop, redeemed: Redemption, now: datetime
    ) -> None:
        use_voucher(
            programme_id=shop.programme.pk,
            code=code_of(redeemed.voucher.pk),
            request_key="till-1",
            actor="api:till",
            location="Utrecht",
            at=now,
        )

        page = " ".join(rich.get(f"/redemptions/{redeemed.pk}/").content.decode().split())

        assert "in Utrecht. Is that not right? Ask in the shop." in page
        assert "QR code" not in page

    def test_tells_when_the_code_has_expired(
        self, rich: Client, redeemed: Redemption, now: datetime
    ) -> None:
        Voucher.objects.update(issued_at=now - timedelta(days=9), expires_at=now)

        page = rich.get(f"/redemptions/{redeemed.pk}/").content.decode()

        assert "This code was valid until" in page
        assert "QR code" not in page

    def test_is_not_there_for_another_member(
        self, client: Client, shop: Shop, redeemed: Redemption
    ) -> None:
        stranger = shop.enrol("bram@example.nl")
        assert stranger.member.user
        client.force_login(stranger.member.user)

        assert client.get(f"/redemptions/{redeemed.pk}/").status_code == 404
