"""Messages leave by the gate: nothing else in the house reaches a way out."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
ROOMS = ("loyalty", "members", "rewards", "campaigns", "config")
CHANNELS = "campaigns/channels/"
WAYS_OUT = (
    "anymail.message",
    "campaigns.channels",
    "campaigns.services.sending.send_now",
    "campaigns.services.sending.send_out",
    "django.core.mail",
    "members.services.messages.put_messages",
    "pywebpush",
    "smtplib",
)
DOORS = {  # who may use which way out
    "campaigns/services/gate.py": {"campaigns.services.sending.send_out"},
    "campaigns/services/service_messages.py": {
        "campaigns.services.sending.send_now",
        "members.services.messages.put_messages",
    },
    "campaigns/services/sending.py": {"campaigns.channels"},
    "campaigns/services/trial_mail.py": {"campaigns.services.sending.send_now"},  # to colleagues
}
MAKERS = {"create", "bulk_create", "get_or_create", "update_or_create"}


def imported(source: str) -> Iterator[str]:
    """Every module, and every name of a module, that the file imports."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def borrowed(source: str) -> Iterator[str]:
    """What other people's code is asked to send by itself: `super().send_mail(…)`, Django's own."""
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        whose = ast.unparse(node.func.value)
        if node.func.attr == "email_user" or (
            node.func.attr in {"send_mail", "send_notification_mail"} and whose == "super()"
        ):
            yield f"{whose}.{node.func.attr}"


def ways_around(path: str, source: str) -> list[str]:
    """What this file would send by, without being asked whether it may."""
    if path.startswith(CHANNELS):
        return []
    used = [name for name in imported(source) if name.startswith(WAYS_OUT)]
    allowed = tuple(DOORS.get(path, ()))
    around = [name for name in used if not (allowed and name.startswith(allowed))]
    return around + list(borrowed(source))


def makers_of(model: str, source: str) -> bool:
    """Whether rows of that model are made here."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in MAKERS:
            if f"{model}.objects" == ast.unparse(node.value):
                return True
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == model:
            return True
    return False


def sources() -> dict[str, str]:
    return {
        str(path.relative_to(ROOT)): path.read_text()
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if "/migrations/" not in str(path)
    }


class TestTheGate:
    def test_has_no_way_around_it_in_any_app(self):
        files = sources()
        assert {"campaigns/channels/email.py", "members/accounts.py"} <= files.keys()
        found = {path: ways_around(path, source) for path, source in files.items()}
        assert {path: ways for path, ways in found.items() if ways} == {}

    def test_has_doors_that_are_all_in_use(self):
        files = sources()
        for path, ways in DOORS.items():
            names = list(imported(files[path]))
            assert {way for way in ways if not any(n.startswith(way) for n in names)} == set()

    @pytest.mark.parametrize(
        ("model", "rooms"),
        [
            ("Dispatch", ["campaigns/services/gate.py", "campaigns/services/service_messages.py"]),
            ("Message", ["members/services/messages.py"]),
        ],
    )
    def test_makes_every_row_itself(self, model, rooms):
        made = [path for path, source in sources().items() if makers_of(model, source)]
        assert sorted(made) == rooms

    @pytest.mark.parametrize(
        "planted",
        [
            "from django.core.mail import send_mail",
            "from django.core import mail",
            "import pywebpush",
            "import smtplib",
            "from campaigns.channels.email import Email",
            "from members.services.messages import MessageDraft, put_messages",
            "from campaigns.services.sending import send_now",
            "class A(B):\n    def c(self):\n        super().send_mail('a', 'b', {})",
            "user.email_user('subject', 'text')",
        ],
    )
    def test_would_find_one(self, planted):
        assert ways_around("members/accounts.py", planted)

    @pytest.mark.parametrize(
        "planted", ["Dispatch.objects.create(key='x')", "Dispatch(key='x').save()"]
    )
    def test_would_find_another_maker(self, planted):
        assert makers_of("Dispatch", planted)
        assert not makers_of("Dispatch", "Dispatch.objects.filter(key='x')")
