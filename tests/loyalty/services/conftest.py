import pytest

from loyalty.services import pasts
from tests.loyalty.services.lives import Lives, open_lives


@pytest.fixture
def lives(monkeypatch: pytest.MonkeyPatch, db: None) -> Lives:
    """A shop whose members' history is the archive that back-tests ask."""
    opened = open_lives()
    monkeypatch.setattr(pasts, "_archives", [opened])
    return opened
