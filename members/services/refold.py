"""A member's history folded again because it became another one: merged with somebody's, or parted."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from django.db import connection

from loyalty.services import judging
from loyalty.services.judging import Deed
from loyalty.services.rule_sets import rule_sets
from loyalty.services.rulebook import Rulebook
from loyalty.services.standings import HeldStanding, move_tiers, set_standing
from loyalty.services.tiers import assigned_to
from loyalty.types import Activity
from members.models import Membership
from members.past import Past, history_of
from members.services.corrections import Reviser
from members.services.judging import Ledger, joined_on_of
from members.services.returns import MERGE
from members.types import Holder

_REFOLD = "SELECT members_refold(%s, %s, %s, %s::jsonb, %s::jsonb, %s, %s)"
_encode = msgspec.json.Encoder().encode


def cause_of(merge: UUID, *, deed: str, at: datetime) -> Deed:
    """A merge or a parting in the place of the activity that makes others worth something else."""
    activity = Activity(type=MERGE, occurred_at=at)
    return Deed(id=merge, source=MERGE, external_id=deed, activity=activity, rule_set=0)


class Side(NamedTuple):
    """One of two records: the membership, and its standing, which is held."""

    membership: Membership
    held: HeldStanding

    @property
    def holder(self) -> Holder:
        return Holder(
            membership_id=self.membership.pk,
            member_id=self.membership.member_id,
            holder=self.membership.holder,
            account_id=self.held.account_id,
            joined_at=self.membership.joined_at,
        )


def fold_again(book: Rulebook, side: Side, *, cause: Deed, actor: str) -> None:
    """Judge all that the member did by now, and book what is different and where they stand."""
    past = list(history_of(side.membership.pk, book))
    history = _folded(book, past, side, assigned_to(side.held.account_id))
    _book(book, side, past, history, cause=cause, actor=actor)
    _stand(book, side, history.standing, cause)


def fold_together(
    book: Rulebook, kept: Side, absorbed: Side, moved: Collection[UUID], *, cause: Deed, actor: str
) -> None:
    """Judge as one member's what both did, and book to each what is different of their own.

    The activities are the kept one's already, `moved` those that were not; the points are still
    apart, so that each pays for what they had, and gets it back should the two be parted.
    """
    past = list(history_of(kept.membership.pk, book))
    given = [each for side in (kept, absorbed) for each in assigned_to(side.held.account_id)]
    assigned = tuple(sorted(given, key=lambda each: each.starts_at))
    history = _folded(book, past, kept, assigned)
    theirs = [one for one in past if one.deed.id in set(moved)]
    own = [one for one in past if one.deed.id not in set(moved)]
    _book(book, kept, own, history, cause=cause, actor=actor)
    _book(book, absorbed, theirs, history, cause=cause, actor=actor)
    _stand(book, kept, history.standing, cause)
    _stand(book, absorbed, judging.Standing(), cause)


def _folded(
    book: Rulebook, past: list[Past], side: Side, assigned: tuple[judging.Assigned, ...]
) -> judging.History:
    """The history as one member's, each activity by its own rule set."""
    if not past:
        return judging.History([], judging.Standing(assigned=assigned))
    deeds = [one.deed for one in past]
    return judging.judge_history(
        deeds,
        rule_sets=rule_sets({deed.rule_set for deed in deeds}),
        current=book.rule_set,
        joined_on=joined_on_of(book, side.holder),
        assigned=assigned,
    )


def _book(
    book: Rulebook,
    side: Side,
    past: list[Past],
    history: judging.History,
    *,
    cause: Deed,
    actor: str,
) -> None:
    at = cause.activity.occurred_at
    ledger = Ledger(book, side.holder)
    judged = {one.deed.key: one for one in history.judged}
    revisions = Reviser(ledger, judged, [cause], at=at).all(past)
    uses = [(key, amount, None) for key, (amount, _most) in sorted(ledger.uses.items())]
    with connection.cursor() as cursor:
        cursor.execute(
            _REFOLD,
            [
                *(book.programme_id, side.membership.holder, side.held.account_id),
                *(_encode(revisions).decode(), _encode(uses).decode()),
                *(actor, at),
            ],
        )


def _stand(book: Rulebook, side: Side, after: judging.Standing, cause: Deed) -> None:
    at = cause.activity.occurred_at
    set_standing(side.held, after)
    changes = judging.tier_changes(
        side.held.standing,
        after,
        book.rule_set,
        at=at,
        joined_on=joined_on_of(book, side.holder),
    )
    move_tiers(side.held, changes, book.programme_id, at=at)
