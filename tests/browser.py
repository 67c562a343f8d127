"""Where Chromium is, for the journeys through real pages; `python -m tests.browser` installs it."""

import os
import shutil
import subprocess
import sys
from typing import Final

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC: Final = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
MISSING: Final = (
    "Chromium is missing: install it with your package manager (Debian: apt-get install chromium),"
    " or name its program in CHROMIUM."
)
FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
)
"""No sandbox: a container often forbids one; only our own pages on loopback are opened."""


class ChromiumMissing(Exception):
    """No journey can be walked; the message says what to install."""


def chromium_path() -> str:
    """Return the browser's program; raises ChromiumMissing. Never a reason to skip a test."""
    if path := _found():
        return path
    raise ChromiumMissing(MISSING)


def install() -> None:
    """Install Chromium through apt where that is possible; else say what to do, and go on."""
    if _found():
        return
    apt = _apt()
    if apt:
        _say("Installing Chromium through apt (once)")
        for arguments in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
            subprocess.run([*apt, *arguments], check=False, env=_unattended(), capture_output=True)
    if not _found():
        _say(MISSING)


def _found() -> str | None:
    given = os.environ.get("CHROMIUM")
    candidates = (given,) if given else (*NAMES, MAC)
    return next((path for name in candidates if (path := shutil.which(name))), None)


def _apt() -> list[str]:
    if shutil.which("apt-get") is None:
        return []
    if os.geteuid() == 0:
        return ["apt-get", "-qq"]
    # `-n`: a test run never waits for somebody to type a password.
    may = shutil.which("sudo") and subprocess.run(
        ["sudo", "-n", "true"], check=False, capture_output=True
    )
    return ["sudo", "-n", "apt-get", "-qq"] if may and may.returncode == 0 else []


def _unattended() -> dict[str, str]:
    return os.environ | {"DEBIAN_FRONTEND": "noninteractive"}


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    install()
