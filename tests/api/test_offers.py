"""Offers through the API: a webshop asks what to show a member, and says what they put away."""

from typing import Any

import pytest

from campaigns.models import Offer, OfferContact
from campaigns.services.offers import OfferDraft, publish_offer, save_offer
from tests.api.conftest import Till, till_of
from tests.members.shop import NOON, Shop

SCOPES = ["offers:read", "offers:write"]
ANNA = "card:2990000000019"


@pytest.fixture
def webshop(shop: Shop) -> Till:
    return till_of(shop, "offers", SCOPES)


def offer(shop: Shop, key: str, **said: Any) -> Offer:
    draft = OfferDraft(
        key=key, title_nl=f"{key} nl", title_en=f"{key} en", text_nl="nl", text_en="en", **said
    )
    programme_id = shop.programme.pk
    kept = save_offer(programme_id=programme_id, offer=draft, actor="staff:1", at=NOON)
    return publish_offer(programme_id=programme_id, offer_id=kept.pk, actor="staff:1", at=NOON)


class TestOffers:
    def test_are_told_with_why_and_not_counted(self, shop: Shop, webshop: Till) -> None:
        offer(shop, "brushes", link="/kwasten")
        offer(shop, "here", locations=["Ede"], weight=10)

        answer = webshop.get(f"offers?member={ANNA}&location=Utrecht")

        assert answer.status_code == 200
        assert answer.json() == {
            "offers": [
                {
                    "key": "brushes",
                    "title": {"nl": "brushes nl", "en": "brushes en"},
                    "text": {"nl": "nl", "en": "en"},
                    "why": {
                        "nl": f"{shop.programme.name} laat dit nu aan alle leden zien; "
                        "niets over jou is hiervoor gebruikt.",
                        "en": f"{shop.programme.name} shows this to all members now; "
                        "nothing about you was used for it.",
                    },
                    "reward": "",
                    "link": "/kwasten",
                    "ends_at": None,
                }
            ]
        }
        assert not OfferContact.objects.exists()

    @pytest.mark.parametrize("asked", ["", "?member=", "?member={}&limit=0", "?member={}&x=1"])
    def test_want_a_member_and_know_their_parameters(self, webshop: Till, asked: str) -> None:
        answer = webshop.get(f"offers{asked.format(ANNA)}")

        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


class TestDismiss:
    def test_hides_it_until_it_is_undone(self, shop: Shop, webshop: Till) -> None:
        offer(shop, "brushes")

        away = webshop.post("offers/brushes/dismiss", {"member": ANNA})

        assert away.json() == {"key": "brushes", "is_dismissed": True}
        assert webshop.get(f"offers?member={ANNA}").json() == {"offers": []}
        back = webshop.post("offers/brushes/dismiss", {"member": ANNA, "undo": True})
        assert back.json() == {"key": "brushes", "is_dismissed": False}
        assert len(webshop.get(f"offers?member={ANNA}").json()["offers"]) == 1

    def test_refuses_what_is_no_offer_and_changes_nothing(self, shop: Shop, webshop: Till) -> None:
        answer = webshop.post("offers/nothing/dismiss", {"member": ANNA})

        assert (answer.status_code, answer.json()["code"]) == (404, "offer_unknown")
        assert not OfferContact.objects.exists()
