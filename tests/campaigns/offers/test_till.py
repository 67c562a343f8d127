"""What the cashier may tell of offers, on the till's page."""

from datetime import datetime

from campaigns.models import OfferContact
from members.models import Membership
from rewards.services.tills import save_till
from rewards.worth_telling import worth_telling
from tests.portal.conftest import anna, now, shop  # noqa: F401
from tests.portal.shop import Shop
from tests.portal.test_offers import offer


class TestWorthTelling:
    def test_is_two_offers_that_are_on_in_this_shop_and_counts_nothing(
        self,
        shop: Shop,  # noqa: F811
        anna: Membership,  # noqa: F811
        now: datetime,  # noqa: F811
    ) -> None:
        till = save_till(
            programme_id=shop.programme.pk,
            key="one",
            name="Kassa",
            location="Utrecht",
            actor="staff:1",
            at=now,
        )
        for key, location in [("here", "Utrecht"), ("there", "Ede"), ("a", ""), ("b", "")]:
            offer(shop, key, locations=[location] if location else [])

        told = worth_telling(anna.member_id, till, now)

        assert [one.title["en"] for one in told] == ["here en", "a en"]
        assert told[0].why["nl"] == "Dit geldt hier, in Utrecht."
        assert not OfferContact.objects.exists()
