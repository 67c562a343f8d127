"""Points that a member gives to a good cause."""

from datetime import datetime

from loyalty.errors import InvalidRequest, NotAContributor, NotFound
from loyalty.ledger.posting import Posted, Posting, post
from loyalty.models import Account, Pool, Transfer
from loyalty.services.transfers import check_shareable
from loyalty.types import Outcome, Reason

SOURCE = "donation"
LONGEST_CAUSE = 100
LANGUAGES = ("nl", "en")


def donate_points(
    *, account_id: int, points: int, cause: str, actor: str, at: datetime, key: str
) -> Posted:
    """Give a member's points to the cause of that name, once per `key`.

    Raises InvalidRequest for no points or no cause, NotFound, UnitNotShareable, NotAContributor for
    a pool, InsufficientPoints, AccountClosed, and KeyConflict when the key was used for another
    request.
    """
    if points < 1 or not key:
        raise InvalidRequest("Donate one point or more, under a key.", field="points")
    if not cause.strip() or len(cause) > LONGEST_CAUSE:
        raise InvalidRequest(f"Name the cause in {LONGEST_CAUSE} characters.", field="cause")
    account = (
        Account.objects.select_related("unit")
        .filter(pk=account_id, kind=Account.Kind.MEMBER)
        .first()
    )
    if account is None:
        raise NotFound("There is no such account.")
    check_shareable(account.unit)
    if Pool.objects.filter(holder__in=[account.holder]).exists():
        raise NotAContributor("A pool's points are spent, or given back.")
    donated = Account.objects.only("id").get(unit=account.unit, kind=Account.Kind.DONATED)
    posting = Posting(
        kind=Transfer.Kind.DONATE,
        debit_account=account_id,
        credit_account=donated.pk,
        points=points,
        source=SOURCE,
        external_id=key,
        reasons=[_why(points, cause)],
        actor=actor,
        effective_at=at,
    )
    return post(posting, at=at)


def _why(points: int, cause: str) -> Reason:
    """The cause by its name: no words about the giver, so the books may keep it."""
    return Reason(
        rule=SOURCE,
        version=1,
        outcome=Outcome.APPLIED,
        code=SOURCE,
        points=-points,
        name=dict.fromkeys(LANGUAGES, cause.strip()),
    )
