"""The folder in which the processes of one web server add up what they count.

Prometheus' client decides with its import whether it counts in files: so this comes first of all
(config/wsgi.py), and imports nothing of ours that needs Django.
"""

import os
import shutil
from pathlib import Path
from typing import Final

FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"


def share_folder(parent: Path) -> None:
    """Count in the folder of this web server: that of its main process, which started this one.

    Folders of servers that are gone are cleared away. A folder in the environment is left alone.
    """
    if os.environ.get(FOLDER_VARIABLE):
        return
    own = parent / str(os.getppid())
    own.mkdir(parents=True, exist_ok=True)
    for other in parent.iterdir():
        if other.name.isdigit() and not _runs(int(other.name)):
            shutil.rmtree(other, ignore_errors=True)
    os.environ[FOLDER_VARIABLE] = str(own)


def has_folder() -> bool:
    """Whether this process counts in files."""
    return bool(os.environ.get(FOLDER_VARIABLE))


def _runs(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
