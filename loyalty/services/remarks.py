"""Words of colleagues about a movement: kept beside the books, so that they can be forgotten.

A reason in the ledger names its remark by id (`params["remark"]`); loyalty.remarks reads them.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from loyalty.errors import InvalidRequest
from loyalty.models import Account, Remark
from loyalty.remarks import REMARK
from loyalty.types import Outcome, Reason

LONGEST_REASON = 500


def check_remark(text: str) -> None:
    """Raises InvalidRequest for no words, or too many."""
    if not text.strip() or len(text) > LONGEST_REASON:
        raise InvalidRequest(f"Say why, in at most {LONGEST_REASON} characters.", field="reason")


def new_remark() -> UUID:
    """The id of a remark that is still to be kept."""
    made: UUID = uuid7()
    return made


def remark_reason(code: str, points: int, remark: UUID, *, unit: str = "points") -> Reason:
    """A reason in somebody's own words, which the books know by their id alone."""
    return Reason(
        rule=code,
        version=1,
        outcome=Outcome.APPLIED,
        code=code,
        points=points,
        unit=unit,
        params={REMARK: str(remark)},
    )


def keep_remark(*, remark: UUID, account_id: int, text: str, actor: str, at: datetime) -> None:
    """Write down the words; in the transaction of the deed that they are about."""
    holder: Any = Account.objects.values_list("holder", flat=True).get(pk=account_id)
    Remark.objects.create(
        id=remark, holder=holder, text=text.strip(), written_by=actor, written_at=at
    )
