"""When the work that can wait was done last, kept in a file that may be torn."""

from celery.beat import PersistentScheduler


class SteadyScheduler(PersistentScheduler):
    """Begins anew with a file that a beat left half-written when it was killed.

    Celery's own sees to most of what can be wrong with the file, but ends for good where an entry was
    cut off (EOFError), each time it is started again.
    """

    def _create_schedule(self) -> None:
        try:
            super()._create_schedule()  # type: ignore[misc]  # unknown to the stubs, as what follows
        except EOFError as torn:
            self._store = self._destroy_open_corrupted_schedule(torn)  # type: ignore[attr-defined]
            super()._create_schedule()  # type: ignore[misc]
