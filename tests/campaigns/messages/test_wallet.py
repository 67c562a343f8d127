"""A short note on the card in a member's wallet, from the gate to what Google is asked."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from campaigns.models import Dispatch
from campaigns.services.gate import offer_messages, work_off
from campaigns.services.reach import reached_by
from members.models import Membership, Purpose, WalletDevice, WalletPass
from tests.campaigns.gate.post import allow, candidate
from tests.campaigns.journeys.town import Town
from tests.campaigns.messages.sent import keep_template
from tests.members.shop import Shop
from tests.members.wallets import Google, google_on_this_machine, pem_of, rsa_key

SERIAL = UUID("018f0000-0000-7000-8000-0000000000aa")
OBJECT = f"/v1/loyaltyObject/338.{SERIAL.hex}/addMessage"
WORDS = {"nl": "Morgen dubbel punten.", "en": "Double points tomorrow."}


@pytest.fixture
def town(shop: Shop) -> Town:
    town = Town(shop)
    town.nobody_held_out_of_all()
    keep_template(shop.programme, key="hello", document={"wallet": {"text": WORDS}})
    allow(cap=20)
    return town


@pytest.fixture
def far_google(settings: Any) -> Iterator[Google]:
    with google_on_this_machine() as far:
        settings.WALLET_GOOGLE = {
            "number": "338",
            "email": "wallet@kleur.iam.gserviceaccount.com",
            "key": pem_of(rsa_key()),
            "api_url": f"{far.address}/v1/",
            "token_url": f"{far.address}/token",
        }
        yield far


def card_of(town: Town, membership: Membership, wallet: str = "GOOGLE", **said: Any) -> WalletPass:
    fields = {"serial": SERIAL, "created_at": town.now, "changed_at": town.now} | said
    return WalletPass.objects.create(membership=membership, wallet=wallet, **fields)


def told(town: Town, membership: Membership, *keys: str) -> None:
    rows = [candidate(town, membership, key, channel="WALLET") for key in keys]
    offer_messages(rows, at=town.now)
    work_off(at=town.now)


def fates() -> list[tuple[str, str]]:
    rows = Dispatch.objects.filter(nature="MARKETING").order_by("key")
    return list(rows.values_list("fate", "reason"))


class TestWallet:
    def test_puts_the_note_on_the_card_that_google_keeps(self, town, far_google) -> None:
        membership = town.member(1)
        card_of(town, membership)

        told(town, membership, "a")

        (_token, (method, path, said)) = far_google.asked
        assert (method, path, said["authorization"]) == ("POST", OBJECT, "Bearer t-1")
        assert said["message"] == {
            "header": town.shop.programme.name,
            "body": "Morgen dubbel punten.",
            "id": str(Dispatch.objects.get(nature="MARKETING").pk),
            "messageType": "TEXT_AND_NOTIFY",
        }
        assert fates() == [("SENT", "")]

    def test_is_refused_the_fourth_time_in_a_day_and_goes_again_after(
        self, town, far_google
    ) -> None:
        membership = town.member(1)
        card = card_of(town, membership)

        told(town, membership, "a", "b", "c", "d")

        assert sorted(fates()) == [("FAILED", "too_many"), *[("SENT", "")] * 3]
        assert len([path for _, path, _ in far_google.asked if path == OBJECT]) == 3
        card.refresh_from_db()
        assert card.noticed_at == [town.now] * 3
        town.now += timedelta(hours=24)
        told(town, membership, "e")
        assert fates()[-1] == ("SENT", "")

    def test_says_so_when_google_does_not_take_it(self, town, far_google) -> None:
        membership = town.member(1)
        card_of(town, membership)
        far_google.status = 404

        told(town, membership, "a")

        assert fates() == [("FAILED", "refused")]

    def test_waits_on_the_pass_for_an_apple_phone_that_asks(self, town) -> None:
        membership = town.member(1)
        card = card_of(town, membership, "APPLE", changed_at=town.now - timedelta(days=9))
        WalletDevice.objects.create(card=card, device="d-1", push_token="t", registered_at=town.now)

        told(town, membership, "a")

        card.refresh_from_db()
        assert (card.notice, card.changed_at) == ("Morgen dubbel punten.", town.now)
        assert fates() == [("SENT", "")]

    @pytest.mark.parametrize("how", ["none", "void", "never on a phone"])
    def test_has_no_address_without_a_live_pass(self, town, far_google, how) -> None:
        membership = town.member(1)
        if how == "void":
            card_of(town, membership, voided_at=town.now)
        if how == "never on a phone":
            card_of(town, membership, "APPLE")

        told(town, membership, "a")

        assert fates() == [("DROPPED", "no_address")]
        assert far_google.asked == []
        assert reached_by("WALLET", Purpose.OFFERS, [membership.member_id]) == set()

    def test_reaches_who_has_a_live_pass(self, town) -> None:
        membership = town.member(1)
        card_of(town, membership)
        wanted = {membership.member_id}
        assert reached_by("WALLET", Purpose.OFFERS, wanted) == wanted

    def test_is_put_away_in_the_demo_and_calls_nobody(
        self, town, far_google, settings, tmp_path
    ) -> None:
        settings.DEMO_MAILBOX, settings.EMAIL_FILE_PATH = True, str(tmp_path)
        membership = town.member(1)
        card_of(town, membership)

        told(town, membership, "a")

        (kept,) = (tmp_path / "wallet").glob("*.json")
        assert "Morgen dubbel punten." in kept.read_text()
        assert far_google.asked == []
