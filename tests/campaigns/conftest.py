import pytest

from tests.campaigns.journeys.town import Town
from tests.members.shop import open_shop


@pytest.fixture
def town(db: None) -> Town:
    town = Town(open_shop())
    town.nobody_held_out_of_all()
    town.message()
    town.told()
    return town
