import pytest

from tests.scenarios.shop import FIFTY_FROM_FIFTY, PAINT_TWICE, Shop, open_shop


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
