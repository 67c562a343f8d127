"""A redemption written down with all that comes with it, and its one taken from the stock."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection
from django.db.models import AutoField, Model

from loyalty.errors import KeyConflict
from rewards.errors import RewardSoldOut
from rewards.models import Redemption
from rewards.services.redemption.expiring import expire_redemptions
from rewards.services.stock import take_from_stock


def store(rows: Sequence[Model]) -> None:
    """Insert them all in one statement. Raises KeyConflict for a key that another member used."""
    statements, values = [], []
    for row in rows:
        columns, said = _row(row)
        places = ", ".join(["%s"] * len(said))
        statements.append(
            f"INSERT INTO {row._meta.db_table} ({columns}) VALUES ({places})"  # noqa: S608 - ours
        )
        values += said
    *first, last = statements
    named = ", ".join(f"n{number} AS ({said})" for number, said in enumerate(first))
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"WITH {named} {last}" if named else last, values)
    except IntegrityError as error:
        # A request of the same member would have waited for the lock: this was another's.
        raise KeyConflict("This key was used before for a different redemption.") from error


def _row(row: Model) -> tuple[str, list[Any]]:
    """As the database takes it; a number of its own it counts itself."""
    fields = [each for each in row._meta.concrete_fields if not isinstance(each, AutoField)]
    said = [each.get_db_prep_save(getattr(row, each.attname), connection) for each in fields]
    return ", ".join(f'"{each.column}"' for each in fields), said


def take_one(redemption: Redemption, *, at: datetime) -> None:
    """Take one from the stock, if there is an end to it; what timed out is free. RewardSoldOut."""
    if not redemption.is_from_stock:
        return
    reward_id, lot = redemption.reward_id, redemption.membership_id
    try:
        take_from_stock(reward_id=reward_id, lot=lot)
    except RewardSoldOut:
        expire_redemptions(at=at, reward_id=reward_id)  # or somebody else just did
        take_from_stock(reward_id=reward_id, lot=lot)
