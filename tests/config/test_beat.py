import shelve
from pathlib import Path

import pytest

from config.beat import SteadyScheduler
from config.celery import app


@pytest.fixture
def torn(tmp_path: Path) -> Path:
    """What a beat leaves that was killed while it wrote."""
    kept = tmp_path / "beat"
    with shelve.open(str(kept)) as store:
        store.dict[b"entries"] = b""
    return kept


class TestSteadyScheduler:
    def test_begins_anew_with_a_torn_file(self, torn):
        scheduler = SteadyScheduler(app=app, schedule_filename=str(torn), lazy=True)

        scheduler.setup_schedule()

        assert "expire-points" in scheduler.schedule
        scheduler.close()
