import pytest

from loyalty.services.tiers import publish_tier_set, save_tier_set
from tests.scenarios.shop import (
    FIFTY_FROM_FIFTY,
    LADDER,
    OPENED,
    PAINT_TWICE,
    Shop,
    open_shop,
)


@pytest.fixture
def plain_shop(db: None) -> Shop:
    """One point per euro and nothing else."""
    return open_shop()


@pytest.fixture
def shop(plain_shop: Shop) -> Shop:
    """Twice the points on paint too, and fifty from a basket of fifty."""
    plain_shop.publish("paint-twice", PAINT_TWICE)
    plain_shop.publish("fifty", FIFTY_FROM_FIFTY)
    return plain_shop


@pytest.fixture
def ladder(plain_shop: Shop) -> Shop:
    """Silver from a hundred points, gold from five hundred."""
    tier_set = save_tier_set(
        programme_id=plain_shop.programme.pk,
        key="main",
        name_nl="Trouw",
        name_en="Loyal",
        policy=LADDER,
        actor="staff:1",
        at=OPENED,
    )
    publish_tier_set(tier_set_id=tier_set.pk, actor="staff:1", at=OPENED)
    return plain_shop
