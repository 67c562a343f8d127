"""How large a segment would be, without looking at everybody."""

import uuid

import pytest

from loyalty.models import Programme
from loyalty.services.accounts import open_programme
from members.models import Consent, Member, Membership, Purpose
from members.services.segments import estimate
from tests.members.shop import NOON

MANY, DRAWN, LANGUAGES = 3_000, 600, 24
FIRST = 90_000_000  # whom the sample draws goes by their numbers: here always the same


@pytest.fixture
def crowd(db):
    """Members who joined in so many shops: of each shop another share, from a few to a lot."""
    programme = Programme(slug="kleur", name="Kleur & Co")
    open_programme(programme=programme, at=NOON)
    members = [Member(id=uuid.UUID(int=n + 1), language="nl") for n in range(MANY)]
    Member.objects.bulk_create(members)
    Membership.objects.bulk_create(
        Membership(
            id=FIRST + n,
            member=member,
            programme=programme,
            holder=uuid.UUID(int=MANY + n + 1),
            joined_at=NOON,
            joined_through="till",
            joined_location=shop_of(n),
        )
        for n, member in enumerate(members)
    )
    return programme


def shop_of(number: int) -> str:
    """The nth shop has n of each 300 members, so that the 24 of them have all."""
    place = number * 7 % 300
    for shop in range(1, LANGUAGES + 1):
        place -= shop
        if place < 0:
            return f"shop-{shop}"
    raise AssertionError(number)


def joined_at(shop: int):
    return {"attribute": "joined.location", "is": "one_of", "value": [f"shop-{shop}"]}


def estimated(programme, shop: int, **more):
    return estimate(programme_id=programme.pk, document=joined_at(shop), at=NOON, **more)


class TestEstimate:
    def test_counts_when_there_are_few(self, crowd):
        counted = estimated(crowd, 24)

        assert counted.is_exact
        assert counted.size == counted.low == counted.high == 240

    def test_of_a_sample_holds_the_truth_about_as_often_as_it_says(self, crowd):
        told = {
            shop: estimated(crowd, shop, most_counted=100, sample=DRAWN)
            for shop in range(1, LANGUAGES + 1)
        }

        assert not any(each.is_exact for each in told.values())
        held = [shop for shop, each in told.items() if each.low <= 10 * shop <= each.high]
        assert len(held) >= LANGUAGES - 2

    def test_of_a_sample_tells_how_many_may_be_written_to(self, crowd):
        Consent.objects.bulk_create(
            Consent(
                member_id=uuid.UUID(int=n + 1),
                purpose=Purpose.OFFERS,
                channel=Consent.Channel.PUSH,
                is_given=True,
                recorded_at=NOON,
            )
            for n in range(MANY)
        )

        told = estimated(crowd, 24, most_counted=100, sample=DRAWN)

        assert told.contactable == {"EMAIL": 0, "SMS": 0, "PUSH": told.size}
        assert len(told.sample) == 10
