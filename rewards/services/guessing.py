"""Who offers codes that are nobody's is let wait: by till or shop, and by address.

Counted in the database and in a transaction of its own, so that all processes count together and a
request that is refused still counts. An address is kept as a keyed hash, and for a day.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from django.db import connection
from django.db.models import F

from loyalty.errors import DomainError
from rewards.errors import ShortCodeUnknown, TooManyGuesses, VoucherUnknown
from rewards.models import WrongGuess
from rewards.sealing import derived

WINDOW = timedelta(minutes=15)
MOST = 20  # wrong ones of one till or address in a window

# Before every code that is offered: a plain statement, that Django need not make anew each time.
_GUESSED = (
    'SELECT 1 FROM rewards_wrongguess WHERE who = ANY(%s) AND "window" = %s AND count >= %s LIMIT 1'
)

Answer = TypeVar("Answer")
_GUESSES = (VoucherUnknown, ShortCodeUnknown)


def guessed(deed: Callable[[], Answer], *, actor: str, address: str = "", at: datetime) -> Answer:
    """What `deed` answers; a code that is nobody's is counted. Raises TooManyGuesses, and the deed's.

    Within no other transaction, which would take the count back with the refusal.
    """
    whose = [actor[:64], *([_hashed(address)] if address else [])]
    window = _window(at)
    if _have_guessed(whose, window):
        raise TooManyGuesses
    try:
        return deed()
    except DomainError as refusal:
        if isinstance(refusal, _GUESSES):
            _count(whose, window)
        raise


def forget_guesses(*, at: datetime) -> int:
    """Delete the windows that ended a day ago; how many."""
    ended = WrongGuess.objects.filter(window__lte=at - timedelta(days=1))
    return ended.delete()[0]


def _have_guessed(whose: list[str], window: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_GUESSED, [whose, window, MOST])
        return cursor.fetchone() is not None


def _count(whose: list[str], window: datetime) -> None:
    for who in sorted(whose):
        counted = WrongGuess(who=who, window=window, count=0)
        WrongGuess.objects.bulk_create([counted], ignore_conflicts=True)
        WrongGuess.objects.filter(who=who, window=window).update(count=F("count") + 1)


def _window(at: datetime) -> datetime:
    """The quarter of an hour that the moment is in."""
    seconds = int(WINDOW.total_seconds())
    return datetime.fromtimestamp(int(at.timestamp()) // seconds * seconds, UTC)


def _hashed(address: str) -> str:
    return derived("guessing address", address.encode()).hex()
