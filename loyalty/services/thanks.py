"""Points as thanks for something that is no activity's worth: once, by a key, with the words for it."""

from datetime import datetime

from loyalty.earning.terms import dates_of
from loyalty.errors import InvalidRequest
from loyalty.ledger.posting import Posted, Posting, is_booked, post
from loyalty.models import Transfer
from loyalty.services.rulebook import Rulebook
from loyalty.types import Outcome, Reason, Terms, Words

CODE = "thanks"
LARGEST = 10_000


def give_thanks(
    *,
    book: Rulebook,
    account_id: int,
    points: int,
    source: str,
    key: str,
    name: Words,
    actor: str,
    at: datetime,
    unit: str = "points",
) -> Posted | None:
    """Grant points of that unit to a member's account of it, once per (source, key) for ever; None when it was.

    They lapse as all points of the programme do. `name` says in each language what it is for. How
    many points it was the first time does not matter: it is never given twice. Raises
    InvalidRequest for no points or too many, and AccountClosed.
    """
    if not 0 < points <= LARGEST:
        raise InvalidRequest(f"Thanks are 1 to {LARGEST} points.", field="points")
    if is_booked(source=source, external_id=key):
        return None
    dates = dates_of(Terms(), book.rule_set.units[unit].expiry, at, book.zone)
    reason = Reason(
        rule=source, version=1, outcome=Outcome.APPLIED, code=CODE, points=points, name=name
    )
    posting = Posting(
        kind=Transfer.Kind.EARN,
        debit_account=book.units[unit].issuance,
        credit_account=account_id,
        points=points,
        source=source,
        external_id=key,
        reasons=[reason],
        actor=actor,
        effective_at=at,
        available_from=dates.available_from,
        expires_at=dates.expires_at,
        is_sliding=dates.is_sliding,
    )
    return post(posting, at=at)


def was_thanked(*, source: str, key: str) -> bool:
    """Whether thanks were given under this key."""
    return is_booked(source=source, external_id=key)
