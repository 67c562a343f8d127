"""The system account PostgreSQL runs as: it refuses to be root."""

import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

from config.supervisor.errors import CannotStart
from config.supervisor.leash import Account

NAME = "pgserver"
REACH = stat.S_IXOTH
READ = stat.S_IROTH


def account_for(data: Path) -> Account | None:
    """Return whom PostgreSQL must run as to use `data`: None for ourselves, another when we are root.

    An existing data folder keeps its owner. Creates a system account when root has none to use.
    """
    if os.geteuid() != 0:
        return None
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return owner.st_uid, owner.st_gid
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        entry = _create()
    return entry.pw_uid, entry.pw_gid


def give(folder: Path, account: Account | None) -> None:
    """Make `folder` exist, private to the account (0700)."""
    folder.mkdir(parents=True, exist_ok=True)
    if account is not None:
        os.chown(folder, *account)
        for parent in folder.parents:
            _allow(parent, REACH)
    folder.chmod(0o700)


def let_run(programs: Path, account: Account | None) -> None:
    """See to it that the account can run the installation of which `programs` is the bin folder.

    Root's own folders are often closed to others; passing through (not listing) is then allowed.
    """
    if account is None or _runs(programs, account):
        return
    for parent in (programs, *programs.parents):
        _allow(parent, REACH)
    for path in programs.parent.rglob("*"):
        _allow(path, READ | REACH if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else READ)


def _runs(programs: Path, account: Account) -> bool:
    command = [str(programs / "postgres"), "--version"]
    uid, gid = account
    try:
        subprocess.run(
            command, user=uid, group=gid, extra_groups=[], check=True, capture_output=True, cwd="/"
        )
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _allow(path: Path, bits: int) -> None:
    mode = path.stat().st_mode
    if mode & bits != bits:
        path.chmod(stat.S_IMODE(mode) | bits)


def _create() -> pwd.struct_passwd:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        raise CannotStart("PostgreSQL refuses to run as root: start this as an ordinary user.")
    command = [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME]
    subprocess.run(command, check=True, capture_output=True)
    return pwd.getpwnam(NAME)
