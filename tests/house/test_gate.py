"""Messages leave by the gate: nothing else in campaigns reaches a way out."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
WAYS_OUT = ("django.core.mail", "pywebpush", "campaigns.channels", "members.services.messages")
DOORS = {  # who may use a way out
    "campaigns/services/sending.py",  # what the gate let through
}


def imported(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def ways_around(path: str, source: str) -> list[str]:
    """What this file would send by, without being asked whether it may."""
    if path in DOORS or path.startswith("campaigns/channels/"):
        return []
    return [name for name in imported(source) if name.startswith(WAYS_OUT)]


def makers(source: str) -> bool:
    """Whether a dispatch is made here."""
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in {"create", "bulk_create", "get_or_create", "update_or_create"}
        and "Dispatch.objects" in ast.unparse(node.value)
        for node in ast.walk(ast.parse(source))
    )


class TestTheGate:
    def test_has_no_way_around_it_in_campaigns(self):
        files = {
            str(path.relative_to(ROOT)): path.read_text()
            for path in (ROOT / "campaigns").rglob("*.py")
        }
        assert "campaigns/channels/email.py" in files
        found = {path: ways_around(path, source) for path, source in files.items()}
        assert {path: ways for path, ways in found.items() if ways} == {}

    def test_makes_every_dispatch_itself(self):
        assert [
            str(path.relative_to(ROOT))
            for room in ("loyalty", "members", "rewards", "campaigns")
            for path in (ROOT / room).rglob("*.py")
            if makers(path.read_text())
        ] == ["campaigns/services/gate.py"]

    @pytest.mark.parametrize(
        "planted",
        [
            "from django.core.mail import send_mail",
            "import pywebpush",
            "from campaigns.channels.email import Email",
        ],
    )
    def test_would_find_one(self, planted):
        assert ways_around("campaigns/services/actions.py", planted)
        assert makers("Dispatch.objects.create(key='x')")
