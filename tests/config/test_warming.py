"""No two requests ever make at once what they share."""

import importlib
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

from config.warming import structs

ROOT = Path(__file__).resolve().parents[2]
ELSEWHERE = (".migrations", ".management", ".demo", ".settings", ".supervisor")

COMMANDS = {  # only manage.py reaches these, and it has one thread
    "campaigns.services.past",
    "loyalty.as_of",
    "loyalty.services.brought",
    "loyalty.services.exports.dictionary",
    "loyalty.services.exports.writing",
    "loyalty.services.replay",
    "members.services.import_export",
}

RACE = """
import os, sys, threading
import config.wsgi
from django.urls import get_resolver
import msgspec
from members.types import ActivitySubmission
get_resolver().url_patterns
sys.setswitchinterval(1e-6)
body = b'{"type": "purchase", "source": "a", "external_id": "b", "member": "c",' \
       b' "occurred_at": "2026-11-22T12:00:00Z", "lines": [{"amount": "1.00"}]}'
def decode(together):
    together.wait()
    msgspec.json.decode(body, type=ActivitySubmission)
for again in range(100):
    if not (child := os.fork()):
        together = threading.Barrier(4)
        threads = [threading.Thread(target=decode, args=(together,)) for _ in range(4)]
        for each in threads: each.start()
        for each in threads: each.join()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0, "A process died when threads met a struct at once."
"""


class TestWarmUp:
    def test_knows_every_struct_that_a_request_can_meet(self) -> None:
        """Asked of a process that only did what a web server does, of each module of the apps."""
        code = "import config.wsgi; from config.warming import structs;"
        code += "print(*sorted(f'{s.__module__}.{s.__qualname__}' for s in structs()))"
        known = set(_python(code).split())

        for app in ("loyalty", "members", "rewards", "campaigns", "config"):
            package = importlib.import_module(app)
            for module in pkgutil.walk_packages(package.__path__, f"{app}."):
                if not any(part in module.name for part in ELSEWHERE):
                    importlib.import_module(module.name)
        ours = {
            f"{each.__module__}.{each.__qualname__}"
            for each in structs()
            if each.__module__.split(".")[0] in {"loyalty", "members", "rewards", "campaigns"}
        }

        assert {name.rpartition(".")[0] for name in ours - known} <= COMMANDS
        assert len(ours) > 200

    def test_lets_threads_meet_a_struct_at_once(self) -> None:
        _python(RACE)


def _python(code: str) -> str:
    environment = os.environ | {
        "TROUW_ENV": "test",
        "DATABASE_URL": "postgres://x@127.0.0.1:1/x",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
