"""A member's history folded again because it became another one: merged with somebody's, or parted."""

from datetime import datetime
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


def fold_again(
    book: Rulebook, membership: Membership, held: HeldStanding, *, cause: Deed, actor: str
) -> int:
    """Judge all that the member did by now and book what is different; how many activities are.

    The standing is held, and the accounts are what the history's activities are to be booked to.
    """
    at = cause.activity.occurred_at
    holder = _holder(membership, held)
    joined_on = joined_on_of(book, holder)
    past = list(history_of(membership.pk, book))
    history = folded(book, past, holder, assigned=assigned_to(held.account_id))
    ledger = Ledger(book, holder)
    judged = {one.deed.key: one for one in history.judged}
    revisions = Reviser(ledger, judged, [cause], at=at).all(past)
    uses = [(key, amount, None) for key, (amount, _most) in sorted(ledger.uses.items())]
    with connection.cursor() as cursor:
        cursor.execute(
            _REFOLD,
            [
                *(book.programme_id, holder.holder, held.account_id),
                *(_encode(revisions).decode(), _encode(uses).decode()),
                *(actor, at),
            ],
        )
    set_standing(held, history.standing)
    changes = judging.tier_changes(
        held.standing, history.standing, book.rule_set, at=at, joined_on=joined_on
    )
    move_tiers(held, changes, book.programme_id, at=at)
    return len(revisions)


def folded(
    book: Rulebook, past: list[Past], holder: Holder, *, assigned: tuple[judging.Assigned, ...]
) -> judging.History:
    """The history as one member's, each activity by its own rule set."""
    deeds = [one.deed for one in past]
    return judging.judge_history(
        deeds,
        rule_sets=rule_sets({deed.rule_set for deed in deeds}),
        current=book.rule_set,
        joined_on=joined_on_of(book, holder),
        assigned=assigned,
    )


def forget_standing(book: Rulebook, held: HeldStanding, *, at: datetime) -> None:
    """Let who did nothing any more stand nowhere; the tiers that they had are over."""
    after = judging.Standing()
    set_standing(held, after)
    changes = judging.tier_changes(held.standing, after, book.rule_set, at=at)
    move_tiers(held, changes, book.programme_id, at=at)


def _holder(membership: Membership, held: HeldStanding) -> Holder:
    return Holder(
        membership_id=membership.pk,
        member_id=membership.member_id,
        holder=membership.holder,
        account_id=held.account_id,
        joined_at=membership.joined_at,
    )
