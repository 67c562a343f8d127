"""The portal as Anna sees it."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from members.models import Membership, User
from rewards.models import Reward
from tests.portal.kinds import stock_shelves
from tests.portal.shop import CARD, Shop, open_shop


@pytest.fixture
def now() -> datetime:
    """The entry points read the real clock, so what they show is made for it."""
    return timezone.now()


@pytest.fixture
def shop(db: None, now: datetime) -> Shop:
    return open_shop(at=now)


@pytest.fixture
def anna(shop: Shop) -> Membership:
    return shop.enrol(
        "anna@example.nl",
        identifiers=["email:anna@example.nl", f"card:{CARD}"],
        given_name="Anna",
    )


@pytest.fixture
def portal(client: Client, anna: Membership) -> Client:
    """A browser in which Anna is signed in."""
    client.force_login(User.objects.get(email="anna@example.nl"))
    return client


@pytest.fixture
def rich(portal: Client, shop: Shop, now: datetime) -> Client:
    """Anna with 600 points."""
    shop.sell("600.00", at=now - timedelta(hours=1))
    return portal


@pytest.fixture
def shelves(shop: Shop) -> dict[str, Reward]:
    return stock_shelves(shop)
