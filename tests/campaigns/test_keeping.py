"""What campaigns keep of a person: told to them, forgotten, and taken along in a merge."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import Campaign, ContactChoice, OfferContact, Participant, PushSubscription
from campaigns.services.past import PastCampaign, take_in_campaign
from members.belongings import keepers, movers
from members.models import Membership
from tests.portal.conftest import anna, now, shop  # noqa: F401
from tests.portal.shop import STAFF, Shop
from tests.portal.test_offers import offer

OURS = {"campaigns", "dispatches", "offers", "contact"}


@pytest.fixture
def known(shop: Shop, anna: Membership) -> Membership:  # noqa: F811
    """Anna, who saw an offer, was in a campaign, and said how she hears from us."""
    at = timezone.now()
    OfferContact.objects.create(
        membership=anna, offer=offer(shop, "a"), first_shown_on=at, last_shown_on=at
    )
    ContactChoice.objects.create(
        membership=anna, at_most=2, time_zone="Europe/Amsterdam", changed_at=at
    )
    PushSubscription.objects.create(
        membership=anna, endpoint="https://push.example/1", p256dh="k", auth="a", added_at=at
    )
    past = PastCampaign(
        key="old",
        name_nl="Oud",
        name_en="Old",
        note="Niet geloot",
        starts_at=at - timedelta(days=9),
        ends_at=at - timedelta(days=2),
    )
    take_in_campaign(
        programme_id=shop.programme.pk, past=past, memberships=[anna.pk], actor=STAFF, at=at
    )
    Participant.objects.update(state="ACTIVE", context={"order": "4711"}, wake_at=at)
    return anna


class TestKeepers:
    def test_tell_and_forget_all_of_it(self, known: Membership) -> None:
        ours = {keeper.key: keeper for keeper in keepers() if keeper.key in OURS}
        told = {key: keeper.export(known.member) for key, keeper in ours.items()}

        for keeper in ours.values():
            keeper.erase(known.member, timezone.now())

        assert {key: len(rows) for key, rows in told.items()} == {
            "campaigns": 1,
            "dispatches": 0,
            "offers": 1,
            "contact": 2,
        }
        gone = (OfferContact, ContactChoice, PushSubscription)
        assert [model.objects.count() for model in gone] == [0, 0, 0]
        left = Participant.objects.get()
        assert (left.state, left.context, left.wake_at) == ("STOPPED", {}, None)
        assert Campaign.objects.count() == 1


class TestMovers:
    def test_take_it_along_and_bring_it_back(
        self,
        shop: Shop,  # noqa: F811
        known: Membership,
    ) -> None:
        other = shop.enrol("bo@example.nl")
        names = {"participations", "offers", "pushes", "contact choices"}
        ours = [mover for mover in movers() if mover.key in names]
        rows = (Participant, OfferContact, PushSubscription, ContactChoice)

        moved = [mover.move(known, other) for mover in ours]
        held = {model.objects.get().membership_id for model in rows}
        for mover, ids in zip(ours, moved, strict=True):
            mover.move_back(ids, known)

        assert len(ours) == 4
        assert held == {other.pk}
        assert {model.objects.get().membership_id for model in rows} == {known.pk}
