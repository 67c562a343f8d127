"""Being written."""

from datetime import datetime


def drop_old(*, at: datetime) -> None:
    return None
