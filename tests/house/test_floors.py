"""The oldest versions that are safe; older ones have known holes in what we use."""

from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

FLOORS = {
    "django": (5, 2, 19),  # a row of private data through cache and Vary; holes in the admin
    "djangorestframework": (3, 15, 2),  # script in the browsable API
    "django-allauth": (65, 16, 1),  # OAuth state missing in three providers
}


def parsed(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


class TestDependencies:
    @pytest.mark.parametrize(("name", "floor"), FLOORS.items(), ids=FLOORS)
    def test_are_installed_at_or_above_their_floor(self, name, floor):
        assert parsed(version(name)) >= floor

    @pytest.mark.parametrize("lock", ["run", "demo", "dev"])
    @pytest.mark.parametrize(("name", "floor"), FLOORS.items(), ids=FLOORS)
    def test_are_locked_at_or_above_their_floor(self, name, floor, lock):
        lines = (ROOT / "requirements" / f"{lock}.txt").read_text().splitlines()
        [pin] = [line for line in lines if line.startswith((f"{name}==", f"{name}["))]

        assert parsed(pin.split("==")[1].split()[0]) >= floor

    @pytest.mark.parametrize("lock", ["run", "demo", "dev"])
    def test_are_locked_with_hashes(self, lock):
        text = (ROOT / "requirements" / f"{lock}.txt").read_text()
        pins = [line for line in text.splitlines() if "==" in line and not line.startswith("#")]

        assert len(pins) > 20
        assert [pin for pin in pins if not pin.endswith("\\")] == []
        assert text.count("--hash=sha256:") >= len(pins)
