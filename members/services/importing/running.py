"""Being written."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID


def unfinished() -> list[UUID]:
    return []


def work_on(*, import_id: UUID, clock: Callable[[], datetime]) -> None:
    return None
